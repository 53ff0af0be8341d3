// SPDX-License-Identifier: Apache-2.0
// The cockpit: every agent on one screen, who needs a person first, with a preview of the selected one and a
// key to jump there. Its figures come from the running monitor, or from rounds of its own where none
// answers. Call run_cockpit() from the main thread, before any other thread is started: it blocks signals.
#pragma once

#include <cstdint>
#include <string>

#include "tmux_orc/base/result.h"
#include "tmux_orc/config/paths.h"
#include "tmux_orc/daemon/plan.h"

namespace orc::tui {

// kPlain: one table, as `status --watch` shows it. kSidebar: a narrow pane beside the work.
enum class Form : std::uint8_t { kFull, kPlain, kSidebar };

struct CockpitSetup {
  Paths paths;
  PlanRequest request;
  bool own_rounds = false;  // never ask the monitor
  Form form = Form::kFull;
  double interval_s = 1;  // between two looks, if nothing tells of a change sooner
  bool once = false;      // leave after a jump, as in a popup
  std::string client;     // the tmux client to move; empty: the one we are in
  std::string program;    // this program's path, for what is another command's
};

// Returns when the person leaves. kUnavailable where the terminal has no full screen.
Result<void> run_cockpit(const CockpitSetup& setup);

}  // namespace orc::tui
