// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/daemon/instance.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <utility>

#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/files.h"
#include "tmux_orc/base/os.h"
#include "tmux_orc/base/proc.h"

namespace orc {
namespace {

// The holder's pid as it wrote it; 0 while the text is that of an earlier holder.
int holder_of(int fd) {
  char text[64] = {};
  const ssize_t n = ::pread(fd, text, sizeof text - 1, 0);
  int pid = 0;
  unsigned long long started = 0;
  if (n <= 0 || std::sscanf(text, "%d %llu", &pid, &started) != 2 || pid <= 0 || started == 0) return 0;
  return process_started(pid) == started ? pid : 0;
}

int wait_for_holder(int fd) {
  for (int i = 0; i < 200; ++i) {  // a new holder writes its pid right after it has the lock: up to 1 s
    if (!is_locked(fd)) return 0;
    if (const int pid = holder_of(fd); pid != 0) return pid;
    ::poll(nullptr, 0, 5);
  }
  return 0;
}

bool wait_gone(const UniqueFd& process, std::chrono::milliseconds patience) {
  pollfd p{process.get(), POLLIN, 0};
  const auto until = Steady::now() + patience;
  for (;;) {
    const int ready = ::poll(&p, 1, poll_timeout(until, Steady::now()));
    if (ready > 0) return true;
    if (ready == 0) return false;
  }
}

}  // namespace

Result<InstanceLock> InstanceLock::acquire(const Paths& paths) {
  ORC_DO(make_private_folder(paths.root));
  ORC_DO(make_private_folder(paths.run_folder()));
  ::chmod(paths.run_folder().c_str(), 0700);
  UniqueFd fd(::open(paths.lock_file().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd)
    return fail(ErrorKind::kIo, fmt::format("cannot open {}: {}", paths.lock_file(), std::strerror(errno)));
  if (!lock_open_file(fd.get(), LockBy::kAsking)) {
    if (errno != EAGAIN && errno != EACCES) {
      return fail(ErrorKind::kIo, fmt::format("cannot lock {}: {}", paths.lock_file(), std::strerror(errno)));
    }
    return fail(ErrorKind::kUnavailable, fmt::format("the monitor of environment {} runs already, pid {}",
                                                     paths.environment, wait_for_holder(fd.get())));
  }
  const std::string text = fmt::format("{} {}\n", ::getpid(), process_started(::getpid()));
  if (::ftruncate(fd.get(), 0) != 0 || ::pwrite(fd.get(), text.data(), text.size(), 0) < 0) {
    return fail(ErrorKind::kIo, fmt::format("cannot write {}: {}", paths.lock_file(), std::strerror(errno)));
  }
  InstanceLock held(std::move(fd), paths.lock_file());
  // The file may have been removed between open and lock; then another may hold the lock of a new one.
  if (!held.is_in_place())
    return fail(ErrorKind::kUnavailable, fmt::format("{} vanished while it was locked", paths.lock_file()));
  return held;
}

bool InstanceLock::is_in_place() const {
  struct stat ours {};
  struct stat there {};
  return ::fstat(fd_.get(), &ours) == 0 && ::stat(path_.c_str(), &there) == 0 &&
         ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

int running_instance(const Paths& paths) {
  const UniqueFd fd(::open(paths.lock_file().c_str(), O_RDONLY | O_CLOEXEC));
  return fd ? wait_for_holder(fd.get()) : 0;
}

bool instance_runs(const Paths& paths) {
  const UniqueFd fd(::open(paths.lock_file().c_str(), O_RDONLY | O_CLOEXEC));
  return fd && is_locked(fd.get());
}

Result<Stopped> stop_instance(const Paths& paths, std::chrono::milliseconds patience) {
  const int pid = running_instance(paths);
  if (pid == 0) {
    return fail(ErrorKind::kUnavailable,
                fmt::format("no monitor of environment {} is running", paths.environment));
  }
  const UniqueFd process = process_handle(pid);
  if (!process) return Stopped{pid, false};  // gone since
  // From here on the descriptor names that process and no other; but is it still the holder?
  if (running_instance(paths) != pid) return Stopped{pid, false};
  signal_process(process, SIGTERM);
  if (wait_gone(process, patience)) return Stopped{pid, false};
  signal_process(process, SIGKILL);
  if (wait_gone(process, std::chrono::seconds(5))) return Stopped{pid, true};
  return fail(ErrorKind::kTimeout, fmt::format("pid {} does not end, not even by SIGKILL", pid));
}

}  // namespace orc
