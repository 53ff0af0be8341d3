// SPDX-License-Identifier: Apache-2.0
// The agent's own title for what it does, out of its pane's title. Pure, thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace orc {

// "⠧ Fix the login | codex" -> "Fix the login". "" where the title names only the agent, its state, its
// folder or the machine. Bounded and printable.
std::string task_of_title(std::string_view title, std::string_view agent, std::string_view folder_name);

}  // namespace orc
