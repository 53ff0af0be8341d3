// The history: what a simulated month's reports say against figures computed here; daylight saving; kills;
// damage.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "support/agent_life.h"
#include "support/history_v1.h"
#include "support/manual_clock.h"
#include "support/scoped_env.h"
#include "support/temp_dir.h"
#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/publish/calendar.h"
#include "tmux_orc/publish/histogram.h"
#include "tmux_orc/publish/history_reader.h"
#include "tmux_orc/publish/history_writer.h"
#include "tmux_orc/publish/reports.h"

namespace orc {
namespace {

using testing::HasSubstr;
constexpr std::int64_t kMinute = 60'000, kHour = 60 * kMinute, kDay = 24 * kHour;

// Sets TZ for the test and back.
class TimeZone {
 public:
  explicit TimeZone(const char* name) : env_("TZ", name) { ::tzset(); }
  ~TimeZone() {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
  }

 private:
  test::ScopedEnv env_;
};

class History : public ::testing::Test {
 protected:
  HistorySettings settings(double interval_s) const {
    return {file(), "blue", "test", interval_s, 7, 35, 13};
  }
  std::string file() const { return dir_.path() + "/history.db"; }
  std::unique_ptr<HistoryStore> open(std::int64_t now, double interval_s = 60) {
    auto store = HistoryStore::open(settings(interval_s), now);
    if (!store) throw std::runtime_error(store.error().message);
    return std::move(*store);
  }
  std::unique_ptr<HistoryReader> reader() {
    auto reader = HistoryReader::open(file(), "blue");
    if (!reader) throw std::runtime_error(reader.error().message);
    return std::move(*reader);
  }
  std::string sql(const std::string& query) {
    sqlite3* db = nullptr;
    sqlite3_open(file().c_str(), &db);
    std::string out;
    sqlite3_exec(
        db, query.c_str(),
        [](void* to, int n, char** values, char**) {
          for (int i = 0; i < n; ++i)
            *static_cast<std::string*>(to) += values[i] == nullptr ? "NULL" : values[i];
          return 0;
        },
        &out, nullptr);
    sqlite3_close(db);
    return out;
  }
  const test::TempDir dir_;
};

double exact(std::vector<double> values, double p) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(std::max(1.0, std::ceil(p * static_cast<double>(values.size())))) -
                1];
}

TEST(HistogramTest, PercentilesAreRightWithinItsBuckets) {
  Histogram a, b;
  std::vector<double> values;
  std::mt19937 random(3);
  for (int i = 0; i < 20000; ++i) {
    const double us = std::exp(std::uniform_real_distribution<double>(2, 15)(random));
    values.push_back(us);
    (i % 3 == 0 ? a : b).add(us);
  }
  a.merge(*Histogram::decode(b.encode()));
  EXPECT_EQ(a.count(), 20000u);
  for (const double p : {0.0, 0.5, 0.95, 0.99, 1.0})
    EXPECT_NEAR(a.percentile(p) / exact(values, p), 1, 0.0126) << p;
  EXPECT_EQ(Histogram().percentile(0.5), 0);
  EXPECT_FALSE(Histogram::decode("\x80").has_value());
}

