// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/base/os.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

#include "tmux_orc/base/wakeup.h"

namespace orc {
namespace {

struct flock whole_file() {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

}  // namespace

Wakeup::Wakeup() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Wakeup::wake() const { ::eventfd_write(fd_.get(), 1); }

void Wakeup::clear() const {
  eventfd_t count = 0;
  ::eventfd_read(fd_.get(), &count);
}

void Wakeup::wait_until(Steady::time_point until) const {
  pollfd p{fd_.get(), POLLIN, 0};
  ::poll(&p, 1, poll_timeout(until, Steady::now()));
  clear();
}

std::optional<Peer> peer_of(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
  return Peer{peer.pid, peer.uid};
}

UniqueFd process_handle(int pid) { return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))); }

void signal_process(const UniqueFd& handle, int signal) {
  ::syscall(SYS_pidfd_send_signal, handle.get(), signal, nullptr, 0);
}

UniqueFd signal_descriptor(const sigset_t& signals) {
  return UniqueFd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

int next_signal(const UniqueFd& descriptor) {
  signalfd_siginfo info{};
  const bool any = ::read(descriptor.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info);
  return any ? static_cast<int>(info.ssi_signo) : 0;
}

bool lock_open_file(int fd, LockBy by) {
  struct flock lock = whole_file();
  return ::fcntl(fd, by == LockBy::kWaiting ? F_OFD_SETLKW : F_OFD_SETLK, &lock) == 0;
}

bool is_locked(int fd) {
  struct flock lock = whole_file();
  return ::fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

}  // namespace orc
