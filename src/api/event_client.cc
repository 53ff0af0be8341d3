// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/api/event_client.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "tmux_orc/base/text.h"

namespace orc {
namespace {

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

}  // namespace

Result<EventClient> EventClient::open(const std::string& socket_path, std::optional<std::uint64_t> after,
                                      Deadline deadline) {
  auto fd = connect_to(socket_path);
  if (!fd) return tl::unexpected(fd.error());
  EventClient stream(std::move(*fd));
  std::string request = "GET /api/v1/events HTTP/1.1\r\nHost: tmux-orc\r\n";
  if (after) request += fmt::format("Last-Event-ID: {}\r\n", *after);
  request += "\r\n";
  // It is far smaller than a socket's buffer.
  const auto sent = ::send(stream.fd(), request.data(), request.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(request.size()))
    return fail(ErrorKind::kUnavailable, "the monitor does not take a request");
  if (auto ok = stream.read_head(deadline); !ok) return tl::unexpected(ok.error());
  return stream;
}

Result<void> EventClient::read_head(Deadline deadline) {
  for (;;) {
    if (const std::size_t end = buffer_.find("\r\n\r\n"); end != std::string::npos) {
      const std::string head = buffer_.substr(0, end);
      buffer_.erase(0, end + 4);
      if (head.starts_with("HTTP/1.1 200")) return {};
      return fail(ErrorKind::kProtocol,
                  fmt::format("the monitor gives no events: {}", printable(head.substr(0, head.find('\r')))));
    }
    pollfd p{fd(), POLLIN, 0};
    const int ready = ::poll(&p, 1, poll_timeout(deadline, Steady::now()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return fail(ErrorKind::kTimeout, "the monitor does not answer");
    char bytes[4096];
    const ssize_t n = ::read(fd(), bytes, sizeof bytes);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n <= 0 || buffer_.size() > 64 * 1024) return fail(ErrorKind::kProtocol, "the monitor hung up");
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
