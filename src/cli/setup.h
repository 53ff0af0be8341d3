// SPDX-License-Identifier: Apache-2.0
// From the command line's global options to paths and a Plan.
#pragma once

#include "command.h"
#include "tmux_orc/daemon/plan.h"

namespace orc::cli {

Result<Paths> paths_of(const Globals& globals);
PlanRequest plan_request(const Globals& globals, const RunFlags& flags);
// Whether the options name another server, configuration or mode than the running monitor's.
bool asks_for_own_rounds(const Globals& globals, const RunFlags& flags);
Result<Plan> make_setup(const Globals& globals, const RunFlags& flags);

}  // namespace orc::cli