TEST(Calendar, DaysAreLocalAndMayHave23Or25Hours) {
  const TimeZone berlin("Europe/Berlin");
  const std::int64_t noon = 1792926000000;  // 2026-10-25 12:00 CET, the day the clocks went back
  EXPECT_EQ(local_day(noon), 20261025);
  EXPECT_EQ(day_start(noon, 1) - day_start(noon), 25 * kHour);
  const std::int64_t spring = 1774771200000;  // 2026-03-29 10:00 CEST
  EXPECT_EQ(local_day(spring), 20260329);
  EXPECT_EQ(day_start(spring, 1) - day_start(spring), 23 * kHour);
  EXPECT_EQ(local_day(day_start(noon)), 20261025);
  EXPECT_EQ(local_day(day_start(noon) - 1), 20261024);
  EXPECT_EQ(last_days("week", 7, noon).from_day, 20261019);
  EXPECT_EQ(time_text(noon), "2026-10-25 12:00:00 CET");
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
  std::int64_t longest_wait = 0, transitions = 0, cpu_rounds = 0;
  std::vector<HistoryRound> batch;
  std::int64_t before = 0;
  for (std::int64_t at = month.from_ms - kDay; at <= end; at += kMinute) {
    HistoryRound r = life.round(at);
    const bool inside = at >= month.from_ms;
    if (inside) {
      cycles[local_day(at)].push_back(r.record.round.phase.total);
      transitions += std::ssize(r.snapshot->transitions);
      ++cpu_rounds;
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
        longest_wait = std::max(longest_wait, at - was->second.second);
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
  EXPECT_EQ(whole->rounds, cpu_rounds);
  EXPECT_NEAR(whole->p99_ms / exact(all, 0.99), 1, 0.0126) << "a month's p99 is no average of days";
  EXPECT_EQ(whole->transitions, transitions);

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
  EXPECT_EQ(reported_wait, longest_wait);
  EXPECT_EQ(history->longest_waits(month, 1)->front().length_ms, longest_wait);

  for (const auto& report : {perf_report(*history, month), activity_report(*history, month, true),
                             cache_report(*history, month, 1000, 30), capacity_report(*history, month, {})}) {
    ASSERT_TRUE(report.has_value());
    EXPECT_FALSE(report->sections.empty());
    EXPECT_THAT(to_html(*report), HasSubstr("</html>"));
  }
  EXPECT_EQ(perf_report(*history, month)->json["total"]["rounds"], cpu_rounds);
  EXPECT_NEAR(activity_report(*history, month, true)->json["availability"]["percent"].get<double>(), 100,
              0.01);
  EXPECT_EQ(capacity_report(*history, month, {})->json.value("refused", false), true)
      << "always ten panes: nothing to fit";
}

TEST_F(History, ReportsOfAnEmptyAndAnHourOldHistory) {
  EXPECT_EQ(HistoryReader::open(file(), "blue").error().kind, ErrorKind::kUnavailable);
  const std::int64_t now = 1793620800000;
  auto store = open(now - kHour, 30);
  const Period week = last_days("week", 7, now);
  for (int pass = 0; pass < 2; ++pass) {
    const auto history = reader();
    for (const auto& report : {perf_report(*history, week), activity_report(*history, week, true),
                               cache_report(*history, week, 1000, 30), capacity_report(*history, week, {})}) {
      ASSERT_TRUE(report.has_value()) << report.error().message;
      EXPECT_FALSE(report->sections.empty());
    }
    EXPECT_EQ(history->whole(week)->rounds, pass == 0 ? 0 : 121);
    EXPECT_TRUE(recommend(*history, week, {})->empty() || pass == 1);
    test::AgentLife life(3, 0.1);
    std::vector<HistoryRound> rounds;
    for (std::int64_t at = now - kHour; pass == 0 && at <= now; at += 30'000)
      rounds.push_back(life.round(at));
    ASSERT_TRUE(store->append(rounds).has_value());
  }
}

TEST_F(History, CapacityIsFittedAndNotStretchedTooFar) {
  const std::int64_t now = 1793620800000;
  auto store = open(now - 4 * kDay);
  std::vector<HistoryRound> rounds;
  double cpu = 0;
  for (int hour = 0; hour < 90; ++hour) {
    test::AgentLife life(static_cast<std::size_t>(20 + hour), 0.01);
    for (int i = 0; i < 20; ++i) {
      HistoryRound r = life.round(now - 4 * kDay + hour * kHour + i * kMinute);
      const double panes = 20 + hour, captures = static_cast<double>(r.record.round.captures);
      r.record.round.phase.total = 2 + 0.5 * panes + 0.1 * captures;  // 500 ms at about 900 panes
      r.record.process.cpu_s = cpu += 0.001 * panes;
      rounds.push_back(std::move(r));
    }
  }
  ASSERT_TRUE(store->append(rounds).has_value());
  const auto report = capacity_report(*reader(), last_days("month", 30, now), {});
  ASSERT_TRUE(report.has_value());
  const auto& fits = report->json["fits"];
  EXPECT_NEAR(fits[0]["per_pane"].get<double>(), 0.5, 0.05);
  EXPECT_NEAR(fits[0]["a"].get<double>(), 2, 1);
  EXPECT_EQ(fits[0]["panes_at_target"], -1) << "900 panes are more than four times what was seen";
  EXPECT_TRUE(report->json["panes_that_fit"].is_null());
  Thresholds strict;
  strict.cycle_time_s.target = 0.1;
  const double fitting =
      capacity_report(*reader(), last_days("month", 30, now), strict)->json["panes_that_fit"].get<double>();
  EXPECT_NEAR(fitting, (100 - 2) / (0.5 + 0.1 * 0.5), 12);
}

TEST_F(History, OldRowsGoAndSumsStay) {
  const std::int64_t now = 1793620800000;
  auto store = open(now - 60 * kDay, 3600);
  test::AgentLife life(5, 0.3);
  std::vector<HistoryRound> rounds;
  for (std::int64_t at = now - 60 * kDay; at <= now; at += kHour) rounds.push_back(life.round(at));
  ASSERT_TRUE(store->append(rounds).has_value());
  for (auto more = store->prune(now); more && *more; more = store->prune(now)) {
  }
  EXPECT_EQ(std::stoll(sql("SELECT min(at_ms) FROM round")), now - 7 * kDay);
  EXPECT_GE(std::stoll(sql("SELECT min(at_ms) FROM transition")), now - 35 * kDay);
  EXPECT_EQ(sql("SELECT count(*) FROM run"), "1") << "the run that goes on stays, however long it has run";
  EXPECT_EQ(reader()->whole(last_days("x", 61, now))->rounds, 60 * 24 + 1);
}

TEST_F(History, ALongGapIsNobodysTime) {
  const std::int64_t now = 1793620800000;
  auto store = open(now, 30);
  test::AgentLife life(1, 0);
  const std::vector<HistoryRound> rounds = {life.round(now), life.round(now + 30'000),
                                            life.round(now + 5 * kHour),
                                            life.round(now + 5 * kHour + 30'000)};
  ASSERT_TRUE(store->append(rounds).has_value());
  EXPECT_EQ(reader()->agent_times(last_days("day", 1, now + 6 * kHour))->front().ms.at(State::kWorking),
            60'000);
}

// One agent that does what the test says.
class OneAgent {
 public:
  OneAgent() {
    agent_.pane.key = {7, 3};
    agent_.pane.server_name = "default";
    agent_.pane.session = "main";
    agent_.verdict = {"claude", State::kWorking, "", "claude/spinner", 1};
  }
  void becomes(State state) { next_ = state; }
  void leaves() { leaves_ = true; }
  bool reachable = true;  // its server
  bool watched = true;

  HistoryRound round(std::int64_t at) {
    auto s = std::make_shared<Snapshot>();
    s->at_ms = at;
    if (watched) s->servers.push_back({"default", "native", "3.3a", "", reachable});
    if (agent_.since_ms == 0) agent_.since_ms = at;
    if (next_ && *next_ != agent_.verdict.state) {
      Verdict to = agent_.verdict;
      to.state = *next_;
      s->transitions.push_back({at, agent_.pane, agent_.verdict, to, false});
      agent_.verdict = to;
      agent_.since_ms = at;
    }
    if (leaves_ && !is_gone_)
      s->transitions.push_back({at, agent_.pane, agent_.verdict, agent_.verdict, true});
    is_gone_ = leaves_;
    if (!is_gone_) s->agents.push_back(agent_);
    s->round.number = ++number_;
    s->round.panes = s->round.agents = s->agents.size();
    HistoryRound r{make_record(*s, {}), nullptr};
    r.snapshot = std::move(s);
    return r;
  }

 private:
  AgentStatus agent_;
  std::optional<State> next_;
  bool leaves_ = false, is_gone_ = false;
  std::uint64_t number_ = 0;
};

class Presence : public History {
 protected:
  // A round a minute up to `until`, not included.
  void look(HistoryStore& store, std::int64_t until) {
    std::vector<HistoryRound> rounds;
    for (; at_ < until; at_ += kMinute) rounds.push_back(agent_.round(at_));
    const auto done = store.append(rounds);
    ASSERT_TRUE(done.has_value()) << done.error().message;
  }
  std::vector<Wait> waits() { return reader()->longest_waits(last_days("day", 1, at_), 10).value(); }
  nlohmann::ordered_json activity() {
    return activity_report(*reader(), last_days("day", 1, at_), true)->json;
  }
  const TimeZone utc_{"UTC"};
  const std::int64_t start_ = 1793577600000;  // 2026-11-02 00:00 UTC
  std::int64_t at_ = start_;
  OneAgent agent_;
};

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

// The first version of the tables, read as it is and then brought up.
TEST_F(History, AnOlderDatabaseIsReadAndMigrated) {
  const TimeZone utc("UTC");
  sql(test::kHistoryV1);
  const std::int64_t now = 1793538000000;  // 2026-11-01 13:00 UTC
  const Period day = last_days("day", 1, now + kHour);
  const auto report = [&] { return activity_report(*reader(), day, true)->json; };
  for (const char* version : {"1", "2"}) {
    ASSERT_EQ(sql("PRAGMA user_version"), version);
    const auto j = report();
    EXPECT_EQ(j["agents"][0]["ms"]["working"], 50 * kMinute) << version;
    EXPECT_EQ(j["agents"][0]["longest_ms"]["waiting"], 10 * kMinute) << version;
    EXPECT_EQ(j["longest_waits"][0]["length_ms"], 10 * kMinute) << version;
    EXPECT_EQ(j["availability"]["covered_ms"], kHour) << version;
    EXPECT_EQ(reader()->whole(day)->rounds, 120) << version;
    EXPECT_EQ((*reader()->baseline())->second, R"({"cycle_p50_ms":1.3})");
    if (*version == '1') open(now + kHour)->end_run(now + kHour).map([] {});
  }
  EXPECT_EQ(sql("SELECT interval_ms FROM run ORDER BY id"), "3000060000");
  EXPECT_EQ(sql("PRAGMA integrity_check"), "ok");
  const std::string migrated = sql("SELECT type, name, sql FROM sqlite_master ORDER BY name");
  for (const char* part : {"", "-wal", "-shm"}) std::filesystem::remove(file() + part);
  open(now);
  EXPECT_EQ(migrated, sql("SELECT type, name, sql FROM sqlite_master ORDER BY name"));
}

// Round n is at now + n seconds. Tells each newest n that is in the database; never ends by itself.
[[noreturn]] void write_until_killed(const HistorySettings& settings, std::int64_t now, std::int64_t first,
                                     unsigned seed, int out) {
  const test::ManualClock clock;  // nothing is old enough to be pruned
  HistoryWriter writer(settings, clock);
  test::AgentLife life(20, 0.2, seed);
  std::int64_t told = 0;
  for (std::int64_t n = first;; ++n) {
    writer.add(life.round(now + n * 1000));
    std::int64_t written = static_cast<std::int64_t>(writer.written());
    while (n - first - written > 400) {  // less than what the queue holds: nothing is dropped
      std::this_thread::sleep_for(std::chrono::microseconds(100));
      written = static_cast<std::int64_t>(writer.written());
    }
    if (written == told) continue;
    told = written;
    const std::int64_t newest = first + written - 1;
    if (::write(out, &newest, sizeof newest) != sizeof newest) ::_exit(1);
  }
}

TEST_F(History, AKilledWriterLosesNoCommittedRound) {
  const std::int64_t now = test::ManualClock().wall_ms();
  open(now)->end_run(now).map([] {});
  std::mt19937 random(5);
  std::int64_t committed = 0;
  for (int i = 0; i < 100; ++i) {
    const std::int64_t first = std::stoll(sql("SELECT count(DISTINCT at_ms) FROM round")) + 1;
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) write_until_killed(settings(1), now, first, static_cast<unsigned>(i), ends[1]);
    ::close(ends[1]);
    // However slow the machine is: kills before the first commit would test little.
    ASSERT_EQ(::read(ends[0], &committed, sizeof committed), static_cast<ssize_t>(sizeof committed));
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 15000));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    std::int64_t n = 0;
    while (::read(ends[0], &n, sizeof n) == sizeof n) committed = n;
    ::close(ends[0]);
    // All up to there, and none twice.
    ASSERT_EQ(std::stoll(sql(fmt::format("SELECT count(DISTINCT at_ms) FROM round WHERE at_ms<={}",
                                         now + committed * 1000))),
              committed)
        << "kill " << i;
  }
  EXPECT_GT(committed, 10'000);
  EXPECT_EQ(sql("PRAGMA integrity_check"), "ok");
  EXPECT_EQ(sql("SELECT count(*) FROM round"), sql("SELECT count(DISTINCT at_ms) FROM round"));
  EXPECT_EQ(sql("SELECT count(*) FROM round"), sql("SELECT sum(rounds) FROM rollup WHERE span=1"))
      << "sums and rows belong together";
}

// blue and green on one file, and somebody who stores a baseline in between.
TEST_F(History, SeveralWritersTakeTurns) {
  const std::int64_t now = 1793620800000;
  HistorySettings other = settings(1);
  other.environment = "green";
  auto blue = open(now, 1);
  auto green = HistoryStore::open(other, now);
  ASSERT_TRUE(green.has_value());
  test::AgentLife one(5, 0.5, 1), two(5, 0.5, 2);
  for (int i = 0; i < 50; ++i) {
    const std::vector<HistoryRound> blues = {one.round(now + i * 1000)}, greens = {two.round(now + i * 1000)};
    auto done = blue->append(blues);
    ASSERT_TRUE(done.has_value()) << i << ": " << done.error().message;
    done = (*green)->append(greens);
    ASSERT_TRUE(done.has_value()) << i << ": " << done.error().message;
    done = store_baseline(file(), "blue", now + i, "{}");
    ASSERT_TRUE(done.has_value()) << i << ": " << done.error().message;
  }
  EXPECT_EQ(sql("SELECT count(*) FROM round GROUP BY env"), "5050");
  EXPECT_EQ(sql("SELECT at_ms FROM baseline"), std::to_string(now + 49));
}

TEST_F(History, TheWalDoesNotGrowWithTheAppends) {
  const std::int64_t now = 1793620800000;
  auto store = open(now, 1);
  test::AgentLife life(20, 0.3);
  for (int i = 0; i < 10'000; ++i) {
    const std::vector<HistoryRound> one = {life.round(now + i * 1000)};
    ASSERT_TRUE(store->append(one).has_value());
  }
  EXPECT_LT(std::filesystem::file_size(file() + "-wal"), 8u << 20);  // twice what makes a checkpoint due
}

TEST_F(History, ANewerDatabaseIsRefused) {
  open(1000)->end_run(1000).map([] {});
  sql("PRAGMA user_version=99");
  const auto store = HistoryStore::open(settings(1), 1000);
  ASSERT_FALSE(store.has_value());
  EXPECT_THAT(store.error().message, HasSubstr("newer"));
}

template <typename Condition>
bool soon(Condition holds) {
  for (int i = 0; i < 1000 && !holds(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return holds();
}

TEST_F(History, TheWriterSetsADamagedFileAside) {
  std::ofstream(file()) << std::string(8192, 'x');
  const SystemClock clock;
  test::AgentLife life(3, 0.1);
  {
    HistoryWriter writer(settings(1), clock);
    for (int i = 0; i < 250; ++i) writer.add(life.round(clock.wall_ms() + i));
    EXPECT_TRUE(soon([&] { return writer.problem().find("set aside as") != std::string::npos; }));
  }
  EXPECT_EQ(sql("SELECT count(*) FROM round"), "250");
  std::size_t aside = 0;
  for (const auto& entry : std::filesystem::directory_iterator(dir_.path()))
    aside += entry.path().string().find(".corrupt-") != std::string::npos ? 1 : 0;
  EXPECT_EQ(aside, 1u);
}

TEST_F(History, TheWriterWaitsForALockedFileAndLosesNothing) {
  open(1000)->end_run(1000).map([] {});
  sqlite3* other = nullptr;
  sqlite3_open(file().c_str(), &other);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr), SQLITE_OK);
  const SystemClock clock;
  test::AgentLife life(3, 0.1);
  {
    HistoryWriter writer(settings(1), clock);
    for (int i = 0; i < 250; ++i) writer.add(life.round(clock.wall_ms() + i));
    EXPECT_TRUE(soon([&] { return writer.problem().find("locked") != std::string::npos; }));
    sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr);
    sqlite3_close(other);
    EXPECT_TRUE(soon([&] { return writer.problem().empty(); }));
  }
  EXPECT_EQ(sql("SELECT count(*) FROM round"), "250");
}

// Another process that holds the file until it is let go.
class Lock {
 public:
  explicit Lock(const std::string& file) {
    sqlite3_open(file.c_str(), &db_);
    if (sqlite3_exec(db_, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr) != SQLITE_OK)
      throw std::runtime_error(sqlite3_errmsg(db_));
  }
  ~Lock() { sqlite3_close(db_); }

 private:
  sqlite3* db_ = nullptr;
};

// What a writer told, from whichever thread.
class Told {
 public:
  HistoryWriter::Tell tell() {
    return [this](bool well, const std::string& what) {
      const MutexLock lock(mutex_);
      all_.push_back((well ? "+" : "-") + what);
    };
  }
  std::vector<std::string> all() const {
    const MutexLock lock(mutex_);
    return all_;
  }

 private:
  mutable Mutex mutex_;
  std::vector<std::string> all_;
};

TEST_F(History, AStopWritesWhatIsQueuedAsSoonAsItCan) {
  open(1000)->end_run(1000).map([] {});
  auto held = std::make_unique<Lock>(file());
  const SystemClock clock;
  Told told;
  test::AgentLife life(3, 0.1);
  HistoryWriter writer(settings(1), clock, told.tell());
  for (int i = 0; i < 450; ++i) writer.add(life.round(clock.wall_ms() + i));
  writer.add(HistoryNotification{clock.wall_ms(), "bell", "x", "y", true});
  std::thread let_go([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(400));
    held.reset();
  });
  writer.stop();
  let_go.join();
  EXPECT_EQ(sql("SELECT count(*) FROM round"), "450");
  EXPECT_EQ(sql("SELECT count(*) FROM notification"), "1");
  EXPECT_EQ(sql("SELECT count(*) FROM run WHERE stop_ms IS NULL"), "0");
  EXPECT_EQ(told.all(), (std::vector<std::string>{"-history: database is locked", "+history: well again"}))
      << "every change is told once";
}

TEST_F(History, AStopTellsWhatItCouldNotWrite) {
  open(1000)->end_run(1000).map([] {});
  const Lock held(file());
  const SystemClock clock;
  Told told;
  test::AgentLife life(3, 0.1);
  HistoryWriter writer(settings(1), clock, told.tell());
  for (int i = 0; i < 250; ++i) writer.add(life.round(clock.wall_ms() + i));
  const auto from = Steady::now();
  writer.stop();
  EXPECT_LT(ms_between(from, Steady::now()), 2000);
  ASSERT_FALSE(told.all().empty());
  EXPECT_EQ(told.all().back(),
            "-history: 250 rounds and 0 notifications were not written before the end: history: database is "
            "locked");
}

TEST_F(History, AReloadLosesNothingAndTakesTheNewSettings) {
  open(1000)->end_run(1000).map([] {});
  auto held = std::make_unique<Lock>(file());
  const SystemClock clock;
  const std::int64_t start = clock.wall_ms() - 3 * kHour;
  test::AgentLife life(1, 0);
  HistoryWriter writer(settings(1), clock);
  for (int i = 0; i < 250; ++i) writer.add(life.round(start + i * 1000));
  writer.change_settings(settings(600));
  EXPECT_TRUE(soon([&] { return !writer.problem().empty(); }));
  held.reset();
  ASSERT_TRUE(soon([&] { return writer.written() == 250; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // the settings come right after the batch
  for (int i = 1; i <= 3; ++i) writer.add(life.round(start + 249'000 + i * 10 * kMinute));
  writer.stop();
  EXPECT_EQ(sql("SELECT count(*) FROM round"), "253");
  EXPECT_EQ(sql("SELECT sum(ms) FROM state_day"), std::to_string(249'000 + 30 * kMinute))
      << "ten minutes between two rounds are a gap at 1 s and none at 600 s";
}

TEST_F(History, ARunBeginsWhenItsWriterDoesHoweverLateItCanWrite) {
  open(1000)->end_run(1000).map([] {});
  auto held = std::make_unique<Lock>(file());
  test::ManualClock clock;
  const std::int64_t started = clock.wall_ms();
  HistoryWriter writer(settings(1), clock);
  EXPECT_TRUE(soon([&] { return !writer.problem().empty(); }));
  clock.advance_s(300);
  held.reset();
  EXPECT_TRUE(soon([&] { return writer.problem().empty(); }));
  EXPECT_EQ(sql("SELECT max(start_ms) FROM run"), std::to_string(started));
}

TEST_F(History, ADeletedFileIsNoticedAndANewOneBegun) {
  const SystemClock clock;
  Told told;
  test::AgentLife life(3, 0.1);
  HistoryWriter writer(settings(1), clock, told.tell());
  for (int i = 0; i < 200; ++i) writer.add(life.round(clock.wall_ms() + i));
  ASSERT_TRUE(soon([&] { return writer.written() == 200; }));
  for (const char* part : {"", "-wal", "-shm"}) std::filesystem::remove(file() + part);
  for (int i = 0; i < 200; ++i) writer.add(life.round(clock.wall_ms() + 200 + i));
  EXPECT_TRUE(soon([&] { return writer.problem().find("deleted or replaced") != std::string::npos; }));
  writer.stop();
  EXPECT_EQ(sql("SELECT count(*) FROM round"), "200");
  EXPECT_EQ(told.all().size(), 1u) << testing::PrintToString(told.all());
}

// What was moved away is whole; the new file has what came after.
TEST_F(History, AMovedFileKeepsWhatWasWrittenToIt) {
  const SystemClock clock;
  test::AgentLife life(3, 0.1);
  HistoryWriter writer(settings(1), clock);
  for (int i = 0; i < 200; ++i) writer.add(life.round(clock.wall_ms() + i));
  ASSERT_TRUE(soon([&] { return writer.written() == 200; }));
  std::filesystem::rename(file(), file() + ".old");
  for (int i = 0; i < 200; ++i) writer.add(life.round(clock.wall_ms() + 200 + i));
  ASSERT_TRUE(soon([&] { return writer.written() == 400; }));
  writer.stop();
  EXPECT_EQ(sql("SELECT count(*) FROM round"), "200");
  EXPECT_EQ(sql("PRAGMA integrity_check"), "ok");
  std::filesystem::rename(file() + ".old", file());
  EXPECT_EQ(sql("SELECT count(*) FROM round"), "200");
  EXPECT_EQ(sql("PRAGMA integrity_check"), "ok");
}

// At the start and, by the clock, a day later.
TEST_F(History, DamageWhereNothingIsWrittenIsFound) {
  test::ManualClock clock;
  test::AgentLife life(3, 0.1);
  open(clock.wall_ms())->end_run(clock.wall_ms()).map([] {});
  const auto page = std::stoll(sql("SELECT rootpage FROM sqlite_master WHERE name='baseline'"));
  const auto size = std::stoll(sql("PRAGMA page_size"));
  const auto damage = [&] {
    sql("PRAGMA wal_checkpoint(TRUNCATE)");
    std::fstream out(file(), std::ios::in | std::ios::out | std::ios::binary);
    out.seekp((page - 1) * size);
    out << std::string(static_cast<std::size_t>(size), 'x');
  };
  const auto set_aside = [&] {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(dir_.path()))
      count += entry.path().filename().string().find("history.db.corrupt-") == 0 &&
               !entry.path().string().ends_with("-wal") && !entry.path().string().ends_with("-shm");
    return count;
  };
  damage();
  {
    HistoryWriter writer(settings(1), clock);
    for (int i = 0; i < 200; ++i) writer.add(life.round(clock.wall_ms() + i));
    EXPECT_TRUE(soon([&] { return set_aside() == 1; }));
    ASSERT_TRUE(soon([&] { return writer.written() == 200; }));
    damage();
    clock.advance_s(3600);
    writer.add(life.round(clock.wall_ms()));
    ASSERT_TRUE(soon([&] { return writer.written() == 201; }));
    EXPECT_EQ(set_aside(), 1u) << "not read again so soon";
    clock.advance_s(86'400);
    writer.add(life.round(clock.wall_ms()));
    EXPECT_TRUE(soon([&] { return set_aside() == 2; }));
    ASSERT_TRUE(soon([&] { return writer.written() == 202; }));
  }
  EXPECT_EQ(sql("SELECT count(*) FROM round"), "1");
}

TEST_F(History, TheWriterDropsTheOldestWhenNothingCanBeWrittenAndSaysSo) {
  std::filesystem::create_directory(file());  // no file can be made there
  const SystemClock clock;
  test::AgentLife life(999, 0);
  HistoryWriter writer(settings(1), clock);
  for (int i = 0; i < 60; ++i) writer.add(life.round(1000 + i));
  EXPECT_THAT(writer.problem(), HasSubstr("10 rounds could not be kept"));
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

TEST(Baseline, WorseByMoreThanAFifthIsARegression) {
  PerfSummary s;
  s.p50_ms = s.p95_ms = s.p99_ms = 10;
  s.resident_mb = 100;
  const std::string baseline = baseline_figures(s).dump();
  EXPECT_FALSE(compare_with_baseline(baseline, s).regression);
  s.p95_ms = 11.9;
  EXPECT_FALSE(compare_with_baseline(baseline, s).regression);
  s.p95_ms = 12.1;
  EXPECT_TRUE(compare_with_baseline(baseline, s).regression);
  EXPECT_TRUE(compare_with_baseline("garbage", s).rows.empty());
}

}  // namespace
}  // namespace orc
