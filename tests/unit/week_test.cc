// SPDX-License-Identifier: Apache-2.0
// A week of the daemon's loop by a clock that the test moves: nights in which the machine sleeps, a wall
// clock that is set, floods of wakes. The pace of the looks, what they cost, and what people are told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "pulse.h"
#include "support/manual_clock.h"
#include "tmux_orc/aggregate/aggregator.h"
#include "tmux_orc/notify/notifier.h"

namespace orc {
namespace {

constexpr ServerId kServer = 1;
constexpr int kAgents = 4, kDays = 7;
constexpr std::int64_t kHour_ms = 3'600'000, kNight_ms = 8 * kHour_ms, kFlood_ms = 600'000;
constexpr double kQuietCost_s = 0.010, kBusyCost_s = 0.030, kFullCost_s = 0.040, kBudget = 0.01;
constexpr int kWakesPerMs = 10;

// Works, asks, works, ends its turn; it sleeps with the machine.
struct Life {
  State state = State::kWorking;
  std::int64_t until_ms = 0;  // by the steady clock
  int asked = 0, ended = 0;   // episodes that people are to hear of
};

class Week {
 public:
  Week() : notifier_(settings(), clock_.wall_ms()) {
    for (int i = 0; i < kAgents; ++i) {
      PaneRef p;
      p.key = {kServer, static_cast<PaneId>(i + 1)};
      p.server_name = "d";
      p.session = "s";
      panes_.push_back(p);
      lives_[i].until_ms = 60'000 * (i + 1);
    }
    for (const PaneRef& p : panes_) pointers_.push_back(&p);
  }

  // Awake for so long; `flooded`: woken 10 000 times a second.
  void run(std::int64_t ms, bool flooded) {
    const std::int64_t end = passed_ms() + ms;
    const double before_s = cost_s_;
    const long looks = looks_;
    for (;;) {
      // Between two looks the wakes come one by one; the first of them alone moves the next look.
      if (flooded) {
        for (std::int64_t i = 0; i < std::max<std::int64_t>(1, last_gap_ms_) * kWakesPerMs; ++i)
          pulse_.wake();
      } else if (random_() % 50 == 0) {
        pulse_.wake();
      }
      const std::int64_t due = std::max(ms_of(pulse_.next()), passed_ms());
      if (due > end) break;
      last_gap_ms_ = due - passed_ms();
      hurried_ += static_cast<double>(last_gap_ms_) < 1000 * Pulse::kWakeGap_s;
      clock_.advance_ms(std::max<std::int64_t>(due - passed_ms(), 1));
      look();
    }
    clock_.advance_ms(end - passed_ms());
    const double used = (cost_s_ - before_s) / (static_cast<double>(ms) / 1000);
    (flooded ? most_flooded_ : most_) = std::max(flooded ? most_flooded_ : most_, used);
    if (flooded)
      most_flooded_looks_s_ = std::max(
          most_flooded_looks_s_, 1000.0 * static_cast<double>(looks_ - looks) / static_cast<double>(ms));
  }
  void sleep(std::int64_t ms) { clock_.suspend_ms(ms); }
  void set_clock(std::int64_t by_ms) { clock_.step_wall_ms(by_ms); }

  void check() {
    for (int i = 0; i < kAgents; ++i) {
      const Life& l = lives_[i];
      const auto id = static_cast<PaneId>(i + 1);
      // One that has only begun may not be told yet.
      EXPECT_NEAR((told_[{id, Concern::kWaiting}]), l.asked, l.state == State::kWaiting) << "%" << id;
      EXPECT_NEAR((told_[{id, Concern::kIdle}]), l.ended, l.state == State::kIdle) << "%" << id;
      EXPECT_GT(l.asked, 100);
    }
    EXPECT_EQ(others_, 0) << "nobody crashed, vanished, was stuck or lost";
  }

  long looks_ = 0, fulls_ = 0;
  double most_ = 0, most_flooded_ = 0, most_flooded_looks_s_ = 0, longest_wait_s_ = 0;
  long hurried_ = 0;
  std::int64_t widest_full_ms_ = 0;

 private:
  static NotifySettings settings() {
    NotifySettings s;
    s.startup_grace_s = 0;
    s.escalate_after_s = 0;
    s.pace = {};
    NotifyChannel c;
    c.name = "all";
    s.channels = {c};
    s.rules = {{{Concern::kWaiting, Concern::kError, Concern::kIdle, Concern::kCrashed, Concern::kMissing,
                 Concern::kStuck},
                {},
                true,
                true,
                {"all"}}};
    return s;
  }
  std::int64_t ms_of(Steady::time_point t) const {
    return std::chrono::ceil<std::chrono::milliseconds>(t.time_since_epoch()).count();
  }
  std::int64_t passed_ms() const { return ms_of(clock_.steady()); }

