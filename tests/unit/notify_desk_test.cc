// SPDX-License-Identifier: Apache-2.0
// NotifyStore and NotifyDesk beside all that can happen to their database: deleted, damaged, locked,
// unreadable, not to be opened; what is told then, and what is never waited for.
#include "tmux_orc/notify/notify_desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "support/manual_clock.h"
#include "support/soon.h"
#include "support/temp_dir.h"

namespace orc {
namespace {

using test::soon;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

OutMessage out_message(const std::string& text) {
  OutMessage m;
  m.channel = "hook";
  m.text = text;
  return m;
}

std::size_t set_aside(const std::string& folder) {
  std::size_t count = 0;
  for (const auto& e : std::filesystem::directory_iterator(folder)) {
    const std::string name = e.path().filename().string();
    count +=
        name.find("notify.db.corrupt-") == 0 && !name.ends_with("-wal") && !name.ends_with("-shm") ? 1 : 0;
  }
  return count;
}

// Another process that holds the file until it is let go.
class Lock {
 public:
  explicit Lock(const std::string& file) {
    sqlite3_open(file.c_str(), &db_);
    EXPECT_EQ(sqlite3_exec(db_, "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE", nullptr, nullptr, nullptr),
              SQLITE_OK);
  }
  ~Lock() {
    sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
    sqlite3_close(db_);
  }

