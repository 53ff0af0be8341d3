// SPDX-License-Identifier: Apache-2.0
// What the reports say against figures computed here, by other means: a simulated month, daylight saving, an
// empty, an hour's and thirteen months' history, capacity, the baseline, the export.
#include "tmux_orc/report/reports.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "fit.h"
#include "support/agent_life.h"
#include "support/history_fixture.h"
#include "support/presence_fixture.h"
#include "tmux_orc/base/clock.h"
#include "tmux_orc/figures/calendar.h"
#include "tmux_orc/report/baseline.h"

namespace orc {
namespace {

using test::exact;
using test::History;
using test::kDay;
using test::kHour;
using test::kMinute;
using test::OneAgent;
using test::Presence;
using test::TimeZone;
using testing::HasSubstr;

TEST_F(History, WhoUsesMostStandsFirst) {
  const std::int64_t now = 1793620800000, hour = now / 3'600'000;
  auto store = open(now - kDay);
  const HistoryUsage usage[] = {{hour, 1, "claude", "a", "m", 10, 5, 0.5},
                                {hour - 1, 1, "claude", "a", "m", 1, 1, 0.25},
                                {hour, 2, "codex", "z", "m", 100, 50, {}}};
  ASSERT_TRUE(store->append_usage(usage));
  const auto sums = reader()->usage(last_days("day", 1, now)).value();
  ASSERT_EQ(sums.size(), 2u);
  EXPECT_EQ(sums[0].agent, "codex") << "by tokens, not by name";
  EXPECT_EQ(sums[0].tokens_in + sums[0].tokens_out, 150u);
  EXPECT_FALSE(sums[0].cost_usd);
  EXPECT_EQ(sums[1].tokens_in + sums[1].tokens_out, 17u);
  EXPECT_EQ(sums[1].cost_usd, 0.75);
}

// Ten agents for 31 days with the clocks going back in it, a round a minute; what the reports say is computed
// again here from the same rounds, by other means.
TEST_F(History, ASimulatedMonthIsReportedAsItWas) {
  const TimeZone berlin("Europe/Berlin");
  const std::int64_t end = 1793620800000;  // 2026-11-02 13:00 CET
  const Period month = last_days("month", 30, end);
  test::AgentLife life(10, 0.02);
  auto store = open(month.from_ms - kDay);
  std::map<int, std::vector<double>> cycles;
  std::map<std::pair<std::string, State>, std::int64_t> state_ms, entered;
  std::map<PaneId, std::pair<State, std::int64_t>> last;
  std::vector<std::int64_t> waits;  // that ended
  std::int64_t transitions = 0, inside_rounds = 0;
  double cpu_s = 0;
  std::uint64_t hits = 0, misses = 0;
  std::vector<HistoryRound> batch;
  std::int64_t before = 0;
  for (std::int64_t at = month.from_ms - kDay; at <= end; at += kMinute) {
    HistoryRound r = life.round(at);
    const bool inside = at >= month.from_ms;
    if (inside) {
      cycles[local_day(at)].push_back(r.record.round.phase.total);
      transitions += std::ssize(r.snapshot->transitions);
      ++inside_rounds;
      cpu_s += r.record.process.cpu_s;
      hits += r.record.round.cache.pane_content.hits;
      misses += r.record.round.cache.pane_content.misses;
    }
    for (const auto& [pane, state] : last) {
      const AgentStatus& a = life.agents()[pane];
      const std::int64_t from = std::max(before, month.from_ms);
      if (at > from) state_ms[{a.pane.target(), state.first}] += at - from;
    }
    for (const Transition& t : r.snapshot->transitions) {
      if (inside) ++entered[{t.pane.target(), t.to.state}];
      const auto was = last.find(t.pane.key.pane);
      if (inside && was != last.end() && was->second.first == State::kWaiting)
        waits.push_back(at - was->second.second);
    }
    for (const AgentStatus& a : life.agents()) {
      auto& entry = last[a.pane.key.pane];
      if (entry.second == 0 || entry.first != a.verdict.state) entry = {a.verdict.state, at};
    }
    before = at;
    batch.push_back(std::move(r));
    if (batch.size() == 50) {
      ASSERT_TRUE(store->append(batch).has_value());
      batch.clear();
    }
  }
  ASSERT_TRUE(store->append(batch).has_value());
  const std::vector<HistoryNotification> told = {{month.from_ms - 1, "bell", "a", "b", true},
                                                 {month.from_ms, "bell", "a", "b", true},
                                                 {end - 1, "bell", "a", "b", false},
                                                 {end, "webhook", "a", "b", true}};
  ASSERT_TRUE(store->append_notifications(told).has_value());
  std::sort(waits.rbegin(), waits.rend());

  const auto history = reader();
  const auto days = history->days(month);
  ASSERT_TRUE(days.has_value()) << days.error().message;
  ASSERT_EQ(days->size(), 30u);
  std::vector<double> all;
  for (const PerfSummary& d : *days) {
    const auto& mine = cycles.at(d.day);
    ASSERT_EQ(d.rounds, std::ssize(mine)) << d.day;
    EXPECT_NEAR(d.p50_ms / exact(mine, 0.5), 1, 0.0126);
    EXPECT_NEAR(d.p99_ms / exact(mine, 0.99), 1, 0.0126);
    EXPECT_NEAR(d.max_ms, exact(mine, 1), 0.0011);
    all.insert(all.end(), mine.begin(), mine.end());
  }
  EXPECT_EQ(cycles.at(20261025).size(), 25u * 60);
  const auto whole = history->whole(month);
  EXPECT_EQ(whole->rounds, inside_rounds);
  EXPECT_NEAR(whole->p99_ms / exact(all, 0.99), 1, 0.0126) << "a month's p99 is no average of days";
  EXPECT_EQ(whole->transitions, transitions);
  EXPECT_NEAR(whole->cpu_percent, 100 * cpu_s * 1000 / static_cast<double>(inside_rounds * kMinute), 1e-4);
  EXPECT_NEAR(whole->content_rate, static_cast<double>(hits) / static_cast<double>(hits + misses), 1e-9);

  const auto times = history->agent_times(month);
  ASSERT_EQ(times->size(), 10u);
  std::int64_t reported_wait = 0;
  for (const AgentTimes& t : *times) {
    for (const auto& [state, ms] : t.ms)
      EXPECT_EQ(ms, (state_ms[{t.target, state}])) << t.target << " " << to_string(state);
    for (const auto& [state, n] : t.entered)
      EXPECT_EQ(n, (entered[{t.target, state}])) << t.target << " " << to_string(state);
    if (t.longest_ms.contains(State::kWaiting))
      reported_wait = std::max(reported_wait, t.longest_ms.at(State::kWaiting));
    EXPECT_EQ(t.pm, t.target == "s0:0.0");
  }
  EXPECT_EQ(reported_wait, waits.front());
  std::vector<std::int64_t> reported;
  const auto all_waits = history->longest_waits(month, 1000);
  for (const Wait& w : *all_waits) {
    if (!w.still) reported.push_back(w.length_ms);
  }
  waits.resize(std::min<std::size_t>(waits.size(), reported.size()));
  EXPECT_GT(reported.size(), 500u);
  EXPECT_EQ(reported, waits);

  for (const auto& report :
       {perf_report(*history, month), activity_report(*history, month, true),
        cache_report(*history, month, 1000, 30), capacity_report(*history, month, {}, 60)}) {
    ASSERT_TRUE(report.has_value());
    EXPECT_FALSE(report->sections.empty());
    EXPECT_THAT(to_html(*report), HasSubstr("</html>"));
  }
  EXPECT_EQ(perf_report(*history, month)->json["total"]["rounds"], inside_rounds);
  const auto notified = activity_report(*history, month, true)->json["notifications"];
  EXPECT_EQ(notified.dump(), R"({"bell":{"delivered":1,"failed":1},"webhook":{"delivered":1,"failed":0}})");
  EXPECT_NEAR(activity_report(*history, month, true)->json["availability"]["percent"].get<double>(), 100,
              0.01);
  EXPECT_EQ(capacity_report(*history, month, {}, 60)->json.value("refused", false), true)
      << "always ten agents: nothing to fit";
}

TEST_F(History, ReportsOfAnEmptyAndAnHourOldHistory) {
  EXPECT_EQ(HistoryReader::open(file(), "blue").error().kind, ErrorKind::kUnavailable);
  const std::int64_t now = 1793620800000;
  auto store = open(now - kHour, 30);
  const Period week = last_days("week", 7, now);
  for (int pass = 0; pass < 2; ++pass) {
    const auto history = reader();
    for (const auto& report :
         {perf_report(*history, week), activity_report(*history, week, true),
          cache_report(*history, week, 1000, 30), capacity_report(*history, week, {}, 30)}) {
      ASSERT_TRUE(report.has_value()) << report.error().message;
      EXPECT_FALSE(report->sections.empty());
    }
    EXPECT_EQ(history->whole(week)->rounds, pass == 0 ? 0 : 121);
    const auto advice = recommend(*history, week, {});
    EXPECT_EQ(advice.has_value(), pass == 1);
    if (!advice) {
      EXPECT_EQ(advice.error().message, "0 rounds were recorded in this period: advice needs 100");
    }
    test::AgentLife life(3, 0.1);
    std::vector<HistoryRound> rounds;
    for (std::int64_t at = now - kHour; pass == 0 && at <= now; at += 30'000)
      rounds.push_back(life.round(at));
    ASSERT_TRUE(store->append(rounds).has_value());
  }
}

// Half an hour between two rounds; what is older than the settings say is pruned.
TEST_F(History, ReportsOfThirteenMonths) {
  const TimeZone utc("UTC");
  const std::int64_t end = 1793620800000, start = end - 400 * kDay;
  constexpr std::int64_t kStep = kHour / 2;
  auto store = open(start, 1800);
  test::AgentLife life(4, 0.1);
  std::map<int, std::vector<double>> cycles;
  std::vector<HistoryRound> batch;
  for (std::int64_t at = start; at <= end; at += kStep) {
    batch.push_back(life.round(at));
    cycles[local_day(at)].push_back(batch.back().record.round.phase.total);
    if (batch.size() < 400 && at != end) continue;
    ASSERT_TRUE(store->append(batch).has_value());
    batch.clear();
  }
  for (auto more = store->prune(end); more && *more; more = store->prune(end)) {
  }
  const auto history = reader();
  for (const int length : {1, 7, 30, 365}) {
    const Period period = last_days("period", length, end);
    std::vector<double> mine;
    for (const auto& [day, values] : cycles) {
      if (day >= period.from_day) mine.insert(mine.end(), values.begin(), values.end());
    }
    const auto perf = perf_report(*history, period);
    ASSERT_TRUE(perf.has_value());
    EXPECT_EQ(perf->json["total"]["rounds"], mine.size()) << length;
    EXPECT_NEAR(perf->json["total"]["cycle_ms"]["p99"].get<double>() / exact(mine, 0.99), 1, 0.0126)
        << length;
    EXPECT_EQ(perf->json["days"].size(), static_cast<std::size_t>(length));
    EXPECT_EQ(perf->json.contains("slowest_since_ms"), length > 7) << length;
    const auto activity = activity_report(*history, period, true);
    std::int64_t ms = 0;
    for (const auto& [state, value] : activity->json["roles"]["all"]["ms"].items())
      ms += value.get<std::int64_t>();
    EXPECT_NEAR(static_cast<double>(ms) / static_cast<double>(4 * (end - period.from_ms)), 1, 0.01) << length;
    EXPECT_EQ(activity->json["availability"]["percent"], 100.0) << length;
    EXPECT_TRUE(cache_report(*history, period, 1000, 30).has_value());
    EXPECT_TRUE(capacity_report(*history, period, {}, 1800).has_value());
  }
  EXPECT_GT(history->days(last_days("all", 500, end))->size(), 395u);
}

// One agent that works all day, on days that have an hour more or less than others.
TEST_F(History, ADayOf23Or25HoursIsReportedAsLongAsItWas) {
  const TimeZone berlin("Europe/Berlin");
  for (const auto& [noon, hours] : {std::pair(1792926000000, 25), std::pair(1774771200000, 23)}) {
    for (const char* part : {"", "-wal", "-shm"}) std::filesystem::remove(file() + part);
    const std::int64_t from = day_start(noon), to = day_start(noon, 1);
    auto store = open(from - kHour, 60);
    test::AgentLife life(1, 0);
    std::vector<HistoryRound> rounds;
    for (std::int64_t at = from - kHour; at <= to + kHour; at += kMinute) rounds.push_back(life.round(at));
    ASSERT_TRUE(store->append(rounds).has_value());
    const auto history = reader();
    EXPECT_EQ(history->agent_times(last_days("day", 1, to - 1))->front().ms.at(State::kWorking),
              hours * kHour);
    EXPECT_EQ(history->whole(last_days("day", 1, to - 1))->rounds, hours * 60);
    const auto two = activity_report(*history, last_days("two", 2, to + kHour), true)->json;
    EXPECT_EQ(two["availability"]["whole_ms"], (hours + 1) * kHour);
    EXPECT_EQ(two["availability"]["percent"], 100.0);
    EXPECT_EQ(two["agents"][0]["ms"]["working"], (hours + 1) * kHour);
  }
}

TEST_F(Presence, AWaitThatGoesOnIsReported) {
  auto store = open(start_);
  look(*store, start_ + kHour);
  agent_.becomes(State::kWaiting);
  look(*store, start_ + 3 * kHour);
  ASSERT_EQ(waits().size(), 1u);
  EXPECT_TRUE(waits()[0].still);
  EXPECT_EQ(waits()[0].from_ms, start_ + kHour);
  EXPECT_EQ(waits()[0].length_ms, 2 * kHour - kMinute) << "up to the last look";
  EXPECT_EQ(activity()["longest_waits"][0]["still_waiting"], true);
  EXPECT_EQ(activity()["agents"][0]["longest_ms"]["waiting"], 2 * kHour - kMinute);
  agent_.becomes(State::kWorking);
  look(*store, start_ + 4 * kHour);
  ASSERT_EQ(waits().size(), 1u);
  EXPECT_FALSE(waits()[0].still);
  EXPECT_EQ(waits()[0].length_ms, 2 * kHour);
}

TEST_F(Presence, AWaitOutlivesARestartOfTheMonitor) {
  auto store = open(start_);
  agent_.becomes(State::kWaiting);
  look(*store, start_ + kHour);
  store.reset();
  at_ += kHour;
  EXPECT_EQ(waits()[0].length_ms, kHour - kMinute) << "what it did since nobody saw";
  // It went on while no monitor ran, and is over in the new one's first round.
  store = open(at_);
  agent_.becomes(State::kWorking);
  look(*store, at_ + kMinute);
  ASSERT_EQ(waits().size(), 1u);
  EXPECT_FALSE(waits()[0].still);
  EXPECT_EQ(waits()[0].length_ms, 2 * kHour);
}

TEST_F(Presence, AnAgentThatIsGoneWaitsNoLonger) {
  auto store = open(start_);
  agent_.becomes(State::kWaiting);
  look(*store, start_ + kHour);
  agent_.leaves();
  look(*store, start_ + 2 * kHour);
  ASSERT_EQ(waits().size(), 1u);
  EXPECT_FALSE(waits()[0].still);
  EXPECT_EQ(waits()[0].length_ms, kHour);
  EXPECT_EQ(sql("SELECT count(*) FROM present"), "0");
}

TEST_F(Presence, WhatAServerThatIsNotReachedDoesIsNotCounted) {
  auto store = open(start_);
  agent_.becomes(State::kWaiting);
  look(*store, start_ + kHour);
  agent_.reachable = false;
  look(*store, start_ + 2 * kHour);
  EXPECT_EQ(waits()[0].length_ms, kHour - kMinute);
  EXPECT_EQ(activity()["agents"][0]["ms"]["waiting"], kHour);
  // A new run that does not reach it either, and does not know it.
  OneAgent other;
  other.leaves();
  other.reachable = false;
  std::swap(agent_, other);
  store = open(at_);
  look(*store, start_ + 3 * kHour);
  ASSERT_EQ(waits().size(), 1u);
  EXPECT_EQ(waits()[0].length_ms, kHour - kMinute);
  agent_.watched = false;
  look(*store, start_ + 4 * kHour);
  EXPECT_TRUE(waits().empty()) << "its server is not watched any more";
}

// The run before ended while the server was reached: what it saw last holds until then.
TEST_F(Presence, AServerThatIsLostBetweenTwoRunsWasSeenInTheFirst) {
  auto store = open(start_);
  agent_.becomes(State::kWaiting);
  look(*store, start_ + kHour);
  at_ += kHour;
  store = open(at_);
  OneAgent other;
  other.leaves();
  other.reachable = false;
  std::swap(agent_, other);
  look(*store, at_ + kHour);
  ASSERT_EQ(waits().size(), 1u);
  EXPECT_EQ(waits()[0].length_ms, kHour - kMinute);
}

TEST_F(Presence, AGapIsNotAvailable) {
  auto store = open(start_);
  look(*store, start_ + kHour);
  at_ = start_ + 5 * kHour;  // four hours in suspend
  look(*store, start_ + 8 * kHour);
  at_ = start_ + 8 * kHour;
  const auto whole = activity()["availability"];
  EXPECT_EQ(whole["whole_ms"], 8 * kHour);
  EXPECT_EQ(whole["standstills"], 1);
  EXPECT_EQ(whole["standstill_ms"], 4 * kHour + kMinute);
  EXPECT_EQ(whole["covered_ms"], 4 * kHour - kMinute);
  EXPECT_NEAR(whole["percent"].get<double>(), 100.0 * (4 * 60 - 1) / (8 * 60), 0.001);
  EXPECT_EQ(whole["ended_hard"], 0) << "it still runs";
  EXPECT_EQ(activity()["agents"][0]["ms"]["working"], 4 * kHour - 2 * kMinute);
  // A killed run, an hour without one, and one that was stopped in order.
  store = open(start_ + 9 * kHour);
  at_ = start_ + 9 * kHour;
  look(*store, start_ + 10 * kHour);
  ASSERT_TRUE(store->end_run(start_ + 10 * kHour).has_value());
  at_ = start_ + 12 * kHour;
  const auto later = activity()["availability"];
  EXPECT_EQ(later["starts"], 2);
  EXPECT_EQ(later["ended_hard"], 1);
  EXPECT_EQ(later["covered_ms"], 5 * kHour - 2 * kMinute);
  EXPECT_EQ(later["whole_ms"], 12 * kHour);
}

// ---- capacity -------------------------------------------------------------------------------------------

TEST(FitTest, FindsThePlaneThePointsLieOn) {
  std::vector<FitPoint> points;
  std::mt19937 random(3);
  for (int i = 0; i < 50; ++i) {
    const double x1 = static_cast<double>(random() % 1000), x2 = static_cast<double>(random() % 300);
    points.push_back({x1, x2, 3 + 0.5 * x1 - 0.25 * x2, 1 + static_cast<double>(random() % 9)});
  }
  const auto fit = fit_plane(points);
  ASSERT_TRUE(fit.has_value());
  EXPECT_NEAR(fit->a, 3, 1e-6);
  EXPECT_NEAR(fit->b, 0.5, 1e-9);
  EXPECT_NEAR(fit->c, -0.25, 1e-9);
  EXPECT_NEAR(fit->error, 0, 1e-6);
  points = {{1, 0, 1, 1}, {1, 0, 3, 1}, {3, 0, 5, 2}};
  EXPECT_NEAR(fit_plane(points)->error, std::sqrt(0.5), 1e-9) << "1 and 3 where 2 is right, of a weight of 4";
  EXPECT_NEAR(fit_plane(points)->at(2, 0), 3.5, 1e-9);
}

TEST(FitTest, WhatDoesNotVaryDeterminesNothing) {
  EXPECT_FALSE(fit_plane({}).has_value());
  EXPECT_FALSE(fit_plane({{1, 2, 3, 1}}).has_value());
  EXPECT_FALSE(fit_plane({{10, 1, 1, 1}, {10, 2, 2, 1}, {10, 5, 7, 1}}).has_value());
  // x2 says what x1 says already, or nothing.
  for (const double factor : {0.0, 2.0}) {
    const auto fit = fit_plane({{1, factor, 2, 1}, {2, 2 * factor, 4, 1}, {3, 3 * factor, 6, 1}});
    ASSERT_TRUE(fit.has_value());
    EXPECT_EQ(fit->c, 0);
    EXPECT_NEAR(fit->b, 2, 1e-9);
  }
}

TEST(FitTest, NothingThatIsNoNumberComesOutWhateverGoesIn) {
  const double odd[] = {0,
                        1,
                        -1,
                        2.5,
                        1e-300,
                        1e300,
                        -1e308,
                        1e9,
                        std::numeric_limits<double>::quiet_NaN(),
                        std::numeric_limits<double>::infinity()};
  std::mt19937 random(7);
  const auto any = [&] { return odd[random() % std::size(odd)]; };
  int fitted = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::vector<FitPoint> points(random() % 8);
    for (FitPoint& p : points) p = {any(), any(), any(), any()};
    const auto fit = fit_plane(points);
    if (!fit) continue;
    ++fitted;
    ASSERT_TRUE(std::isfinite(fit->a) && std::isfinite(fit->b) && std::isfinite(fit->c) &&
                std::isfinite(fit->error));
  }
  EXPECT_GT(fitted, 100);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto fit =
      fit_plane({{1, 0, 1, 1}, {nan, 0, 9, 1}, {2, 0, 2, 1}, {3, 0, nan, 1}, {4, 0, 90, 0}, {5, 0, 9, -1}});
  ASSERT_TRUE(fit.has_value());
  EXPECT_NEAR(fit->b, 1, 1e-9);
}

class Capacity : public History {
 protected:
  // What a round of `agents`, of whom `painting` paint, costs.
  struct Cost {
    double cycle_ms = 1, cpu_ms = 1, resident_mb = 20;
  };
  using CostOf = std::function<Cost(double agents, double painting)>;

