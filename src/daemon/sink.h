// SPDX-License-Identifier: Apache-2.0
// Sink: somebody who does something with what a look found: shows it, writes it, tells it. The loop hands
// each look to a list of them. All calls come from the loop's thread, and none may wait for a database, a
// network or tmux.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tmux_orc/daemon/monitor.h"
#include "tmux_orc/daemon/plan.h"
#include "tmux_orc/figures/records.h"

namespace orc {

// A look: a round, or a pulse between two.
struct Looked {
  std::shared_ptr<const Snapshot> snapshot;
  // The same with the cost of the pulses that found nothing before it, and its record; null where this one
  // found nothing either, and is not kept.
  std::shared_ptr<const Snapshot> kept{};
  const RoundRecord* record = nullptr;
  std::vector<SpentHour> spent{};  // with kept ones: what agents used since
  std::int64_t clock_step_ms = 0;  // by how much the wall clock was set since the last look
};

class Sink {
 public:
  virtual ~Sink() = default;
  // What is in force from the next look on. Both live until the next call.
  virtual void configure(const Plan& /*plan*/, const Monitor& /*monitor*/) {}
  virtual void take(const Looked& looked) = 0;
  // What people should know of it, a line each; mostly none.
  virtual std::vector<std::string> problems() const { return {}; }
};

inline std::vector<std::string> one_problem(std::string problem) {
  if (problem.empty()) return {};
  return {std::move(problem)};
}

}  // namespace orc