 private:
  sqlite3* db_ = nullptr;
};

class Store : public ::testing::Test {
 protected:
  std::string file() const { return dir_.path() + "/notify.db"; }
  NotifyMemory memory_of(PaneId pane) const {
    NotifyMemory m;
    m.told[{1, pane, Concern::kWaiting}] = {1000, true, 0};
    m.worked = {{1, pane}};
    return m;
  }
  const test::TempDir dir_;
  test::ManualClock clock_;
  std::vector<std::string> said_;
  NotifyStore store_{file(), clock_, [this](bool well, const std::string& what) {
                       said_.push_back((well ? "+" : "-") + what);
                     }};
};

TEST_F(Store, ADeletedFileIsFollowedByAWholeOne) {
  std::vector<OutMessage> first = {out_message("a")}, second = {out_message("b")};
  ASSERT_TRUE(store_.commit(memory_of(1), first).has_value());
  for (const char* part : {"", "-wal", "-shm"}) std::filesystem::remove(file() + part);
  clock_.advance_s(60);
  ASSERT_TRUE(store_.commit(memory_of(1), second).has_value());
  EXPECT_THAT(store_.problem(), HasSubstr("notifications: " + file() + " was deleted or replaced"));
  EXPECT_THAT(said_, SizeIs(1));
  EXPECT_GT(second[0].id, first[0].id) << "a number is never given again";
  ASSERT_TRUE(store_.remove(first[0].id).has_value());
  NotifyStore other(file(), clock_);
  EXPECT_EQ(*other.memory(), memory_of(1)) << "not only what changed since";
  EXPECT_THAT(*other.waiting(), SizeIs(1)) << "what was under way takes no other's place";
}

TEST_F(Store, ADamagedFileIsSetAside) {
  std::ofstream(file()) << std::string(8192, 'x');
  std::vector<OutMessage> one = {out_message("a")};
  EXPECT_FALSE(store_.commit(memory_of(1), one).has_value());
  EXPECT_EQ(one[0].id, 0);
  EXPECT_EQ(set_aside(dir_.path()), 1u);
  clock_.advance_s(2);
  ASSERT_TRUE(store_.commit(memory_of(1), one).has_value());
  EXPECT_NE(one[0].id, 0);
  EXPECT_THAT(store_.problem(), HasSubstr("a damaged database was set aside as " + file() + ".corrupt-"));
  EXPECT_THAT(said_, testing::Contains(HasSubstr("+notifications: well again")));
}

TEST_F(Store, OneThatCannotBeOpenedIsTriedAgain) {
  std::filesystem::create_directory(file());
  std::vector<OutMessage> one = {out_message("a")};
  EXPECT_FALSE(store_.commit(memory_of(1), one).has_value());
  EXPECT_THAT(store_.problem(), HasSubstr("notifications: "));
  EXPECT_THAT(store_.problem(), testing::Not(HasSubstr("history")));
  std::filesystem::remove(file());
  EXPECT_FALSE(store_.commit(memory_of(1), one).has_value()) << "not for each message";
  clock_.advance_s(2);
  EXPECT_TRUE(store_.commit(memory_of(1), one).has_value());
  EXPECT_EQ(store_.problem(), "");
}

TEST_F(Store, AnActionIsWrittenDownOrRefused) {
  const ActionRecord restart{"restart", {1, 2}, 30, 1000};
  std::vector<OutMessage> none;
  ASSERT_TRUE(store_.commit(memory_of(1), none).has_value());
  ASSERT_TRUE(store_.add(restart).has_value());
  ASSERT_TRUE(store_.take_back(restart).has_value());
  EXPECT_THAT(*store_.actions(0), IsEmpty());
  sqlite3* other = nullptr;
  sqlite3_open(file().c_str(), &other);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_FALSE(store_.add(restart).has_value());
  sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr);
  sqlite3_close(other);
  ASSERT_TRUE(store_.add(restart).has_value());
}

TEST_F(Store, PartsTakeTheirWholesPlace) {
  std::vector<OutMessage> whole = {out_message("a and b")}, parts = {out_message("a"), out_message("b")};
  ASSERT_TRUE(store_.commit({}, whole).has_value());
  ASSERT_TRUE(store_.replace(whole[0].id, parts).has_value());
  const auto waiting = store_.waiting();
  ASSERT_THAT(*waiting, SizeIs(2));
  EXPECT_EQ(waiting->at(0).id, parts[0].id);
  EXPECT_EQ(waiting->at(1).text, "b");
}

TEST(Halves, HaveTheirOwnTextAndAllItems) {
  Message m;
  m.channel = "hook";
  m.at_ms = 1'795'500'000'000;
  for (int i = 0; i < 5; ++i) {
    NotifyItem item;
    item.concern = i == 4 ? Concern::kCrashed : Concern::kWaiting;
    item.pane.session = "s" + std::to_string(i);
    item.agent = "claude";
    item.since_ms = m.at_ms;
    m.items.push_back(item);
  }
  const auto halves = halves_of(render(m));
  ASSERT_THAT(halves, SizeIs(2));
  EXPECT_THAT(halves[0].text, HasSubstr("- s0:0.0 (claude): waits"));
  EXPECT_THAT(halves[0].text, testing::Not(HasSubstr("s2:")));
  EXPECT_EQ(halves[1].summary, "1 crashed, 2 waiting");
  EXPECT_THAT(halves[1].json, HasSubstr("s4:0.0"));
  const auto quarters = halves_of(halves[0]);
  ASSERT_THAT(quarters, SizeIs(2));
  EXPECT_THAT(quarters[0].summary, HasSubstr("s0:0.0 (claude): waits"));
  EXPECT_THAT(halves_of(quarters[0]), IsEmpty());
}

// A desk whose only channel is a command that writes what it is given to a file, and does what the test
// likes.
class Desk : public ::testing::Test {
 protected:
  Desk() {
    script("cat >>" + told_file());
    NotifyDeskSetup setup{
        dir_.path() + "/notify.db", dir_.path() + "/mutes.json", [this] { return active_.load(); }, {}};
    desk_ = std::make_unique<NotifyDesk>(std::move(setup), clock_);
    configure();
  }
  std::string told_file() const { return dir_.path() + "/told"; }
  void script(const std::string& body) const {
    std::ofstream(dir_.path() + "/hook.new") << "#!/bin/sh\n" << body << "\n";
    std::filesystem::permissions(dir_.path() + "/hook.new", std::filesystem::perms(0700));
    std::filesystem::rename(dir_.path() + "/hook.new", dir_.path() + "/hook");
  }
  void configure() {
    NotifySettings s;
    s.startup_grace_s = 0;
    NotifyChannel c;
    c.name = "hook";
    c.type = NotifyChannel::Type::kCommand;
    c.command = {dir_.path() + "/hook"};
    c.timeout_s = 10;
    s.channels = {c};
    DispatcherSetup d;
    d.settings = s;
    d.log = [this](const HistoryNotification& n) {
      const std::lock_guard lock(mutex_);
      if (!n.delivered) failures_.push_back(n.text);
    };
    desk_->configure(s, std::move(d));
  }
  // Agents that began to wait, seen now.
  void wait(std::vector<PaneId> panes) {
    auto s = std::make_shared<Snapshot>();
    s->at_ms = clock_.wall_ms();
    for (const PaneId pane : panes) {
      AgentStatus a;
      a.pane.key = {1, pane};
      a.pane.server_name = "d";
      a.pane.session = "s" + std::to_string(pane);
      a.verdict = {"claude", State::kWaiting, "", "r", 1};
      a.since_ms = s->at_ms;
      s->agents.push_back(a);
    }
    desk_->look(std::move(s));
  }
  std::vector<std::string> told() const {
    std::vector<std::string> out;
    std::ifstream in(told_file());
    for (std::string line; std::getline(in, line);) out.push_back(line);
    return out;
  }
  std::vector<std::string> failures() {
    const std::lock_guard lock(mutex_);
    return failures_;
  }
  const test::TempDir dir_;
  const SystemClock clock_;
  std::atomic<bool> active_{true};
  std::mutex mutex_;
  std::vector<std::string> failures_;
  std::unique_ptr<NotifyDesk> desk_;
};

TEST_F(Desk, TellsOnceAlsoOverAStop) {
  wait({1});
  ASSERT_TRUE(soon([&] { return told().size() == 1; }));
  wait({1});
  desk_.reset();
  desk_ = std::make_unique<NotifyDesk>(
      NotifyDeskSetup{dir_.path() + "/notify.db", dir_.path() + "/mutes.json", [] { return true; }, {}},
      clock_);
  configure();
  wait({1});
  wait({1, 2});
  ASSERT_TRUE(soon([&] { return told().size() == 2; }));
  desk_.reset();
  EXPECT_THAT(told(), ElementsAre(HasSubstr("s1:0.0"),
                                  testing::AllOf(HasSubstr("s2:0.0"), testing::Not(HasSubstr("s1:")))));
}

TEST_F(Desk, NobodyIsToldUntilItCanBeReadWhatWasToldBefore) {
  wait({1});
  ASSERT_TRUE(soon([&] { return told().size() == 1; }));
  desk_.reset();
  auto lock = std::make_unique<Lock>(dir_.path() + "/notify.db");
  desk_ = std::make_unique<NotifyDesk>(
      NotifyDeskSetup{dir_.path() + "/notify.db", dir_.path() + "/mutes.json", [] { return true; }, {}},
      clock_);
  configure();
  const auto from = Steady::now();
  for (int i = 0; i < 200; ++i) wait({1, 2});
  EXPECT_LT(ms_between(from, Steady::now()), 200) << "the round's thread waits for no database";
  ASSERT_TRUE(soon([&] { return desk_->problem().find("nobody is told until") != std::string::npos; }));
  EXPECT_THAT(told(), SizeIs(1));
  lock.reset();
  ASSERT_TRUE(soon([&] { return told().size() == 2; }));
  EXPECT_THAT(told()[1], testing::Not(HasSubstr("s1:"))) << "an open episode is told again";
  EXPECT_TRUE(soon([&] { return desk_->problem().empty(); })) << desk_->problem();
}

TEST_F(Desk, WhatFailsForOneAgentIsToldForTheRest) {
  script("text=$(cat); case $text in *s3:0.0*) echo no >&2; exit 1 ;; esac; echo \"$text\" >>" + told_file());
  wait({1, 2, 3, 4, 5, 6, 7});
  const auto all = [&] {
    std::string text;
    for (const std::string& line : told()) text += line;
    return text;
  };
  ASSERT_TRUE(soon([&] {
    const std::string text = all();
    for (const char* pane : {"s1:", "s2:", "s4:", "s5:", "s6:", "s7:"}) {
      if (text.find(pane) == std::string::npos) return false;
    }
    return true;
  })) << all();
  ASSERT_TRUE(soon([&] { return failures().size() == 1; }));
  EXPECT_THAT(failures()[0], testing::AllOf(HasSubstr("s3:0.0"), HasSubstr("ended with 1: no")));
  desk_.reset();
  for (const char* pane : {"\"s1:0.0\"", "\"s5:0.0\""}) {
    const std::string text = all();
    EXPECT_EQ(text.find(pane), text.rfind(pane)) << pane << " is told twice";
  }
}

TEST_F(Desk, ABrokenCommandIsNotTriedForEachAgent) {
  script("echo x >>" + told_file() + "; exit 1");
  std::vector<PaneId> panes;
  for (PaneId i = 0; i < 60; ++i) panes.push_back(i);
  wait(panes);
  ASSERT_TRUE(soon([&] { return told().size() >= 7; }));
  desk_.reset();
  EXPECT_LE(told().size(), 13u);
}

TEST_F(Desk, ADamagedFileOfMutesIsToldAndWhatWasMutedStays) {
  std::ofstream(dir_.path() + "/mutes.json") << R"({"s1": 0})";
  wait({1});
  wait({1, 2});
  ASSERT_TRUE(soon([&] { return told().size() == 1; }));
  std::ofstream(dir_.path() + "/mutes.json") << R"({"s1": )";
  wait({1, 2});
  ASSERT_TRUE(soon([&] { return desk_->problem().find("mutes.json is damaged") != std::string::npos; }));
  EXPECT_THAT(told(), SizeIs(1));
  std::ofstream(dir_.path() + "/mutes.json") << R"({"s1": 0, "s9": 0})";
  wait({1, 2});
  EXPECT_TRUE(soon([&] { return desk_->problem().empty(); }));
}

TEST_F(Desk, AnotherEnvironmentGoesOnFromHereAndNothingIsSentTwice) {
  script("sleep 0.5; cat >>" + told_file());
  std::atomic<bool> other_active{false};
  for (PaneId i = 0; i < 4; ++i) wait({i});  // four messages, one after the other
  ASSERT_TRUE(soon([&] { return !told().empty(); }));
  auto first = std::move(desk_);
  desk_ = std::make_unique<NotifyDesk>(
      NotifyDeskSetup{
          dir_.path() + "/notify.db", dir_.path() + "/mutes.json", [&] { return other_active.load(); }, {}},
      clock_);
  configure();
  wait({3});
  std::swap(first, desk_);
  active_ = false;
  wait({3});
  std::swap(first, desk_);
  // What was under way ends; the rest is the other's.
  NotifyStore shared(dir_.path() + "/notify.db", clock_);
  const auto left = [&] { return shared.waiting().value_or(std::vector<OutMessage>()).size(); };
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  first.reset();  // waits for the one
  ASSERT_EQ(left() + told().size(), 4u);
  ASSERT_GT(left(), 0u) << "who is not active tells on";
  other_active = true;
  wait({3});
  ASSERT_TRUE(soon([&] { return told().size() == 4; }));
  desk_.reset();
  std::vector<std::string> all = told();
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::unique(all.begin(), all.end()), all.end()) << "told twice";
}

TEST(Joined, HasAllThatHappenedAndWhatIsNow) {
  Snapshot a, b;
  a.transitions.resize(2);
  a.transitions[0].at_ms = 1;
  b.transitions.resize(1);
  b.transitions[0].at_ms = 9;
  b.at_ms = 10;
  const auto both = joined(a, b);
  EXPECT_EQ(both->at_ms, 10);
  ASSERT_THAT(both->transitions, SizeIs(3));
  EXPECT_EQ(both->transitions[2].at_ms, 9);
}

}  // namespace
}  // namespace orc
