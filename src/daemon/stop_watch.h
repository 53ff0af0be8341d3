// SPDX-License-Identifier: Apache-2.0
// StopWatch: takes SIGTERM, SIGINT and SIGHUP on a thread of its own. A stop asked for while a round hangs on
// a wedged tmux must not wait for that round: after half of `patience` what waits is interrupted, so that
// there is time to save what was learned; after all of it the process ends as it is. Create it on the main
// thread before any other thread starts; the signals are blocked from then on.
#pragma once

#include <signal.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "tmux_orc/base/unique_fd.h"
#include "tmux_orc/base/wakeup.h"

namespace orc {

sigset_t watched_signals();

class StopWatch {
 public:
  // `on_signal` wakes the loop; `on_hang` interrupts what it waits for; `on_abandon` is the last call before
  // the process ends without its loop.
  StopWatch(std::chrono::milliseconds patience, std::function<void()> on_signal,
            std::function<void()> on_hang, std::function<void()> on_abandon);
  ~StopWatch();
  bool stop_requested() const { return stop_; }
  bool take_reload() { return reload_.exchange(false); }

 private:
  void run();

  const std::chrono::milliseconds patience_;
  const std::function<void()> on_signal_, on_hang_, on_abandon_;
  std::atomic<bool> stop_{false}, reload_{false};
  sigset_t signals_;
  UniqueFd signal_fd_;
  Wakeup finished_;
  std::thread thread_;
};

}  // namespace orc
