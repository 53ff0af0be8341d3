// SPDX-License-Identifier: Apache-2.0
#include "native_transport.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include "tmux_orc/base/os.h"
#include "tmux_orc/base/text.h"

namespace orc {
namespace {

using protocol::Message;

tl::unexpected<Error> timed_out(const char* where) {
  return fail(ErrorKind::kTimeout, fmt::format("tmux did not answer in time ({})", where));
}

// One run of one command list over one identified connection.
class Exchange {
 public:
  Exchange(int fd, protocol::Layout layout, std::uint32_t pid, std::string to_send, OutputSink& sink,
           const Cancel* cancel)
      : fd_(fd),
        layout_(layout),
        pid_(pid),
        pending_(std::move(to_send)),
        decoder_(layout),
        sink_(sink),
        cancel_fd_(cancel == nullptr ? -1 : cancel->fd()) {}

  Result<BatchResult> drive(Deadline deadline) {
    ORC_DO(send_pending());
    sink_.on_sent();
    while (!done_) {
      ORC_DO(send_pending());
      pollfd p[] = {{fd_, static_cast<short>(POLLIN | (pending_.empty() ? 0 : POLLOUT)), 0},
                    {cancel_fd_, POLLIN, 0}};
      const int ready = ::poll(p, 2, poll_timeout(deadline, Steady::now()));
      if (ready < 0 && errno != EINTR) return fail(ErrorKind::kIo, std::strerror(errno));
      if (ready == 0) return timed_out("command");
      if (p[1].revents != 0) return fail(ErrorKind::kTimeout, "tmux was not waited for: stopping");
      if ((p[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
        ORC_DO(receive());
      }
    }
    // Nothing more is said, whatever is pending: with the last command the server has sent all of its output,
    // and each message that it reads makes it walk its open files (tmux's getdtablecount(): 1 ms at 1000
    // panes) and its loop pass over all panes. Two of the six passes of a connection were for EXITING and its
    // answer.
    return std::move(result_);
  }

 private:
  Result<void> send_pending() {
    while (!pending_.empty()) {
      const ssize_t n = ::send(fd_, pending_.data(), pending_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n >= 0) {
        pending_.erase(0, static_cast<std::size_t>(n));
      } else if (errno == EAGAIN) {
        break;
      } else if (errno != EINTR) {
        return fail(ErrorKind::kProtocol,
                    fmt::format("the server closed the connection ({})", std::strerror(errno)));
      }
    }
    return {};
  }

  Result<void> receive() {
    char buffer[65536];
    const ssize_t n = ::recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT);
    if (n < 0) {
      if (errno == EAGAIN || errno == EINTR) return {};
      return fail(ErrorKind::kProtocol,
                  fmt::format("the server closed the connection ({})", std::strerror(errno)));
    }
    if (n == 0)
      return fail(ErrorKind::kProtocol, "the server closed the connection before the end of the reply");
    decoder_.feed({buffer, static_cast<std::size_t>(n)});
    while (!done_) {
      ORC_TRY(next, decoder_.next());
      if (!next->ready) break;
      ORC_DO(handle(next->message));
    }
    return {};
  }

  Result<void> handle(const Message& m) {
    std::int32_t number = 0;
    switch (m.type) {
      case protocol::kWriteOpen:
        if (!protocol::read_i32(m.payload, number)) return fail(ErrorKind::kProtocol, "short WRITE_OPEN");
        pending_ += protocol::encode_write_ready(layout_, number, pid_);
        return {};
      case protocol::kWrite:
        return on_write(m.payload);
      case protocol::kWriteClose:
      case protocol::kFlags:
        return {};
      case protocol::kExit:
        if (protocol::read_i32(m.payload, number)) result_.status = number;
        done_ = true;
        return {};
      case protocol::kVersion:
        return fail(ErrorKind::kProtocol, "the server speaks another protocol version");
      case protocol::kShutdown:
        return fail(ErrorKind::kUnavailable, "the tmux server is shutting down");
      default:
        return fail(ErrorKind::kProtocol, fmt::format("unexpected message {}", m.type));
    }
  }

  Result<void> on_write(std::string_view payload) {
    std::int32_t stream = 0;
    if (!protocol::read_i32(payload, stream)) return fail(ErrorKind::kProtocol, "short WRITE");
    payload.remove_prefix(sizeof stream);
    if (stream == 1) {
      sink_.on_output(payload);
    } else if (stream == 2) {
      result_.errors.append(payload);
    } else {
      return fail(ErrorKind::kProtocol, fmt::format("WRITE to stream {}", stream));
    }
    return {};
  }

  const int fd_;
  const protocol::Layout layout_;
  const std::uint32_t pid_;
  std::string pending_;
  protocol::MessageDecoder decoder_;
  OutputSink& sink_;
  const int cancel_fd_;
  BatchResult result_;
  bool done_ = false;
};

}  // namespace

NativeTransport::NativeTransport(std::string socket_path, protocol::Layout layout, PoolSettings pool)
    : socket_path_(std::move(socket_path)),
      layout_(layout),
      pool_(std::move(pool)),
      pid_(static_cast<std::uint32_t>(::getpid())),
      slots_(pool_.max_size) {}

Result<UniqueFd> NativeTransport::open(Deadline deadline) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path_.size() >= sizeof address.sun_path) {
    return fail(ErrorKind::kInvalid, fmt::format("socket path longer than {} bytes: {}",
                                                 sizeof address.sun_path - 1, socket_path_));
  }
  std::memcpy(address.sun_path, socket_path_.c_str(), socket_path_.size() + 1);
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fail(ErrorKind::kIo, fmt::format("socket: {}", std::strerror(errno)));
  while (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    // EAGAIN: the server's backlog is full. A unix socket cannot be polled for that, so look again in 2 ms.
    if (errno != EAGAIN && errno != EINTR) {
      return fail(ErrorKind::kUnavailable,
                  fmt::format("no tmux server answers at {} ({})", socket_path_, std::strerror(errno)));
    }
    const bool cancelled = pool_.cancel && pool_.cancel->cancelled();
    if (cancelled || Steady::now() >= deadline) return timed_out("connect");
    ::poll(nullptr, 0, 2);
  }
  const auto peer = peer_of(fd.get());
  if (!peer) return fail(ErrorKind::kIo, fmt::format("{}: nobody can tell who serves it", socket_path_));
  if (peer->uid != ::getuid()) {
    return fail(ErrorKind::kInvalid,
                fmt::format("{} is served by uid {}, not by us: refused", socket_path_, peer->uid));
  }
  ++opened_;
  return fd;
}

