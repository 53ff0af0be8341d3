// SPDX-License-Identifier: Apache-2.0
#include "pulse.h"

#include <algorithm>
#include <utility>

namespace orc {
namespace {

// Of the newest look in the smoothed cost: a burst of changes makes pulses rarer within a few of them, and
// one odd look does not.
constexpr double kNewest = 0.2;

// What wakes brought forward is waited for, but no longer than within which a change is to be noticed.
constexpr double kMostDebt_s = 1;

// The most of the budget that full rounds take from the pulses.
constexpr double kMostForRounds = 0.75;

}  // namespace

Pulse::Pulse(PulseSettings settings, Steady::time_point now)
    : settings_(settings), full_due_(now), last_(now), paid_until_(now) {}

void Pulse::change_settings(PulseSettings settings, Steady::time_point now) {
  settings_ = settings;
  full_due_ = now;
}

void Pulse::looked(const Look& look) {
  last_ = look.begin;
  confirm_due_ = look.confirm_due;
  lively_ = look.lively;
  woken_ = false;
  if (drawn_due_ && look.begin >= *drawn_due_) drawn_due_.reset();
  if (std::exchange(early_, false)) drawn_due_ = look.begin + from_seconds(kDrawn_s);
  // A full round's cost is spread over the time to the next one. As a pulse's, the first round's (cold, of
  // every pane) made the pulses of the first 8 s so rare that changes were told 1.6 s late.
  if (look.full) {
    full_due_ = look.begin + from_seconds(settings_.check_interval_s);
    full_cost_s_ = look.cost_s;
    return;
  }
  cost_s_ = cost_s_ == 0 ? look.cost_s : (1 - kNewest) * cost_s_ + kNewest * look.cost_s;
  const auto longest = look.begin + from_seconds(std::max(worth_s(), kMostDebt_s));
  paid_until_ = std::min(std::max(paid_until_, look.begin) + from_seconds(worth_s()), longest);
}

double Pulse::worth_s() const {
  const double rounds =
      std::min(full_cost_s_ / settings_.check_interval_s, kMostForRounds * settings_.budget);
  return cost_s_ / (settings_.budget - rounds);
}

double Pulse::interval_s() const {
  if (settings_.fixed_s) return *settings_.fixed_s;
  if (!lively_) return kLongest_s;
  return std::clamp(worth_s(), kShortest_s, kLongest_s);
}

Steady::time_point Pulse::next() const {
  Steady::time_point at = full_due_;
  if (const double s = interval_s(); s > 0) {
    auto pulse = last_ + from_seconds(s);
    if (!settings_.fixed_s) pulse = std::max(pulse, std::min(paid_until_, last_ + from_seconds(kLongest_s)));
    at = std::min(at, pulse);
  }
  if (confirm_due_) at = std::min(at, *confirm_due_);
  const double gap = std::max(kWakeGap_s, worth_s() / kWokenBudget);
  const auto soonest = last_ + from_seconds(std::min(gap, kLongest_s));
  if (woken_) at = std::min(at, soonest);
  if (drawn_due_) at = std::min(at, std::max(*drawn_due_, soonest));
  return at;
}

}  // namespace orc
