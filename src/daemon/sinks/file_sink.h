// SPDX-License-Identifier: Apache-2.0
// The status file and the memory, for when nobody answers and for the next start.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "log.h"
#include "sink.h"
#include "tmux_orc/daemon/state.h"

namespace orc {

class FileSink final : public Sink {
 public:
  FileSink(const ServiceState& state, Log& log) : state_(state), log_(log) {}
  void configure(const Plan&, const Monitor& monitor) override { monitor_ = &monitor; }
  void take(const Looked& looked) override;
  std::vector<std::string> problems() const override { return one_problem(problem_); }
  void save_memory();

 private:
  void note(const Result<void>& written);

  const ServiceState& state_;
  Log& log_;
  const Monitor* monitor_ = nullptr;
  Steady::time_point status_due_{}, memory_due_ = Steady::now() + kMemoryEvery;
  std::string problem_;
  static constexpr auto kStatusEvery = std::chrono::seconds(2);  // 1000 agents at 1 s must not write all day
  static constexpr auto kMemoryEvery = std::chrono::seconds(60);
};

}  // namespace orc
