// SPDX-License-Identifier: Apache-2.0
#include "signals.h"

#include <signal.h>

#include <cerrno>
#include <csignal>

namespace orc::cli {
namespace {

sigset_t stop_set() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

void block_stop_signals() {
  const sigset_t set = stop_set();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

bool wait_for_stop(std::chrono::steady_clock::time_point until) {
  const sigset_t set = stop_set();
  for (;;) {
    const auto left = until - std::chrono::steady_clock::now();
    const auto ns = left.count() < 0 ? 0 : std::chrono::duration_cast<std::chrono::nanoseconds>(left).count();
    const timespec timeout{static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
    if (sigtimedwait(&set, nullptr, &timeout) > 0) return true;
    if (errno != EINTR) return false;
  }
}

}  // namespace orc::cli
