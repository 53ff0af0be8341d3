// SPDX-License-Identifier: Apache-2.0
// run_service: the monitor as a daemon. Rounds, reload, control API, status file, log, until SIGTERM or
// SIGINT. Call from the main thread, before any other thread is started: it blocks signals.
#pragma once

#include <signal.h>

#include <functional>
#include <string>

#include "tmux_orc/base/result.h"
#include "tmux_orc/config/paths.h"
#include "tmux_orc/daemon/plan.h"

namespace orc {

struct ServiceOptions {
  PlanRequest request;
  Paths paths;
  bool supervised = false;         // log to standard error, tell systemd when ready
  bool fresh = false;              // forget what earlier runs learned
  std::size_t descriptors = 1024;  // that this process may have
  std::string version;
  // Called once: when the first round is done (empty error), or when the start failed.
  std::function<void(const std::string& error, double first_round_ms)> on_ready;
};

// The signals that the daemon takes. Block them as early as can be: what comes before it listens then waits.
sigset_t daemon_signals();

// Returns when stopped. kUnavailable if the environment's monitor runs already.
Result<void> run_service(const ServiceOptions& options);

}  // namespace orc
