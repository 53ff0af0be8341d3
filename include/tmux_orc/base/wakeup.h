// SPDX-License-Identifier: Apache-2.0
// Wakeup: lets one thread sleep until a time, or until another thread wakes it. Thread-safe.
#pragma once

#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/unique_fd.h"

namespace orc {

class Wakeup {
 public:
  Wakeup();
  void wake() const;
  // Takes what woke it, any number of times at once. Waits for nothing.
  void clear() const;
  // Until somebody wakes it, who is taken then.
  void wait_until(Steady::time_point until) const;
  int fd() const { return fd_.get(); }  // readable while nobody has taken it

 private:
  UniqueFd fd_;
};

}  // namespace orc
