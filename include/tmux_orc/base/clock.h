// SPDX-License-Identifier: Apache-2.0
// Clock: the only source of time in the rooms, so that tests can move it by hand.
// Thread-safety: SystemClock may be used from any thread.
#pragma once

#include <time.h>

#include <chrono>
#include <cstdint>

namespace orc {

using Steady = std::chrono::steady_clock;
using Deadline = Steady::time_point;

// Of a monotonic moment: good for a difference alone.
inline std::int64_t steady_ms(Steady::time_point at) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count();
}

class Clock {
 public:
  virtual ~Clock() = default;
  // Monotonic: for deadlines and durations.
  virtual Steady::time_point steady() const = 0;
  // Wall clock in milliseconds since 1970: for what people and tmux's window_activity see. It may step.
  virtual std::int64_t wall_ms() const = 0;
  // Milliseconds since the machine was booted, suspend included: what the wall clock would say if nobody set
  // it.
  virtual std::int64_t uptime_ms() const { return steady_ms(steady()); }
};

class SystemClock final : public Clock {
 public:
  Steady::time_point steady() const override { return Steady::now(); }
  std::int64_t wall_ms() const override {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
  std::int64_t uptime_ms() const override {
    timespec t{};
    ::clock_gettime(CLOCK_BOOTTIME, &t);
    return std::int64_t{t.tv_sec} * 1000 + t.tv_nsec / 1'000'000;
  }
};

// Of a setting, which may have fractions, and back.
inline Steady::duration from_seconds(double s) {
  return std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(s));
}

inline double seconds_between(Steady::time_point from, Steady::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

inline double ms_between(Steady::time_point from, Steady::time_point to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

// Milliseconds left until `deadline`, at least 0, rounded up so that poll() does not spin in the last one.
inline int poll_timeout(Deadline deadline, Steady::time_point now) {
  if (deadline <= now) return 0;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now).count();
  return left > 60'000 ? 60'000 : static_cast<int>(left);
}

}  // namespace orc
