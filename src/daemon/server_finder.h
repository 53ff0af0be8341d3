// SPDX-License-Identifier: Apache-2.0
// ServerFinder: the servers that a socket_pattern finds, looked for every few seconds. Not thread-safe.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "log.h"
#include "tmux_orc/daemon/plan.h"

namespace orc {

class ServerFinder {
 public:
  explicit ServerFinder(Log& log) : log_(log) {}
  // The servers to watch from now on if they are others than `known`, with the connections of those that
  // stay.
  std::optional<std::vector<ServerAddress>> look(const PlanRequest& request, const Settings& settings,
                                                 const std::vector<ServerAddress>& known);

 private:
  static constexpr auto kEvery = std::chrono::seconds(3);  // a look into a folder and a file of the kernel's
  Log& log_;
  Steady::time_point due_{};
};

}  // namespace orc
