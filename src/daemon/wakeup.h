// SPDX-License-Identifier: Apache-2.0
// Wakeup: lets one thread sleep until a time or until another thread wakes it. Thread-safe.
#pragma once

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/unique_fd.h"

namespace orc {

class Wakeup {
 public:
  void wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto n = ::write(fd_.get(), &one, sizeof one);
  }
  void wait_until(Steady::time_point until) {
    pollfd p{fd_.get(), POLLIN, 0};
    ::poll(&p, 1, poll_timeout(until, Steady::now()));
    std::uint64_t count = 0;
    [[maybe_unused]] const auto n = ::read(fd_.get(), &count, sizeof count);
  }
  int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
};

}  // namespace orc
