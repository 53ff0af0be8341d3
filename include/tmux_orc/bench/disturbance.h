// SPDX-License-Identifier: Apache-2.0
// What the monitor costs the person who types: key-to-echo latency in one pane of a busy server, with a
// monitor at a 1 s interval and without.
#pragma once

#include <functional>

#include "tmux_orc/bench/modes.h"

namespace orc {

struct Disturbance {
  int keys = 0;
  Percentiles alone_ms, watched_ms;
  double max_alone_ms = 0, max_watched_ms = 0;
  double monitor_cpu_percent = 0, server_cpu_percent_alone = 0, server_cpu_percent_watched = 0;
  double resident_mb = 0;
};

// Types `seconds` long in each half through a tmux client on a pseudo-terminal.
Result<Disturbance> measure_disturbance(const BenchTarget& target, int seconds, const Tick& tick);

}  // namespace orc
