// SPDX-License-Identifier: Apache-2.0
// The history's store and its writer: sums, pruning, migration, kills, locks, damage.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "histogram.h"
#include "support/agent_life.h"
#include "support/history_fixture.h"
#include "support/history_v1.h"
#include "support/manual_clock.h"
#include "support/soon.h"
#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/figures/calendar.h"
#include "tmux_orc/history/history_reader.h"
#include "tmux_orc/history/history_writer.h"
#include "tmux_orc/report/reports.h"

namespace orc {
namespace {

using test::exact;
using test::History;
using test::kDay;
using test::kHour;
using test::kMinute;
using test::soon;
using test::TimeZone;
using testing::HasSubstr;

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
  EXPECT_EQ(minute_of_day(noon), 12 * 60);
}

TEST(Calendar, ADayMayBeginAtOne) {
  const TimeZone sao_paulo("America/Sao_Paulo");
  const std::int64_t noon = 1541340000000;  // 2018-11-04 12:00 -02, the day whose midnight was left out
  EXPECT_EQ(day_start(noon), noon - 11 * kHour);
  EXPECT_EQ(day_start_of(20181104), day_start(noon));
  EXPECT_EQ(local_day(day_start(noon) - 1), 20181103);
}

TEST(Calendar, ReadsWhatPeopleWrite) {
  const TimeZone berlin("Europe/Berlin");
  EXPECT_EQ(parse_local("2026-10-25 12:00", "%Y-%m-%d %H:%M"), 1792926000000);
  EXPECT_EQ(parse_local("2026-11-24", "%Y-%m-%d"), day_start_of(20261124));
  for (const char* text :
       {"", "2026-11-31", "2026-11-24 ", " 2026-11-24", "2026-11-24 12:00", "infinite-future"})
    EXPECT_FALSE(parse_local(text, "%Y-%m-%d").has_value()) << text;
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

// As a battery that is empty makes it, or a date that somebody mistyped.
TEST_F(History, AClockThatJumpsAheadMakesNothingOld) {
  const std::int64_t now = 1793620800000, jumped = now + 50 * 365 * kDay;
  auto store = open(now - 60 * kDay, 3600);
  test::AgentLife life(5, 0.3);
  std::vector<HistoryRound> rounds;
  for (std::int64_t at = now - 60 * kDay; at <= now; at += kHour) rounds.push_back(life.round(at));
  rounds.push_back(life.round(jumped));
  ASSERT_TRUE(store->append(rounds).has_value());
  const auto prune = [&](std::int64_t at) {
    for (auto more = store->prune(at); more && *more; more = store->prune(at)) {
    }
  };
  prune(jumped);
  EXPECT_LE(std::stoll(sql("SELECT min(at_ms) FROM round")), now - 5 * kDay);
  EXPECT_LE(std::stoll(sql("SELECT min(at_ms) FROM transition")), now - 33 * kDay);
  EXPECT_EQ(sql("SELECT count(*) FROM rollup WHERE span=1"), "62");
  // Set right again, old is what was old before.
  rounds = {life.round(now + kHour)};
  ASSERT_TRUE(store->append(rounds).has_value());
  const auto kept = sql("SELECT count(*) FROM round");
  prune(now + kHour);
  EXPECT_EQ(sql("SELECT count(*) FROM round"), kept);
}

TEST_F(History, AClockThatIsSetChangesNoLength) {
  const std::int64_t now = 1793620800000, year = 365 * kDay;
  auto store = open(now, 5);
  test::AgentLife life(3, 0);
  std::vector<HistoryRound> rounds;
  std::int64_t at = now;
  for (int i = 0; i < 10; ++i) rounds.push_back(life.round(at += 5000));
  at += year;
  rounds.push_back(life.round(at += 5000));
  rounds.back().clock_step_ms = year;
  auto moved = std::make_shared<Snapshot>(*rounds.back().snapshot);
  for (AgentStatus& a : moved->agents) a.since_ms = rounds[0].snapshot->agents[0].since_ms + year;
  // The first agent's state ends here.
  Transition ends{at, moved->agents[0].pane, moved->agents[0].verdict, moved->agents[0].verdict, false};
  ends.to.state = State::kCrashed;
  moved->transitions.push_back(ends);
  rounds.back().snapshot = moved;
  ASSERT_TRUE(store->append(rounds).has_value());
  EXPECT_LT(std::stoll(sql("SELECT max(longest_ms) FROM state_day")), 120'000);
  EXPECT_LT(std::stoll(sql("SELECT max(at_ms - since_ms) FROM transition WHERE since_ms > 0")), 120'000);
  EXPECT_EQ(sql("SELECT count(*) FROM gap"), "0");
  EXPECT_GT(std::stoll(sql("SELECT min(since_ms) FROM present")), at - 120'000);
  EXPECT_EQ(sql("SELECT sum(ms) FROM state_day"), "150000") << "three agents, ten times 5 s";
  EXPECT_LT(std::stoll(sql("SELECT seen_ms - start_ms FROM run")), 120'000);
}

TEST_F(History, HitRatesAreThoseOfTheMonitor) {
  const std::int64_t now = 1793620800000;
  test::AgentLife life(2, 0);
  std::vector<HistoryRound> rounds = {life.round(now), life.round(now + 5000)};
  for (HistoryRound& r : rounds) {
    r.record.round.cache.pane_content = {50, 50, 9, 10, 100};
    r.record.round.cache.agent_status = {10, 40, 7, 3, 100};
  }
  ASSERT_TRUE(open(now, 5)->append(rounds).has_value());
  const PerfSummary day = reader()->whole(last_days("day", 1, now + 5000)).value();
  const Window w = summarize({rounds[0].record, rounds[1].record});
  EXPECT_EQ(day.content_rate, w.hits.content_rate);
  EXPECT_EQ(day.status_rate, w.hits.status_rate);
  EXPECT_EQ(day.unchanged_rate, w.hits.unchanged_rate);
  EXPECT_EQ(day.unchanged_rate, 60.0 / 70) << "60 hits; 10 of that layer were forgotten";
}

TEST_F(History, NamesThatNoRowSpeaksOfAreDropped) {
  const std::int64_t now = 1793620800000;
  auto store = open(now, 5), other = open(now, 5);
  std::vector<HistoryRound> rounds;
  for (int i = 0; i < 50; ++i) {
    test::AgentLife life(2, 0.9);
    rounds.push_back(life.round(now + i * 5000));
    auto named = std::make_shared<Snapshot>(*rounds.back().snapshot);
    for (AgentStatus& a : named->agents) a.pane.session = "session-" + std::to_string(i);
    for (Transition& t : named->transitions) t.to.detail = "word-" + std::to_string(i);
    rounds.back().snapshot = named;
  }
  ASSERT_TRUE(store->append(rounds).has_value());
  std::vector<HistoryRound> late = {rounds.back()};
  late[0].record.at_ms += 5000;
  ASSERT_TRUE(other->append(late).has_value());
  ASSERT_GT(std::stoll(sql("SELECT count(*) FROM agent")), 50);
  sql("DELETE FROM transition");
  sql("DELETE FROM state_day");
  ASSERT_TRUE(store->drop_unused().has_value());
  EXPECT_LE(std::stoll(sql("SELECT count(*) FROM agent")), 4) << "those that are there now";
  EXPECT_EQ(sql("SELECT count(*) FROM word"), "0");
  // The other process knows numbers that are gone.
  late[0].record.at_ms += 5000;
  ASSERT_TRUE(other->append(late).has_value());
  EXPECT_EQ(sql("SELECT count(*) FROM transition WHERE detail NOT IN (SELECT id FROM word)"), "0");
  EXPECT_EQ(sql("SELECT count(*) FROM state_day WHERE agent NOT IN (SELECT id FROM agent)"), "0");
}

TEST_F(History, ARenamedServerHasItsNewName) {
  const std::int64_t now = 1793620800000;
  auto store = open(now, 5);
  test::AgentLife life(1, 0);
  std::vector<HistoryRound> rounds = {life.round(now), life.round(now + 5000)};
  auto renamed = std::make_shared<Snapshot>(*rounds[1].snapshot);
  for (AgentStatus& a : renamed->agents) a.pane.server_name = "new-name";
  for (ServerFigures& s : renamed->servers) s.name = "new-name";
  rounds[1].snapshot = renamed;
  rounds.push_back(rounds[1]);
  rounds[2].record.at_ms += 5000;
  ASSERT_TRUE(store->append(rounds).has_value());
  EXPECT_EQ(sql("SELECT a.server FROM present p JOIN agent a ON a.id=p.agent"), "new-name");
}

TEST_F(History, IsForItsOwnerOnly) {
  const mode_t before = ::umask(022);
  const auto mode = [&] {
    struct stat info {};
    EXPECT_EQ(::stat(file().c_str(), &info), 0);
    return info.st_mode & 0777;
  };
  { const auto store = open(1'793'536'200'000); }
  EXPECT_EQ(mode(), 0600u);
  ASSERT_EQ(::chmod(file().c_str(), 0644), 0);  // as earlier versions left it
  { const auto store = open(1'793'536'200'000); }
  EXPECT_EQ(mode(), 0600u);
  ::umask(before);
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

// The first version of the tables, read as it is and then brought up.
TEST_F(History, AnOlderDatabaseIsReadAndMigrated) {
  const TimeZone utc("UTC");
  sql(test::kHistoryV1);
  const std::int64_t now = 1793538000000;  // 2026-11-01 13:00 UTC
  const Period day = last_days("day", 1, now + kHour);
  const auto report = [&] { return activity_report(*reader(), day, true)->json; };
  for (const char* version : {"1", "3"}) {
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

TEST_F(History, AFileFromBeforeAFigureWasKnownIsReadAndGetsAColumnForIt) {
  const std::int64_t now = 1'793'536'200'000;
  test::AgentLife life(3, 0.1);
  {
    const auto store = open(now);
    const HistoryRound first = life.round(now);
    ASSERT_TRUE(store->append(std::span(&first, 1)).has_value());
  }
  sql("ALTER TABLE round DROP COLUMN captures");
  sql("ALTER TABLE rollup DROP COLUMN captures");
  const Period day = last_days("day", 1, now + kHour);
  const auto before = reader()->whole(day);
  ASSERT_TRUE(before.has_value()) << before.error().message;
  EXPECT_EQ(before->rounds, 1);
  EXPECT_EQ(before->captures, 0);
  int rows = 0;
  ASSERT_TRUE(reader()->export_rounds(0, [&](const auto&) { return ++rows > 0; }).has_value());
  EXPECT_EQ(rows, 1);
  const auto store = open(now + 1000);
  HistoryRound second = life.round(now + 1000);
  second.record.round.captures = 2;
  ASSERT_TRUE(store->append(std::span(&second, 1)).has_value());
  EXPECT_EQ(reader()->whole(day)->captures, 1) << "2 in one of two rounds";
}

// Round n is at now + n seconds. Tells each newest n that is in the database; never ends by itself.
[[noreturn]] void write_until_killed(const HistorySettings& settings, std::int64_t now, std::int64_t first,
                                     unsigned seed, int out) {
  const test::ManualClock clock;  // nothing is old enough to be pruned
  HistoryWriter writer(settings, clock);
  test::AgentLife life(6, 0.1, seed);
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
  for (int i = 0; i < 3000; ++i) {
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

// A file that may grow no further, as on a full disk, for as long as it lives.
class FullDisk {
 public:
  explicit FullDisk(std::uintmax_t bytes) : before_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &limit_);
    const rlimit low{bytes, limit_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &low);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &limit_);
    ::signal(SIGXFSZ, before_);
  }

 private:
  rlimit limit_{};
  void (*before_)(int);
};

TEST_F(History, TheWriterWaitsForRoomAndLosesNothing) {
  const SystemClock clock;
  test::AgentLife life(3, 0.1);
  HistoryWriter writer(settings(1), clock);
  std::int64_t at = clock.wall_ms();
  const auto add = [&](int count) {
    for (int i = 0; i < count; ++i) writer.add(life.round(++at));
  };
  add(200);
  ASSERT_TRUE(soon([&] { return writer.written() == 200; }));
  auto full = std::make_unique<FullDisk>(4096);
  add(200);
  EXPECT_TRUE(soon([&] { return !writer.problem().empty(); }));
  EXPECT_EQ(writer.written(), 200u);
  add(100);
  full.reset();
  EXPECT_TRUE(soon([&] { return writer.written() == 500; }));
  EXPECT_TRUE(soon([&] { return writer.problem().empty(); })) << writer.problem();
  writer.stop();
  EXPECT_EQ(sql("SELECT count(*) FROM round"), "500");
  EXPECT_EQ(sql("SELECT sum(rounds) FROM rollup WHERE span=1"), "500");
  EXPECT_EQ(sql("PRAGMA integrity_check"), "ok");
}

// In a process of its own: nothing is read-only for root.
TEST_F(History, AReadOnlyFileIsAProblemAndNothingElse) {
  open(1000)->end_run(1000).map([] {});
  std::filesystem::permissions(file(), std::filesystem::perms(0444));
  std::filesystem::permissions(dir_.path(), std::filesystem::perms(0555));
  const pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) ::_exit(2);
    const SystemClock clock;
    test::AgentLife life(3, 0.1);
    HistoryWriter writer(settings(1), clock);
    for (int i = 0; i < 250; ++i) writer.add(life.round(clock.wall_ms() + i));
    const bool told = soon([&] { return writer.problem().find("readonly") != std::string::npos; });
    if (!told) std::fprintf(stderr, "%s\n", writer.problem().c_str());
    ::_exit(told && writer.written() == 0 ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  std::filesystem::permissions(dir_.path(), std::filesystem::perms(0755));
  EXPECT_EQ(status, 0);
}

TEST_F(History, TheWriterDropsTheOldestWhenNothingCanBeWrittenAndSaysSo) {
  std::filesystem::create_directory(file());  // no file can be made there
  const SystemClock clock;
  test::AgentLife life(999, 0);
  HistoryWriter writer(settings(1), clock);
  for (int i = 0; i < 60; ++i) writer.add(life.round(1000 + i));
  EXPECT_THAT(writer.problem(), HasSubstr("10 rounds could not be kept"));
}

}  // namespace
}  // namespace orc
