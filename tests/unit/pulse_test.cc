// SPDX-License-Identifier: Apache-2.0
// Pulse: how often is looked, by a clock that the tests move.
#include "pulse.h"

#include <gtest/gtest.h>

#include "quiet_pulses.h"

namespace orc {
namespace {

using Clock = Steady::time_point;
Steady::duration seconds(double s) {
  return std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(s));
}

// The daemon's loop without the daemon: looks when the pulse says so.
class Loop {
 public:
  explicit Loop(PulseSettings s = {}) : settings(s), pulse(s, now) {}
  double until_next() const { return std::chrono::duration<double>(pulse.next() - now).count(); }
  // Looks now; true: it was a full round.
  bool look() {
    const bool full = pulse.full_is_due(now);
    Pulse::Look l{now, full, full ? full_cost_s : cost_s, lively, {}};
    if (confirm_in_s > 0) l.confirm_due = now + seconds(confirm_in_s);
    pulse.looked(l);
    ++looks;
    fulls += full;
    return full;
  }
  void run(double s) {
    const Clock end = now + seconds(s);
    while (pulse.next() <= end) {
      now = std::max(now, pulse.next());
      look();
    }
    now = end;
  }
  PulseSettings settings;
  Clock now = Clock() + std::chrono::hours(1);
  Pulse pulse;
  double cost_s = 0.001, full_cost_s = 0.001, confirm_in_s = 0;
  bool lively = true;
  int looks = 0, fulls = 0;
};

TEST(Pulse, TheFirstLookIsDueAtOnceAndFull) {
  Loop loop;
  EXPECT_EQ(loop.until_next(), 0);
  EXPECT_TRUE(loop.look());
  loop.now += seconds(1);
  EXPECT_FALSE(loop.look());
}

TEST(Pulse, CheapLooksComeFiveTimesASecondDearOnesWithinTheBudget) {
  Loop loop;
  loop.look();
  EXPECT_NEAR(loop.until_next(), 0.2, 1e-6);
  const auto some = [&] {
    for (int i = 0; i < 60; ++i) {
      loop.now = std::max(loop.now, loop.pulse.next());
      loop.look();
    }
  };
  loop.cost_s = 0.007;
  some();
  EXPECT_NEAR(loop.until_next(), 0.7, 0.01);
  loop.cost_s = 1;
  some();
  EXPECT_NEAR(loop.until_next(), 2, 1e-6) << "a second is promised as far as it goes, two are the most";
}

// As a daemon begins: the first round looks at every pane with nothing known.
TEST(Pulse, AFullRoundsCostIsSpreadOverTheTimeToTheNext) {
  Loop loop;
  loop.full_cost_s = 0.06;
  loop.cost_s = 0.004;
  loop.look();
  EXPECT_NEAR(loop.until_next(), 0.2, 1e-6) << "the first round does not make the first pulse late";
  loop.now += seconds(0.2);
  loop.look();
  EXPECT_NEAR(loop.until_next(), 0.5, 1e-6) << "0.2% of the 1% are for the round";
  loop.run(3000);
  const double spent = loop.fulls * loop.full_cost_s + (loop.looks - loop.fulls) * loop.cost_s;
  EXPECT_NEAR(spent / 3000, 0.01, 0.0002);
  loop.full_cost_s = 10;
  loop.run(60);
  EXPECT_NEAR(loop.until_next(), 1.6, 0.3) << "pulses keep a quarter of the budget";
}

TEST(Pulse, WhatAWakeBringsForwardTheNextPulsesWaitFor) {
  Loop loop;
  loop.cost_s = 0.005;
  loop.look();
  // Woken twice a second at odd moments, at a budget of two looks a second.
  loop.looks = 0;
  for (int i = 0; i < 2000; ++i) {
    loop.run(i % 2 == 0 ? 0.3 : 0.7);
    loop.pulse.wake();
  }
  EXPECT_LE(loop.looks * loop.cost_s / 1000, 0.01 * 1.02);
  EXPECT_GE(loop.looks, 1900);
}

TEST(Pulse, WhereNothingHappensAndNobodyIsThereItIsSlower) {
  Loop loop;
  loop.lively = false;
  loop.look();
  EXPECT_NEAR(loop.until_next(), 2, 1e-6);
}

TEST(Pulse, OffLeavesRoundsAndSecondLooks) {
  Loop loop({30, 0.0, 0.01});
  loop.look();
  EXPECT_NEAR(loop.until_next(), 30, 1e-6);
  loop.confirm_in_s = 1;
  loop.now += seconds(30);
  EXPECT_TRUE(loop.look());
  EXPECT_NEAR(loop.until_next(), 1, 1e-6);
  loop.confirm_in_s = 0;
  loop.now += seconds(1);
  EXPECT_FALSE(loop.look());
  EXPECT_NEAR(loop.until_next(), 29, 1e-6) << "a second look does not move the rounds";
}

TEST(Pulse, FixedIsFixed) {
  Loop loop({30, 0.5, 0.01});
  loop.cost_s = 0.1;
  loop.lively = false;
  loop.run(60);
  EXPECT_NEAR(loop.looks, 121, 1);
  EXPECT_EQ(loop.fulls, 3);
}

TEST(Pulse, AShortCheckIntervalNeedsNoPulses) {
  Loop loop({0.1, std::nullopt, 0.01});
  loop.run(10);
  EXPECT_EQ(loop.looks, loop.fulls);
  EXPECT_NEAR(loop.looks, 100, 2);
}

TEST(Pulse, WhoKnowsBeforeTheScreenDoesBringsTwoLooks) {
  Loop loop;
  loop.lively = false;
  loop.look();
  loop.now += seconds(1);
  loop.pulse.wake_early();
  EXPECT_LE(loop.until_next(), 0);
  loop.look();
  EXPECT_NEAR(loop.until_next(), 0.2, 1e-6) << "it is drawn by then";
  loop.now += seconds(0.1);
  loop.look();  // another look between
  EXPECT_NEAR(loop.until_next(), 0.1, 1e-6);
  loop.now += seconds(0.1);
  loop.look();
  EXPECT_NEAR(loop.until_next(), 2, 1e-6) << "once";
  // 10 000 a second: no more than wakes are.
  loop.looks = 0;
  for (int i = 0; i < 20'000; ++i) {
    loop.pulse.wake_early();
    loop.run(0.0001);
  }
  EXPECT_LE(loop.looks, 41);
}

TEST(Pulse, AWakeIsAnsweredAtOnceAFloodOfThemByOneLook) {
  Loop loop;
  loop.lively = false;
  loop.look();
  loop.now += seconds(1);
  loop.pulse.wake();
  EXPECT_LE(loop.until_next(), 0);
  loop.look();
  EXPECT_NEAR(loop.until_next(), 2, 1e-6) << "the wake is spent";
  // 10 000 wakes a second for ten seconds.
  loop.looks = 0;
  for (int i = 0; i < 100'000; ++i) {
    loop.pulse.wake();
    loop.run(0.0001);
  }
  EXPECT_LE(loop.looks, 201) << "at most 20 a second";
  EXPECT_GE(loop.looks, 90);
  loop.cost_s = 0.02;
  loop.run(60);
  loop.looks = 0;
  for (int i = 0; i < 100'000; ++i) {
    loop.pulse.wake();
    loop.run(0.0001);
  }
  EXPECT_LE(loop.looks * loop.cost_s, 10 * 0.01 * Pulse::kWokenBudget * 1.1) << "not beyond four budgets";
}

// A week at the default settings: steps of the wall clock do not exist for a steady one, a suspend is a look
// that is late.
TEST(Pulse, AWeekWithSuspends) {
  Loop loop;
  const double week = 7 * 86400, night = 8 * 3600;
  for (int day = 0; day < 7; ++day) {
    loop.run(86400 - night);
    loop.now += seconds(night);  // suspended
    const int before = loop.looks;
    EXPECT_LE(loop.until_next(), 0);
    EXPECT_TRUE(loop.pulse.full_is_due(loop.now)) << "after a suspend everything is looked at";
    loop.run(0);
    EXPECT_EQ(loop.looks, before + 1) << "what was missed is not made up for";
  }
  const double awake = week - 7 * night;
  EXPECT_NEAR(loop.fulls, awake / 30, awake / 30 * 0.01);
  EXPECT_NEAR(loop.looks, awake / 0.2, awake / 0.2 * 0.01);
}

TEST(QuietPulses, TheirCostIsThatOfTheNextRoundThatIsKept) {
  Snapshot pulse;
  pulse.round.captures = 3;
  pulse.round.bytes = 100;
  pulse.round.errors = 2;  // one of them: a server is not reached
  pulse.round.cache.pane_content = {10, 3, 0, 1, 50};
  pulse.round.phase.total = 5;
  pulse.round.panes = 50;
  pulse.servers.resize(2);
  pulse.servers[0].name = "a";
  pulse.servers[0].reachable = true;
  pulse.servers[0].fallbacks = 1;
  pulse.servers[1].name = "b";
  QuietPulses quiet;
  const auto round = std::make_shared<const Snapshot>(pulse);
  EXPECT_EQ(quiet.take(round), round) << "nothing to add";
  quiet.add(pulse);
  quiet.add(pulse);
  const auto sum = quiet.take(round);
  EXPECT_EQ(sum->round.captures, 9u);
  EXPECT_EQ(sum->round.bytes, 300u);
  EXPECT_EQ(sum->round.errors, 4u) << "the server's error is the round's own";
  EXPECT_EQ(sum->round.cache.pane_content.hits, 30u);
  EXPECT_EQ(sum->round.cache.pane_content.entries, 50u);
  EXPECT_EQ(sum->round.phase.total, 5);
  EXPECT_EQ(sum->round.panes, 50u);
  EXPECT_EQ(sum->servers[0].fallbacks, 3u);
  EXPECT_EQ(quiet.take(round), round) << "told once";
}

}  // namespace
}  // namespace orc
