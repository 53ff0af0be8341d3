// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/api/event_client.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http.hpp>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>
#include <utility>

#include "tmux_orc/base/text.h"
#include "wire.h"

namespace orc {
namespace {

namespace http = boost::beast::http;

constexpr std::uint32_t kMostHead = 16 * 1024;
constexpr std::size_t kMostBytes = 64 * 1024 * 1024;  // of one event: whoever sends more is no daemon of ours

Result<UniqueFd> connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return fail(ErrorKind::kInvalid, fmt::format("the socket's path is too long: {}", path));
  std::memcpy(address.sun_path, path.c_str(), path.size());
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (fd.get() < 0) return fail(ErrorKind::kIo, "no file descriptors left");
  // A unix socket connects at once, or says that its queue is full.
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail(ErrorKind::kUnavailable, "no monitor is listening at " + path);
  return fd;
}

std::string request_for(std::optional<std::uint64_t> after) {
  http::request<http::empty_body> request(http::verb::get, "/api/v1/events", 11);
  request.set(http::field::host, "tmux-orc");
  if (after) request.set("Last-Event-ID", std::to_string(*after));
  return api::wire_text(request);
}

}  // namespace

Result<EventClient> EventClient::open(const std::string& socket_path, std::optional<std::uint64_t> after,
                                      Deadline deadline) {
  ORC_TRY(fd, connect_to(socket_path));
  EventClient stream(std::move(*fd));
  const std::string request = request_for(after);
  // It is far smaller than a socket's buffer.
  const auto sent = ::send(stream.fd(), request.data(), request.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(request.size()))
    return fail(ErrorKind::kUnavailable, "the monitor does not take a request");
  ORC_DO(stream.read_head(deadline));
  return stream;
}

Result<void> EventClient::read_head(Deadline deadline) {
  http::response_parser<http::empty_body> head;
  head.header_limit(kMostHead);
  for (;;) {
    boost::system::error_code error;
    buffer_.erase(0, head.put(boost::asio::buffer(buffer_), error));
    if (error && error != http::error::need_more)
      return fail(ErrorKind::kProtocol, "the monitor's answer is no HTTP: " + error.message());
    if (head.is_header_done()) {
      if (head.get().result() == http::status::ok) return {};
      return fail(ErrorKind::kProtocol,
                  fmt::format("the monitor gives no events: {} {}", head.get().result_int(),
                              printable(std::string(head.get().reason()))));
    }
    pollfd p{fd(), POLLIN, 0};
    const int ready = ::poll(&p, 1, poll_timeout(deadline, Steady::now()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return fail(ErrorKind::kTimeout, "the monitor does not answer");
    char bytes[4096];
    const ssize_t n = ::read(fd(), bytes, sizeof bytes);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n <= 0) return fail(ErrorKind::kProtocol, "the monitor hung up");
    buffer_.append(bytes, static_cast<std::size_t>(n));
  }
}

Result<std::vector<StreamEvent>> EventClient::read() {
  char bytes[65536];
  for (;;) {
    const ssize_t n = ::read(fd(), bytes, sizeof bytes);
    if (n > 0) {
      buffer_.append(bytes, static_cast<std::size_t>(n));
      if (buffer_.size() > kMostBytes) return fail(ErrorKind::kProtocol, "an event has no end");
      continue;
    }
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return take_events();
    auto last = take_events();  // what was whole before the end
    if (!last.empty()) return last;
    return fail(ErrorKind::kUnavailable, "the monitor ended");
  }
}

// Records end with an empty line; those without data are comments.
std::vector<StreamEvent> EventClient::take_events() {
  std::vector<StreamEvent> out;
  std::size_t start = 0;
  for (std::size_t end = buffer_.find("\n\n"); end != std::string::npos; end = buffer_.find("\n\n", start)) {
    StreamEvent event;
    for (const std::string_view line : split_lines(std::string_view(buffer_).substr(start, end - start))) {
      if (line.starts_with("id: ")) std::from_chars(line.data() + 4, line.data() + line.size(), event.id);
      if (line.starts_with("event: ")) event.kind = line.substr(7);
      if (line.starts_with("data: ")) event.data = line.substr(6);
    }
    if (!event.kind.empty()) out.push_back(std::move(event));
    start = end + 2;
  }
  buffer_.erase(0, start);
  return out;
}

}  // namespace orc
