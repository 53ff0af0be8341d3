// SPDX-License-Identifier: Apache-2.0
// Thresholds: when a figure of the monitor is well, worth a look, or alarming. Plain data.
#pragma once

namespace orc {

// A figure is well on the good side of `target`, critical on the bad side of `alert`, and warned between.
struct Threshold {
  double target = 0, alert = 0;
};

struct Thresholds {
  Threshold cycle_time_s{0.5, 1.0};
  Threshold cpu_percent{25, 40};  // of one core
  Threshold memory_mb{500, 750};
  Threshold error_percent{1, 2};
  Threshold pool_percent{80, 90};
  Threshold hit_percent{70, 60};  // more is better
  double stuck_s = 900;           // at work without movement; 0: never stuck
};

}  // namespace orc
