// SPDX-License-Identifier: Apache-2.0
// CostModel: what tmux and our own transport cost, fitted to what was observed of a real server.
// Pure; thread-safe.
#pragma once

#include <span>
#include <vector>

#include "timeline.h"

namespace orc::perf {

// A bare batch, or several at the same time, given to a real server: what was asked and what it cost,
// nanoseconds.
struct Observation {
  int server_panes = 0;
  int connections = 1;           // at the same time, alike
  int listed = 0, captures = 0;  // in all connections
  double bytes = 0;              // in all connections
  double server_ns = 0, our_ns = 0, wall_ns = 0;
};

struct CostModel {
  // The server, nanoseconds.
  double connection = 0;       // one batch, however small
  double connection_pane = 0;  // the same, a pane of the server: the loop's passes over all panes
  double listed = 0;           // a pane in the listing
  double capture = 0;          // a capture-pane
  double byte = 0;
  double byte_pane = 0;  // a byte and a pane of the server: a pass writes 16 KiB and walks over all panes
  double shared = 1;     // of the loop's passes, when batches come at the same time
  double painting = 0;   // a painting pane, of the server's time: 0.001 is 1 ms each second
  // Our side, nanoseconds.
  double our_connection = 0, our_byte = 0;
  double latency = 0;             // of an exchange, beside both sides' work
  double inspect_pane = 0;        // a pane's processes in /proc
  double ps = 0, ps_process = 0;  // one `ps` and each process in it: another machine's

  // A batch for a server of `server_panes`; `bytes` of output.
  Exchange exchange(double server_panes, double listed_panes, double captures, double bytes) const;
  double server_ns(const Observation& o) const;
};

// The model's part that observations of the server decide: all but painting, inspect_pane, ps and ps_process.
CostModel fit(std::span<const Observation> observations);

// The upper middle value; 0 of none.
double median(std::vector<double> values);

// Least squares of the relative errors with no coefficient below 0. rows[i] . x ~ values[i].
std::vector<double> fit_non_negative(const std::vector<std::vector<double>>& rows,
                                     const std::vector<double>& values);

}  // namespace orc::perf
