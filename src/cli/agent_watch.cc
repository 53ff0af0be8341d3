// SPDX-License-Identifier: Apache-2.0
#include "agent_watch.h"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "setup.h"
#include "tmux_orc/figures/json.h"

namespace orc::cli {
namespace {

constexpr auto kLookEvery = std::chrono::seconds(1);

}  // namespace

Result<std::unique_ptr<AgentWatch>> AgentWatch::open(const Globals& globals) {
  ORC_TRY(paths, paths_of(globals));
  ORC_TRY(source, open_status_source(globals, {}));
  std::optional<EventClient> events;
  if ((*source)->is_monitor()) {
    // Without them it is looked every second all the same.
    auto stream =
        EventClient::open(paths->api_socket(), std::nullopt, Steady::now() + std::chrono::seconds(2));
    if (stream) events.emplace(std::move(*stream));
  }
  return std::unique_ptr<AgentWatch>(new AgentWatch(std::move(*source), std::move(events)));
}

Result<Snapshot> AgentWatch::look() {
  ORC_TRY(look, look_at(*source_));
  return std::move(look->snapshot);
}

void AgentWatch::wait(Deadline until, int other_fd) {
  const auto end = std::min<Deadline>(until, Steady::now() + kLookEvery);
  pollfd p[2] = {{events_ ? events_->fd() : -1, POLLIN, 0}, {other_fd, POLLIN, 0}};
  ::poll(p, 2, poll_timeout(end, Steady::now()));
  if (p[0].revents == 0) return;
  if (!events_->read()) events_.reset();  // the monitor ended: status() says so
}

}  // namespace orc::cli
