// SPDX-License-Identifier: Apache-2.0
#include "stop_watch.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "tmux_orc/base/os.h"

namespace orc {

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int s : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, s);
  return set;
}

StopWatch::StopWatch(std::chrono::milliseconds patience, std::function<void()> on_signal,
                     std::function<void()> on_hang, std::function<void()> on_abandon)
    : patience_(patience),
      on_signal_(std::move(on_signal)),
      on_hang_(std::move(on_hang)),
      on_abandon_(std::move(on_abandon)),
      signals_(watched_signals()) {
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  signal_fd_ = signal_descriptor(signals_);
  thread_ = std::thread([this] { run(); });
}

StopWatch::~StopWatch() {
  finished_.wake();
  thread_.join();
}

void StopWatch::run() {
  Steady::time_point abandon_at = Steady::time_point::max(), hang_at = Steady::time_point::max();
  for (;;) {
    pollfd p[] = {{signal_fd_.get(), POLLIN, 0}, {finished_.fd(), POLLIN, 0}};
    ::poll(p, 2, stop_ ? poll_timeout(std::min(hang_at, abandon_at), Steady::now()) : -1);
    if ((p[1].revents & POLLIN) != 0) return;
    while (const int signal = next_signal(signal_fd_)) {
      if (signal == SIGHUP) {
        reload_ = true;
      } else if (!stop_.exchange(true)) {
        abandon_at = Steady::now() + patience_;
        hang_at = Steady::now() + patience_ / 2;
      }
      on_signal_();
    }
    if (stop_ && Steady::now() >= hang_at) {
      hang_at = Steady::time_point::max();
      on_hang_();
    }
    if (stop_ && Steady::now() >= abandon_at) {
      on_abandon_();
      ::_exit(0);
    }
  }
}

}  // namespace orc
