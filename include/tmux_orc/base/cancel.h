// SPDX-License-Identifier: Apache-2.0
// Cancel: lets one thread end what others wait for. Thread-safe; once cancelled it stays so.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

#include "tmux_orc/base/unique_fd.h"

namespace orc {

class Cancel {
 public:
  void cancel() {
    cancelled_ = true;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto n = ::write(fd_.get(), &one, sizeof one);
  }
  bool cancelled() const { return cancelled_; }
  int fd() const { return fd_.get(); }  // readable once cancelled

 private:
  std::atomic<bool> cancelled_{false};
  UniqueFd fd_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
};

}  // namespace orc
