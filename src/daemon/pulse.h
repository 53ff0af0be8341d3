// SPDX-License-Identifier: Apache-2.0
// Pulse: when the next look is due. Between full rounds, which come every check_interval, the daemon pulses:
// a look that only captures what changed. Pure: the caller tells the time and what a look cost. Not
// thread-safe; others wake the loop, and the loop calls wake().
#pragma once

#include <optional>

#include "tmux_orc/base/clock.h"

namespace orc {

struct PulseSettings {
  double check_interval_s = 30;
  std::optional<double> fixed_s;  // nothing: as often as the budget allows; 0: no pulses
  double budget = 0.01;           // of a core, for us and for tmux each
};

class Pulse {
 public:
  // Between two pulses in auto, and the least after which a wake leads to one.
  static constexpr double kShortest_s = 0.2, kLongest_s = 2.0, kWakeGap_s = 0.05;
  // Agents draw within 40 to 100 ms of their hook, and of saying that they wait.
  static constexpr double kDrawn_s = 0.2;
  // While it is woken again and again it may use so many times its budget.
  static constexpr double kWokenBudget = 4;

  Pulse(PulseSettings settings, Steady::time_point now);
  void change_settings(PulseSettings settings, Steady::time_point now);

  // What a look cost: CPU seconds, of whichever of us and tmux used more.
  struct Look {
    Steady::time_point begin;
    bool full = false;
    double cost_s = 0;
    bool lively = true;  // somebody is attached, or an agent is at work
    std::optional<Steady::time_point> confirm_due;
  };
  void looked(const Look& look);
  // Something may have changed. A flood of wakes is one look.
  void wake() { woken_ = true; }
  // The same, by one who knows before the screen shows it: looked at once more when that is drawn.
  void wake_early() { woken_ = early_ = true; }

  Steady::time_point next() const;
  // Whether a look that begins now is a full round.
  bool full_is_due(Steady::time_point now) const { return now >= full_due_; }
  // Seconds between pulses as it is now, if nothing wakes it; 0: no pulses.
  double interval_s() const;

 private:
  // How long a pulse's cost is worth.
  double worth_s() const;

  PulseSettings settings_;
  Steady::time_point full_due_, last_;
  // Until then the looks so far have used the budget up: what a wake brought forward, the next pulse waits
  // for.
  Steady::time_point paid_until_;
  std::optional<Steady::time_point> confirm_due_;
  double cost_s_ = 0;       // of a pulse, smoothed; 0: there was none
  double full_cost_s_ = 0;  // of the last full round
  std::optional<Steady::time_point> drawn_due_;
  bool lively_ = true, woken_ = false, early_ = false;
};

}  // namespace orc
