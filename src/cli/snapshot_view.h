// SPDX-License-Identifier: Apache-2.0
// A Snapshot for people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tmux_orc/base/model.h"

namespace orc::cli {

// What to set so that a pane is known better, a line each.
std::string notes_text(const Snapshot& s);

// `detailed`: with what each agent uses, where one says it, and the rule that decided.
std::string agents_table(const Snapshot& snapshot, bool color, bool detailed);
// "950", "12.3k", "4.5M"; "-" for what nobody said.
std::string tokens_text(const std::optional<std::uint64_t>& tokens);
// "12%" of its context used; "" if it does not say.
std::string context_text(const AgentStatus& agent);
std::string transition_line(const Transition& transition, bool color);
std::string servers_text(const Snapshot& snapshot);
std::string counts_text(const Snapshot& snapshot);  // "8 agents in 8 panes, 5 working, 1 waiting"

}  // namespace orc::cli