  // Hour n has 20 + n agents; every third hour twice as many of them paint.
  void record(int hours, const CostOf& cost, int rounds_per_hour = 36, double growth = 1) {
    auto store = open(start_, 3600.0 / rounds_per_hour);
    std::vector<HistoryRound> rounds;
    for (int i = 0; i < hours * rounds_per_hour; ++i) {
      const int hour = i / rounds_per_hour;
      const auto agents = static_cast<std::size_t>(20 + growth * hour),
                 painting = agents / (hour % 3 == 0 ? 5 : 10);
      const Cost c = cost(static_cast<double>(agents), static_cast<double>(painting));
      auto s = std::make_shared<Snapshot>();
      s->at_ms = start_ + i * kHour / rounds_per_hour;
      s->round.number = static_cast<std::uint64_t>(i);
      s->round.agents = s->round.panes = agents;
      s->round.captures = painting;
      s->round.phase.total = c.cycle_ms;
      ProcessFigures process;
      process.cpu_s = c.cpu_ms / 1000;
      process.resident_mb = c.resident_mb;
      HistoryRound r{make_record(*s, process), nullptr};
      r.snapshot = std::move(s);
      rounds.push_back(std::move(r));
    }
    ASSERT_TRUE(store->append(rounds).has_value());
  }
  Report report(const Thresholds& thresholds = {}, double interval_s = 100) {
    auto made = capacity_report(*reader(), last_days("month", 30, start_ + 5 * kDay), thresholds, interval_s);
    if (!made) throw std::runtime_error(made.error().message);
    EXPECT_THAT(to_html(*made), testing::Not(HasSubstr("nan")));
    return std::move(*made);
  }
  static std::string text(const Report& r) {
    std::string out;
    for (const Section& s : r.sections) {
      for (const std::string& note : s.notes) out += note + "\n";
    }
    return out;
  }
  const TimeZone utc_{"UTC"};
  const std::int64_t start_ = 1793318400000;  // 2026-10-30 00:00 UTC
};

TEST_F(Capacity, IsFittedAgainstAgentsAndThoseThatPaint) {
  record(90, [](double agents, double painting) { return Cost{2 + 0.5 * agents + 0.4 * painting}; });
  const auto far = report();
  const auto& cycle = far.json["fits"][0];
  EXPECT_NEAR(cycle["per_agent"].get<double>(), 0.5, 0.02);
  EXPECT_NEAR(cycle["per_painting"].get<double>(), 0.4, 0.1);
  EXPECT_NEAR(cycle["a"].get<double>(), 2, 1);
  EXPECT_LT(cycle["error"].get<double>(), 0.7) << "1.25% of 60 ms";
  EXPECT_EQ(cycle["verdict"], "beyond") << "900 agents are more than four times what was seen";
  EXPECT_TRUE(far.json["agents_that_fit"].is_null());
  EXPECT_THAT(text(far), HasSubstr("More than 436 agents fit the targets"));
  Thresholds strict;
  strict.cycle_time_s.target = 0.1;
  const auto near = report(strict);
  // 13.5% of them paint.
  EXPECT_NEAR(near.json["agents_that_fit"].get<double>(), (100 - 2) / (0.5 + 0.4 * 0.135), 5);
  EXPECT_EQ(near.json["fits"][0]["verdict"], "reached");
  EXPECT_THAT(text(near), HasSubstr("cycle time p95, ms is what ends it"));
}

TEST_F(Capacity, CpuIsThatOfTheIntervalThatIsSet) {
  record(90, [](double agents, double) { return Cost{1, 2 * agents}; });
  const auto fitting = [&](double interval_s) { return report({}, interval_s).json["agents_that_fit"]; };
  EXPECT_NEAR(fitting(1).get<double>(), 125, 5) << "2 ms an agent and second; 25% are 250 ms";
  EXPECT_NEAR(fitting(2).get<double>(), 250, 10);
  EXPECT_TRUE(fitting(100).is_null()) << "as recorded: far from the target";
}

TEST_F(Capacity, IsRefusedWhereTheFiguresDoNotCarryIt) {
  struct Case {
    const char* reason;
    CostOf cost;
    const char* verdict;
  };
  const auto scattered = [](double agents, double) {
    return Cost{50 + agents + static_cast<double>(std::mt19937(static_cast<unsigned>(agents))() % 300)};
  };
  const Case cases[] = {
      {"does not grow with the agents", [](double agents, double) { return Cost{300 - agents}; }, "refused"},
      {"scatters too much", scattered, "refused"},
      {"Fewer than 20", [](double agents, double) { return Cost{600 + agents}; }, "exceeded"},
      {"Fewer than 20", [](double agents, double) { return Cost{30 * agents}; }, "exceeded"},
  };
  for (const Case& c : cases) {
    for (const char* part : {"", "-wal", "-shm"}) std::filesystem::remove(file() + part);
    record(60, c.cost);
    const auto r = report();
    EXPECT_EQ(r.json["fits"][0]["verdict"], c.verdict) << c.reason;
    EXPECT_TRUE(r.json["agents_that_fit"].is_null()) << c.reason;
    EXPECT_THAT(text(r), HasSubstr(c.reason));
    EXPECT_FALSE(r.json["refused"]);
  }
}

// Memory ends it at 200, and what the cycle time does cannot be said: at most 200.
TEST_F(Capacity, WhatIsRefusedKeepsTheRestFromBeingANumber) {
  record(60, [](double agents, double) { return Cost{400 - agents, 1, 100 + 2 * agents}; });
  const auto r = report();
  EXPECT_TRUE(r.json["agents_that_fit"].is_null());
  EXPECT_THAT(text(r), HasSubstr("Not more than 200, for memory"));
}

TEST_F(Capacity, TooLittleIsNoGround) {
  const auto linear = [](double agents, double) { return Cost{agents}; };
  struct Case {
    int hours, rounds;
    double growth;
    const char* reason;
  };
  for (const Case& c : {Case{11, 36, 10, "11 hours with agents were recorded, a fit needs 12."},
                        Case{90, 36, 0.1, "there were 20 to 28 agents"},
                        Case{90, 29, 1, "90 more had fewer than 30 rounds"}}) {
    for (const char* part : {"", "-wal", "-shm"}) std::filesystem::remove(file() + part);
    record(c.hours, linear, c.rounds, c.growth);
    const auto r = report();
    EXPECT_EQ(r.json["refused"], true);
    EXPECT_THAT(r.json["reason"].get<std::string>(), HasSubstr(c.reason));
    EXPECT_THAT(text(r), HasSubstr(c.reason));
    EXPECT_FALSE(r.json.contains("agents_that_fit"));
  }
}

// ---- performance, baseline, export -----------------------------------------------------------------------

TEST_F(History, SlowestRoundsOfALongPeriodAreSaidToBeTheLatestOnes) {
  const TimeZone utc("UTC");
  const std::int64_t now = 1793620800000;
  auto store = open(now - 20 * kDay, 3600);
  test::AgentLife life(2, 0.1);
  std::vector<HistoryRound> rounds;
  for (std::int64_t at = now - 20 * kDay; at <= now; at += kHour) rounds.push_back(life.round(at));
  ASSERT_TRUE(store->append(rounds).has_value());
  const auto notes = [&](int days) {
    const auto report = perf_report(*reader(), last_days("period", days, now));
    return report->sections.at(1).notes;
  };
  EXPECT_THAT(notes(30), testing::IsEmpty());
  for (auto more = store->prune(now); more && *more; more = store->prune(now)) {
  }
  EXPECT_THAT(notes(7), testing::IsEmpty());
  EXPECT_THAT(notes(30), testing::ElementsAre(HasSubstr("Of the rounds since 2026-10-26 12:00:00 UTC")));
  sql("DELETE FROM round");
  EXPECT_THAT(notes(7), testing::ElementsAre(HasSubstr("are not kept any more")));
}

// More than two pieces, whose borders lie between two rounds of the same moment.
TEST_F(History, ExportsEveryRowOnceInOrder) {
  const std::int64_t now = 1793620800000;
  auto store = open(now, 1);
  test::AgentLife life(5, 0.9), quiet(5, 0);
  quiet.round(now);  // one ahead, so that both have rounds of one moment with different numbers
  std::vector<HistoryRound> rounds;
  std::vector<std::string> changes;
  for (std::int64_t at = now; at < now + 2'201'000; at += 1000) {
    rounds.push_back(life.round(at));
    for (const Transition& t : rounds.back().snapshot->transitions)
      changes.push_back(fmt::format("{} {}", at, t.pane.target()));
    rounds.push_back(quiet.round(at));
  }
  ASSERT_TRUE(store->append(rounds).has_value());
  const auto history = reader();
  std::vector<std::string> got;
  const auto take = [&](const HistoryReader::ExportRow& row) {
    EXPECT_EQ(row.size(), HistoryReader::round_columns().size());
    got.push_back(fmt::format("{} {}", row[0], row[1]));
    return true;
  };
  ASSERT_TRUE(history->export_rounds(now + 10'000, take).has_value());
  std::vector<std::string> expected;
  for (const HistoryRound& r : rounds) {
    if (r.record.at_ms >= now + 10'000)
      expected.push_back(fmt::format("{} {}", r.record.at_ms, r.record.round.number));
  }
  std::sort(expected.begin(), expected.end(), [](const auto& a, const auto& b) {
    return std::pair(a.substr(0, 13), std::stoi(a.substr(14))) <
           std::pair(b.substr(0, 13), std::stoi(b.substr(14)));
  });
  ASSERT_GT(expected.size(), 4000u);
  EXPECT_EQ(got, expected);

  int seen = 0;
  ASSERT_TRUE(history->export_rounds(0, [&](const auto&) { return ++seen < 3; }).has_value());
  EXPECT_EQ(seen, 3);

  got.clear();
  const auto take_change = [&](const HistoryReader::ExportRow& row) {
    EXPECT_EQ(row.size(), HistoryReader::transition_columns().size());
    got.push_back(fmt::format("{} {}", row[0], row[2]));
    return true;
  };
  ASSERT_TRUE(history->export_transitions(0, take_change).has_value());
  ASSERT_GT(changes.size(), 4000u);
  EXPECT_EQ(got, changes);
}

TEST(Html, EscapesWhatComesFromPanes) {
  Report r{"<script>",
           "&",
           {{"'\"", {"<b>"}, {{"<i>"}, {"</table>"}}, Chart{"<x>", "<y>", {"<l>"}, {{"<s>", {1}}}, true}}},
           {}};
  const std::string page = to_html(r);
  for (const char* bad : {"<script>", "<b>", "<i>", "<td></table>", "<x>", "<y>", "<l>", "<s>"})
    EXPECT_THAT(page, testing::Not(HasSubstr(bad))) << bad;
}

TEST(Html, TicksAreRoundStatesHaveTheirColoursAndTheHeadSaysWhatItIsAbout) {
  Report r{"Agents", "a day", {}, {}};
  r.sections.push_back({"Time",
                        {},
                        {{"agent", "waited", "what"}, {"a", "1.5%", "x y"}},
                        Chart{"Time", "hours", {"one"}, {{"waiting", {3.1}}, {"idle", {0.6}}}, true}});
  const std::string page = to_html(r, {{"Host", "box<"}, {"Version", "tmux-orc 9"}});
  for (const char* tick : {">0</text>", ">1</text>", ">2</text>", ">3</text>", ">4</text>", ">hours</text>"})
    EXPECT_THAT(page, HasSubstr(tick));
  EXPECT_THAT(page, testing::Not(HasSubstr(">5</text>")));
  EXPECT_THAT(page, HasSubstr("fill:var(--waiting)"));
  EXPECT_THAT(page, HasSubstr("--waiting:#"));
  EXPECT_THAT(page, HasSubstr(">one</text>")) << "a label, even of one alone";
  EXPECT_THAT(page, HasSubstr("<dd>box&lt;</dd>"));
  EXPECT_THAT(page, HasSubstr("<td class='number'>1.5%</td><td>x y</td>"));
}

TEST(Baseline, WorseByMoreThanAFifthIsARegression) {
  PerfSummary s;
  s.rounds = kEnoughRounds;
  s.p50_ms = s.p95_ms = s.p99_ms = 10;
  s.resident_mb = 100;
  const std::string baseline = baseline_figures(s).dump();
  const auto compared = [&] { return compare_with_baseline(baseline, baseline_figures(s)); };
  EXPECT_FALSE(compared().regression);
  s.p95_ms = 11.9;
  EXPECT_FALSE(compared().regression);
  s.p95_ms = 12.1;
  EXPECT_TRUE(compared().regression);
  EXPECT_TRUE(compare_with_baseline("garbage", baseline_figures(s)).rows.empty());
}

TEST(Baseline, NoiseIsNoRegression) {
  PerfSummary s;
  s.rounds = kEnoughRounds;
  s.p50_ms = 0.2;
  const std::string baseline = baseline_figures(s).dump();
  s.p50_ms = 0.29;
  s.cpu_percent = 0.09;
  s.resident_mb = 4;
  EXPECT_FALSE(compare_with_baseline(baseline, baseline_figures(s)).regression);
  s.p50_ms = 0.31;
  EXPECT_TRUE(compare_with_baseline(baseline, baseline_figures(s)).regression);
  s.p50_ms = 0.2;
  s.cpu_percent = 0.11;
  EXPECT_TRUE(compare_with_baseline(baseline, baseline_figures(s)).regression);
}

TEST(Baseline, UnlikeLoadsAndMachinesAreNotJudged) {
  PerfSummary s;
  s.rounds = kEnoughRounds;
  s.p50_ms = 1;
  s.panes = 50;
  auto then = baseline_figures(s);
  s.p50_ms = 2;
  EXPECT_TRUE(compare_with_baseline(then.dump(), baseline_figures(s)).regression);
  s.panes = 61;
  const Comparison more = compare_with_baseline(then.dump(), baseline_figures(s));
  EXPECT_FALSE(more.regression);
  EXPECT_EQ(more.unlike, "50 panes then, 61 now");
  EXPECT_EQ(more.rows.size(), 7u) << "shown all the same";
  EXPECT_EQ(conclusion(more), "Not judged: 50 panes then, 61 now.");
  s.panes = 50;
  then["machine"] = "8 x another";
  EXPECT_THAT(compare_with_baseline(then.dump(), baseline_figures(s)).unlike, HasSubstr("another machine"));
}

TEST(Baseline, TooFewRoundsAreNotJudged) {
  PerfSummary s;
  s.rounds = kEnoughRounds;
  s.p50_ms = 1;
  auto then = baseline_figures(s);
  s.p50_ms = 9;
  s.rounds = 99;
  Comparison c = compare_with_baseline(then.dump(), baseline_figures(s));
  EXPECT_FALSE(c.regression);
  EXPECT_EQ(c.unlike, "99 rounds now, 100 are needed");
  s.rounds = kEnoughRounds;
  then["rounds"] = 12;
  c = compare_with_baseline(then.dump(), baseline_figures(s));
  EXPECT_FALSE(c.regression);
  EXPECT_EQ(c.unlike, "the baseline is of 12 rounds, 100 are needed");
  EXPECT_EQ(too_few_rounds(1, "a baseline"), "1 round was recorded in this period: a baseline needs 100");
  EXPECT_EQ(too_few_rounds(100, "a baseline"), "");
}

TEST(Baseline, FiguresThatAreMissingOrNoNumbersAreLeftOut) {
  PerfSummary s;
  s.rounds = kEnoughRounds;
  s.p50_ms = 2;
  const Comparison c = compare_with_baseline(
      R"({"cycle_p50_ms":1,"cycle_p95_ms":"x","panes":[],"machine":7})", baseline_figures(s));
  ASSERT_EQ(c.rows.size(), 2u);
  EXPECT_EQ(c.rows[1][0], "cycle_p50_ms");
  EXPECT_TRUE(c.regression);
  EXPECT_TRUE(compare_with_baseline("{}", baseline_figures(s)).rows.empty());
  EXPECT_TRUE(compare_with_baseline("[1]", baseline_figures(s)).rows.empty());
}

}  // namespace
}  // namespace orc
