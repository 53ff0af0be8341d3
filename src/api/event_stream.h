// SPDX-License-Identifier: Apache-2.0
// EventStream: a client that listens to events for as long as it likes. It is told in pieces, the next when
// it took the last: one that is slow costs one piece, and falls behind what the log keeps, which it is told
// (`event: reset`); one that takes nothing is put out. All on the server's thread.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "door.h"
#include "hub.h"
#include "stream.h"

namespace orc::api {

inline constexpr const char* kEventStream = "text/event-stream";

class EventStream final : public std::enable_shared_from_this<EventStream> {
 public:
  // `last`: the Last-Event-ID header, or empty.
  EventStream(Stream&& stream, std::unique_ptr<Door::Guest> guest, Hub& hub, std::string_view last);
  ~EventStream();
  void start();

 private:
  using Error = boost::system::error_code;
  void take_news();
  void flush();
  void tick();
  void watch_close();
  void close();

  Stream stream_;
  const std::unique_ptr<Door::Guest> guest_;
  Hub& hub_;
  boost::asio::steady_timer timer_;
  std::function<void()> on_event_;
  std::uint64_t last_id_ = 0;
  std::string pending_;
  bool writing_ = false;
};

}  // namespace orc::api
