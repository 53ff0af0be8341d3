// SPDX-License-Identifier: Apache-2.0
#include "hook_ear.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "tmux_orc/base/files.h"
#include "tmux_orc/hooks/hook_call.h"

namespace orc {
namespace {

constexpr int kMostAtOnce = 64;
// Between two readings: the kernel keeps some ten datagrams meanwhile and refuses the rest, which say the
// same.
constexpr auto kRest = std::chrono::milliseconds(20);

// Whether who sent it runs as our user; the kernel says so.
bool is_our_user(msghdr& message) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_CREDENTIALS) continue;
    ucred who{};
    std::memcpy(&who, CMSG_DATA(c), sizeof who);
    return who.uid == ::geteuid();
  }
  return false;
}

}  // namespace

HookEar::~HookEar() {
  if (!thread_.joinable()) return;
  stop_.wake();
  thread_.join();
  if (inode_ == inode_of(path_)) ::unlink(path_.c_str());  // another monitor's may stand there by now
}

Result<void> HookEar::open(const std::string& path) {
  const auto failed = [&] {
    return fail(ErrorKind::kIo, fmt::format("hooks are not heard: {}: {}", path, std::strerror(errno)));
  };
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return failed();
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  socket_ = UniqueFd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  if (!socket_ || stop_.fd() < 0 || ::setsockopt(socket_.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0)
    return failed();
  ::unlink(path.c_str());  // the folder is ours alone, and so is its lock
  if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::chmod(path.c_str(), 0600) != 0)
    return failed();
  path_ = path;
  inode_ = inode_of(path);
  thread_ = std::thread([this] { run(); });
  return {};
}

// True if one of them was a hook's.
bool HookEar::take_some() {
  bool any = false;
  for (int i = 0; i < kMostAtOnce; ++i) {
    std::array<char, kMostHookBytes + 1> text{};  // a longer one is cut, and too long
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred))> control{};
    iovec part{text.data(), text.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t n = ::recvmsg(socket_.get(), &message, MSG_CMSG_CLOEXEC);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) break;
    const bool good = is_our_user(message) && is_hook_message(text.data(), static_cast<std::size_t>(n));
    ++(good ? counts_.heard : counts_.refused);
    any = any || good;
  }
  if (any) counts_.last_ms = SystemClock().wall_ms();
  return any;
}

void HookEar::run() {
  for (;;) {
    std::array<pollfd, 2> fds{{{stop_.fd(), POLLIN, 0}, {socket_.get(), POLLIN, 0}}};
    ::poll(fds.data(), fds.size(), -1);
    if (fds[0].revents != 0) return;
    if (fds[1].revents == 0) continue;
    if (take_some()) wake_();
    if (::poll(fds.data(), 1, static_cast<int>(kRest.count())) > 0) return;
  }
}

}  // namespace orc