Result<BatchResult> NativeTransport::run(const Batch& batch, Deadline deadline, OutputSink& sink) {
  ORC_TRY(command, protocol::encode_command(layout_, batch, pid_));
  if (!slots_.try_acquire_until(deadline)) return timed_out("all connections in use");
  const int used = ++in_use_;
  for (int peak = peak_; used > peak && !peak_.compare_exchange_weak(peak, used);) {
  }
  struct Release {
    NativeTransport& t;
    ~Release() {
      --t.in_use_;
      t.slots_.release();
    }
  } release{*this};

  const auto connect_by = std::min(deadline, Steady::now() + from_seconds(pool_.connection_timeout_s));
  ORC_TRY(fd, open(connect_by));
  return Exchange(fd->get(), layout_, pid_, protocol::encode_identify(layout_, pid_) + *command, sink,
                  pool_.cancel.get())
      .drive(deadline);
}

Result<void> NativeTransport::self_test(Deadline deadline) {
  const std::string nonce = random_hex();
  StringSink sink;
  ORC_TRY(result, run({{"display-message", "-p", nonce}}, deadline, sink));
  if (result->status != 0 || sink.text != nonce + "\n") {
    return fail(ErrorKind::kProtocol, "self-test: the nonce did not come back");
  }
  return {};
}

PoolFigures NativeTransport::figures() {
  return {pool_.max_size, peak_.exchange(in_use_), opened_.exchange(0)};
}

}  // namespace orc
