// SPDX-License-Identifier: Apache-2.0
#include "event_stream.h"

#include <fmt/format.h>

#include <boost/asio/write.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <cstdint>
#include <limits>
#include <utility>

#include "wire.h"

namespace orc::api {
namespace {

namespace http = boost::beast::http;

// What is no number that we could have given is taken for the highest: its listener is told that it lost
// some.
std::uint64_t event_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool good = error == std::errc() && end == text.data() + text.size();
  return good ? number : std::numeric_limits<std::uint64_t>::max();
}

}  // namespace

EventStream::EventStream(Stream&& stream, std::unique_ptr<Door::Guest> guest, Hub& hub, std::string_view last)
    : stream_(std::move(stream)),
      guest_(std::move(guest)),
      hub_(hub),
      timer_(stream_.get_executor()),
      last_id_(last.empty() ? hub.events.last_id() : event_number(last)) {}

EventStream::~EventStream() {
  hub_.streams.erase(&on_event_);
  if (hub_.on_leave) hub_.on_leave();
}

// A header without a length, then one record an event.
void EventStream::start() {
  http::response<http::empty_body> head(http::status::ok, 11);
  head.set(http::field::server, "tmux-orc");
  head.set(http::field::content_type, kEventStream);
  head.set(http::field::cache_control, "no-store");
  head.keep_alive(false);
  pending_ = wire_text(head) + ": tmux-orc events\n\n";
  on_event_ = [this] { flush(); };
  hub_.streams.insert(&on_event_);
  flush();
  tick();
  watch_close();
}

void EventStream::take_news() {
  const EventLog::News news = hub_.events.after(last_id_, kMostNews);
  // With a number, so that a listener that comes back at once is not told again.
  if (news.lost) pending_ += fmt::format("id: {}\nevent: reset\ndata: {{}}\n\n", news.before);
  for (const Event& e : news.events)
    pending_ += fmt::format("id: {}\nevent: transition\ndata: {}\n\n", e.id, *e.data);
  last_id_ = news.last;
}

void EventStream::flush() {
  if (writing_) return;
  take_news();
  if (pending_.empty()) return;
  writing_ = true;
  stream_.expires_after(kPatience);
  boost::asio::async_write(stream_, boost::asio::buffer(pending_),
                           [self = shared_from_this()](Error error, std::size_t) {
                             self->writing_ = false;
                             self->pending_ = {};  // and its memory
                             if (error) return self->close();
                             self->stream_.expires_never();
                             self->flush();
                           });
}

void EventStream::tick() {
  timer_.expires_after(kKeepAlive);
  timer_.async_wait([weak = weak_from_this()](Error error) {
    const auto self = weak.lock();
    if (error || !self) return;
    if (!self->writing_) self->pending_ = ": still here\n\n";
    self->flush();
    self->tick();
  });
}

// Its client sends nothing more: a read that ends is its end.
void EventStream::watch_close() {
  stream_.socket().async_wait(Socket::wait_read, [self = shared_from_this()](Error) { self->close(); });
}

void EventStream::close() {
  hub_.streams.erase(&on_event_);
  timer_.cancel();
  Error ignored;
  stream_.socket().close(ignored);
}

}  // namespace orc::api
