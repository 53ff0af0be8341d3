// SPDX-License-Identifier: Apache-2.0
// Monitors of other environments: so that nobody is told to start a second one. Reads lock files.
#pragma once

#include <string>
#include <vector>

#include "tmux_orc/base/result.h"
#include "tmux_orc/config/paths.h"

namespace orc::cli {

// Environments that have ever run here, this one among them.
std::vector<std::string> environments_that_ran(const Paths& paths);

// "environment green has one, pid 12: add --environment green"; "" if no other environment's runs.
std::string other_monitor(const Paths& paths);

// What to do where this environment has no monitor: that, or "start it: tmux-orc monitor start".
std::string where_a_monitor_is(const Paths& paths);

// The error of a question to this environment's monitor, for people: where none runs, that and what to do.
Error no_answer(const Paths& paths, Error error);

}  // namespace orc::cli
