// SPDX-License-Identifier: Apache-2.0
// EventClient: a daemon's GET /api/v1/events over its unix socket, read as it comes. For one thread, which
// polls fd() and then read()s.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/result.h"
#include "tmux_orc/base/unique_fd.h"

namespace orc {

struct StreamEvent {
  std::uint64_t id = 0;
  std::string kind;  // "transition", "lost"
  std::string data;  // one line of JSON
};

class EventClient {
 public:
  // `after`: go on behind this event; 1 gives all that are kept. Nothing: only new ones. kUnavailable when
  // nobody listens, kTimeout, kProtocol for no event stream.
  static Result<EventClient> open(const std::string& socket_path, std::optional<std::uint64_t> after,
                                  Deadline deadline);

  int fd() const { return fd_.get(); }
  // What has come, without waiting. kUnavailable when the daemon ended the stream.
  Result<std::vector<StreamEvent>> read();

 private:
  explicit EventClient(UniqueFd fd) : fd_(std::move(fd)) {}
  Result<void> read_head(Deadline deadline);
  std::vector<StreamEvent> take_events();

  UniqueFd fd_;
  std::string buffer_;
};

}  // namespace orc
