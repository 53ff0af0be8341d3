// SPDX-License-Identifier: Apache-2.0
// `tmux-orc hook`, past the reading of options: agents wait for it. Thread-safe.
#pragma once

namespace orc::cli {

bool is_hook(int argc, char** argv);
int run_hook();

}  // namespace orc::cli
