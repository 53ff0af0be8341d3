// SPDX-License-Identifier: Apache-2.0
// AgentWatch: snapshots as they change, for commands that wait. Told of changes by the monitor's events, and
// looking every second where none runs. For one thread.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "status_source.h"
#include "tmux_orc/api/event_client.h"
#include "tmux_orc/base/clock.h"

namespace orc::cli {

class AgentWatch {
 public:
  static Result<std::unique_ptr<AgentWatch>> open(const Globals& globals);
  Result<Snapshot> look();
  // Waits until something may have changed, until `until`, or until `other_fd` can be read.
  void wait(Deadline until, int other_fd = -1);

 private:
  AgentWatch(std::unique_ptr<StatusSource> source, std::optional<EventClient> events)
      : source_(std::move(source)), events_(std::move(events)) {}
  std::unique_ptr<StatusSource> source_;
  std::optional<EventClient> events_;
};

}  // namespace orc::cli