  bool live() {
    bool changed = false;
    const std::int64_t now = passed_ms() - begin_ms_;
    for (Life& l : lives_) {
      if (now < l.until_ms) continue;
      changed = true;
      if (l.state != State::kWorking) {
        l.state = State::kWorking;
      } else if (random_() % 3 == 0) {
        l.state = State::kIdle;
        ++l.ended;
      } else {
        l.state = State::kWaiting;
        ++l.asked;
      }
      l.until_ms = now + 30'000 + static_cast<std::int64_t>(random_() % 1'200'000);
    }
    return changed;
  }

  void look() {
    const bool full = pulse_.full_is_due(clock_.steady());
    const double cost = full ? kFullCost_s : live() ? kBusyCost_s : kQuietCost_s;
    if (full) {
      live();
      if (fulls_ > 0) widest_full_ms_ = std::max(widest_full_ms_, passed_ms() - full_at_ms_);
      full_at_ms_ = passed_ms();
      ++fulls_;
    }
    ++looks_;
    cost_s_ += cost;
    const auto snapshot = take_round();
    const auto at_work = snapshot->counts.find(State::kWorking);
    pulse_.looked({clock_.steady(), full, cost, at_work != snapshot->counts.end() && at_work->second > 0,
                   aggregator_.confirm_due()});
    if (const std::int64_t step = aggregator_.take_clock_step(); step != 0) notifier_.clock_was_set(step);
    for (const AgentStatus& a : snapshot->agents)
      longest_wait_s_ = std::max(longest_wait_s_, static_cast<double>(snapshot->at_ms - a.since_ms) / 1000);
    for (const Message& m : notifier_.decide(
             *snapshot, [](const PaneRef&) { return false; }, false)) {
      for (const NotifyItem& item : m.items) {
        if (item.concern == Concern::kWaiting || item.concern == Concern::kIdle)
          ++told_[{item.pane.key.pane, item.concern}];
        else
          ++others_;
      }
    }
  }

  std::shared_ptr<Snapshot> take_round() {
    aggregator_.begin_round();
    std::vector<Outcome> outcomes;
    for (std::size_t i = 0; i < panes_.size(); ++i) {
      const State state = lives_[i].state;
      Outcome o{i, 0, Outcome::Kind::kVerdict, {"claude", state, "", "claude/x", 0.9}, false, {}};
      o.motion = static_cast<std::uint64_t>(looks_);  // what is at work says something new each time
      outcomes.push_back(std::move(o));
    }
    aggregator_.take(pointers_, outcomes);
    ServerFigures server;
    server.name = "d";
    server.reachable = true;
    server.life = kServer;
    return aggregator_.finish_round({kServer}, {}, {server});
  }

  test::ManualClock clock_;
  std::mt19937 random_{7};
  const std::int64_t begin_ms_ = passed_ms();
  Pulse pulse_{{30, std::nullopt, kBudget}, clock_.steady()};
  Aggregator aggregator_{AggregateSettings{}, clock_};
  Notifier notifier_;
  Life lives_[kAgents];
  std::vector<PaneRef> panes_;
  std::vector<const PaneRef*> pointers_;
  std::map<std::pair<PaneId, Concern>, int> told_;
  int others_ = 0;
  double cost_s_ = 0;
  std::int64_t last_gap_ms_ = 1, full_at_ms_ = 0;
};

TEST(AWeek, OfNightsClockStepsAndFloodsOfWakes) {
  Week week;
  const std::int64_t steps[kDays] = {15'000, -15'000,    24 * kHour_ms,      -30 * kHour_ms,
                                     2'500,  -3'600'000, 400 * 24 * kHour_ms};
  for (const std::int64_t step : steps) {
    for (int hour = 0; hour < 16; ++hour) {
      if (hour == 5) week.set_clock(step);
      if (hour == 9) week.run(kFlood_ms, true);
      week.run(kHour_ms - (hour == 9 ? kFlood_ms : 0), false);
      if (hour == 11) week.sleep(20 * 60'000);  // a closed lid
    }
    week.sleep(kNight_ms);
    week.set_clock(-step / 2);  // and set again while it woke
  }
  week.check();
  const double awake_s = kDays * 16 * 3600.0;
  EXPECT_LE(week.most_, kBudget * 1.25)
      << "of a core, in any hour: full rounds and changes are dearer than pulses";
  EXPECT_LE(week.most_flooded_, kBudget * Pulse::kWokenBudget * 1.1);
  EXPECT_LE(week.most_flooded_looks_s_, 1 / Pulse::kWakeGap_s);
  EXPECT_LE(week.hurried_, week.fulls_)
      << "closer than a wake allows: only a round or a second look that is due";
  EXPECT_GE(static_cast<double>(week.looks_), awake_s / Pulse::kLongest_s);
  EXPECT_LE(static_cast<double>(week.looks_), awake_s * 2);
  EXPECT_NEAR(static_cast<double>(week.fulls_), awake_s / 30, awake_s / 30 * 0.05);
  EXPECT_LE(week.widest_full_ms_, 32'500) << "of time awake: at most one pulse late";
  // A state lasts 20 minutes at most, and over a night; a clock that was set makes none longer.
  EXPECT_LE(week.longest_wait_s_, 1230 + 2 * kNight_ms / 1000.0);
}

}  // namespace
}  // namespace orc
