// SPDX-License-Identifier: Apache-2.0
// ManualClock: time that stands still until a test moves it.
// Thread-safety: moving and reading may happen on different threads.
#pragma once

#include <atomic>

#include "tmux_orc/base/clock.h"

namespace orc::test {

class ManualClock final : public Clock {
 public:
  Steady::time_point steady() const override {
    return Steady::time_point(std::chrono::milliseconds(1'000'000 + passed_ms_.load()));
  }
  std::int64_t wall_ms() const override {
    return wall_base_ms_.load() + passed_ms_.load() + suspended_ms_.load();
  }
  std::int64_t uptime_ms() const override { return 1'000'000 + passed_ms_.load() + suspended_ms_.load(); }

  void advance_ms(std::int64_t ms) { passed_ms_ += ms; }
  void advance_s(std::int64_t s) { advance_ms(s * 1000); }
  // The machine sleeps: all clocks but the steady one go on.
  void suspend_ms(std::int64_t ms) { suspended_ms_ += ms; }
  // A step of the wall clock alone, as NTP or a person makes.
  void step_wall_ms(std::int64_t ms) { wall_base_ms_ += ms; }

 private:
  std::atomic<std::int64_t> passed_ms_{0}, suspended_ms_{0};
  std::atomic<std::int64_t> wall_base_ms_{1'700'000'000'000};
};

}  // namespace orc::test
