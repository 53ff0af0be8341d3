// SPDX-License-Identifier: Apache-2.0
// Starting the monitor as a process of its own, and hearing how its start went. Thread-safe: no shared state.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tmux_orc/base/result.h"

namespace orc {

// Path of this program's binary, to be started again.
Result<std::string> own_program();

struct Launched {
  int pid = 0;
  double first_round_ms = 0;
};

// Runs this program with `args` in a session of its own, standard error appended to `stderr_file`, and waits
// for its first round. The error is the daemon's own. Writes "--ready-fd N" behind `args`.
Result<Launched> launch_daemon(std::vector<std::string> args, const std::string& stderr_file,
                               std::chrono::seconds patience);

// The other side, in the daemon: tells the one who started it. `error` empty: ready.
void tell_launcher(int ready_fd, const std::string& error, double first_round_ms);

}  // namespace orc
