// SPDX-License-Identifier: Apache-2.0
// FakeFleet: hosts with a fake tmux server each, and our own side's real code over them. What a server would
// take comes from the cost model and moves a virtual clock; what our code takes is its own CPU time, measured
// while it runs here. Nothing sleeps. Used by one thread.
#pragma once

#include <memory>
#include <vector>

#include "cost_model.h"
#include "lab.h"

namespace orc::perf {

struct FleetOptions {
  std::size_t hosts = 1, panes_per_host = 50;
  bool warm = false;
  double painting = 0.05;  // part of the panes
  int cores = 1;           // of the monitor's machine
  std::size_t workers = 20;
  double round_trip_ms = 0;  // to another machine; one host alone is the monitor's own
  std::shared_ptr<const Classifier> classifier;
};

// One simulated round, times in milliseconds.
struct SimulatedRound {
  double cycle = 0, list = 0, gate = 0, capture = 0, aggregate = 0;  // cycle is the sum of the others
  double our_cpu = 0, server_cpu = 0;                                // server: of all hosts
  double captures = 0, bytes = 0, panes = 0, agents = 0, errors = 0;
};

class FakeFleet {
 public:
  FakeFleet(const FleetOptions& options, const CostModel& model, const std::vector<RecordedPane>& recorded);
  ~FakeFleet();
  SimulatedRound run_round();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Warm-up rounds, then the median of `rounds` by their cycle.
SimulatedRound simulate(const FleetOptions& options, const CostModel& model,
                        const std::vector<RecordedPane>& recorded, int rounds);

}  // namespace orc::perf
