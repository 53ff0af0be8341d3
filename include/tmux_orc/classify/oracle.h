// SPDX-License-Identifier: Apache-2.0
// What a labelled screen may be called, and which errors are dangerous: the one place for `rules test` and
// the tests. Pure; thread-safe.
#pragma once

#include <string>
#include <vector>

#include "tmux_orc/base/model.h"

namespace orc {

struct Truth {
  std::string label;                // a state, or compacting and menu, which are kinds of states
  std::vector<std::string> accept{};  // other right answers: "idle", "idle/background"
  bool agent_by_process = false;    // an agent's process runs in the pane
};

bool is_right(const Truth& truth, const Verdict& verdict);

// Errors that make people switch a monitor off: a live agent called ended; a person who is waited for and not
// told; a shell called an agent; an agent that its process proves called none.
bool is_dangerous(const Truth& truth, const Verdict& verdict);

}  // namespace orc
