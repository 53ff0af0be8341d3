// SPDX-License-Identifier: Apache-2.0
// Notifier: what is told, when, to whom, and above all what is not.
#include "tmux_orc/notify/notifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_dir.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/notify/notify_store.h"

namespace orc {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
constexpr std::int64_t kStart = 1'795'500'000'000, kSecond = 1000, kMinute = 60 * kSecond;

bool nobody_muted(const PaneRef&) { return false; }

NotifySettings command_channel() {
  NotifySettings s;
  s.startup_grace_s = 0;
  NotifyChannel c;
  c.name = "all";
  s.channels = {c};
  return s;
}

// One server with agents whose states the test sets.
class World {
 public:
  explicit World(std::size_t agents, NotifySettings settings = command_channel())
      : notifier_(std::move(settings), kStart) {
    for (std::size_t i = 0; i < agents; ++i) {
      AgentStatus a;
      a.pane.key = {1, static_cast<PaneId>(i)};
      a.pane.server_name = "d";
      a.pane.session = i < 10 ? "one" : "two";
      a.pane.session_id = i < 10 ? 1 : 2;
      a.pane.window_index = static_cast<int>(i);
      a.pane.window_name = "dev";
      a.verdict = {"claude", State::kWorking, "", "r", 1};
      a.since_ms = kStart;
      agents_.push_back(a);
    }
    round(0);
  }
  void set(std::size_t agent, State state, const std::string& detail = "") {
    AgentStatus& a = agents_[agent];
    Verdict to = a.verdict;
    to.state = state;
    to.detail = detail;
    transitions_.push_back({now_, a.pane, a.verdict, to, false});
    a.verdict = to;
    a.since_ms = now_;
    a.since_exact = true;
  }
  // Its server is not reached, and is again.
  void lose(std::size_t agent) {
    AgentStatus& a = agents_[agent];
    const AgentStatus::LastSeen seen{a.verdict.state, now_};
    move(a, {a.verdict.agent, State::kUnknown, "", std::string(kNotReachedRule), 1});
    a.last_seen = seen;
  }
  void find_again(std::size_t agent, State state, std::int64_t since_ms) {
    AgentStatus& a = agents_[agent];
    move(a, {a.verdict.agent, state, "", "r", 1});
    a.last_seen.reset();
    a.since_ms = since_ms;
  }
  void remove_all() {
    for (const AgentStatus& a : agents_) transitions_.push_back({now_, a.pane, a.verdict, a.verdict, true});
    agents_.clear();
  }
  std::vector<Message> round(std::int64_t later_ms = kSecond, bool silent = false) {
    Snapshot s;
    s.at_ms = now_;
    s.agents = agents_;
    s.transitions = std::exchange(transitions_, {});
    auto out = notifier_.decide(s, muted, silent);
    now_ += later_ms;
    return out;
  }
  std::size_t items(std::int64_t later_ms = kSecond) {
    std::size_t n = 0;
    for (const Message& m : round(later_ms)) n += m.items.size();
    return n;
  }
  AgentStatus& agent(std::size_t i) { return agents_[i]; }
  Notifier& notifier() { return notifier_; }
  std::function<bool(const PaneRef&)> muted = nobody_muted;
  std::int64_t now_ = kStart;

 private:
  void move(AgentStatus& a, Verdict to) {
    transitions_.push_back({now_, a.pane, a.verdict, to, false});
    a.verdict = std::move(to);
    a.since_ms = now_;
  }
  Notifier notifier_;
  std::vector<AgentStatus> agents_;
  std::vector<Transition> transitions_;
};

TEST(NotifierTest, AWaitIsToldAtOnceAndOnceAndAgainEveryQuarterOfAnHour) {
  World w(3);
  EXPECT_THAT(w.round(), IsEmpty());
  w.set(1, State::kWaiting, "command");
  const auto told = w.round(kMinute);
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].channel, "all");
  ASSERT_THAT(told[0].items, SizeIs(1));
  EXPECT_EQ(told[0].items[0].concern, Concern::kWaiting);
  for (int i = 0; i < 14; ++i) EXPECT_EQ(w.items(kMinute), 0u) << i;
  EXPECT_EQ(w.items(kMinute), 1u) << "15 minutes";
  w.set(1, State::kWorking);
  EXPECT_EQ(w.items(), 0u);
  w.set(1, State::kWaiting);
  EXPECT_EQ(w.items(), 1u) << "another wait is another matter";
}

TEST(NotifierTest, AWaitThatOutlastsALostServerIsNoNewOne) {
  World w(1);
  w.set(0, State::kWaiting, "command");
  const std::int64_t since = w.now_;
  EXPECT_EQ(w.items(), 1u);
  w.lose(0);
  EXPECT_EQ(w.items(), 0u);
  w.find_again(0, State::kWaiting, since);
  EXPECT_EQ(w.items(), 0u) << "the same question";
  w.lose(0);
  EXPECT_EQ(w.items(), 0u);
  w.find_again(0, State::kWaiting, w.now_);
  EXPECT_EQ(w.items(), 1u) << "it was asked meanwhile";
}

TEST(NotifierTest, WhoLooksAtAPaneIsNotToldOfIt) {
  World w(1);
  w.set(0, State::kWaiting, "command");
  w.agent(0).watched = true;
  EXPECT_EQ(w.items(kMinute), 0u);
  w.agent(0).watched = false;
  EXPECT_EQ(w.items(), 1u) << "it still waits, and nobody looks";
}

TEST(NotifierTest, WhoIsStuckIsToldOfOnce) {
  World w(2);
  EXPECT_EQ(w.items(), 0u);
  w.agent(0).stuck = true;
  const auto told = w.round(kMinute);
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].items[0].concern, Concern::kStuck);
  for (int i = 0; i < 60; ++i) EXPECT_EQ(w.items(kMinute), 0u) << i;
  w.agent(0).stuck = false;
  EXPECT_EQ(w.items(kMinute), 0u);
  w.agent(0).stuck = true;
  EXPECT_EQ(w.items(kMinute), 1u) << "it moved meanwhile";
}

TEST(NotifierTest, AnUnseenEndOfATurnIsToldToWhomARuleSaysSo) {
  const auto told = [](NotifySettings s) {
    World w(1, std::move(s));
    w.set(0, State::kIdle);
    w.agent(0).done = true;
    std::size_t n = w.items();
    for (int i = 0; i < 10; ++i) n += w.items();
    w.agent(0).done = false;  // somebody looked
    n += w.items();
    w.set(0, State::kWorking);
    w.set(0, State::kIdle);
    w.agent(0).done = true;
    return n + w.items();
  };
  EXPECT_EQ(told(command_channel()), 0u);
  NotifySettings s = command_channel();
  s.rules = {{{Concern::kDone}, {}, true, false, {"all"}}};
  EXPECT_EQ(told(s), 2u);
}

TEST(NotifierTest, AFlappingCrashIsToldOncePerFiveMinutes) {
  World w(1);
  std::size_t told = 0;
  for (int i = 0; i < 20; ++i) {  // ten minutes
    w.set(0, i % 2 == 0 ? State::kCrashed : State::kWorking);
    told += w.items(30 * kSecond);
  }
  EXPECT_EQ(told, 2u);
}

TEST(NotifierTest, IdleMustLastAndMustHaveWorked) {
  NotifySettings s = command_channel();
  s.rules = {{{Concern::kIdle, Concern::kFresh}, {}, true, false, {"all"}}};
  World w(2, s);
  w.set(0, State::kIdle);
  EXPECT_EQ(w.items(30 * kSecond), 0u);
  w.set(0, State::kWorking);
  EXPECT_EQ(w.items(), 0u);
  w.set(0, State::kIdle);
  EXPECT_EQ(w.items(59 * kSecond), 0u);
  EXPECT_EQ(w.items(kSecond), 0u);
  EXPECT_EQ(w.items(), 1u) << "a minute of idling";
  EXPECT_EQ(w.items(kMinute), 0u);
}

TEST(NotifierTest, NothingInTheGraceAndTheOldNewsAfterIt) {
  NotifySettings s = command_channel();
  s.startup_grace_s = 60;
  World w(2, s);
  w.set(0, State::kWaiting);
  for (int i = 0; i < 59; ++i) EXPECT_EQ(w.items(), 0u) << i;
  std::size_t told = 0;
  for (int i = 0; i < 5; ++i) told += w.items();
  EXPECT_EQ(told, 1u);
}

TEST(NotifierTest, ABurstIsOneMessage) {
  World w(50);
  w.round();
  w.remove_all();
  const auto told = w.round();
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_THAT(told[0].items, SizeIs(50));
  const std::string text = message_text(told[0]);
  EXPECT_THAT(text, HasSubstr("Missing:\n"));
  EXPECT_THAT(text, HasSubstr("- and 30 more"));
  EXPECT_THAT(w.round(), IsEmpty());
}

TEST(NotifierTest, AnAgentThatQuitAndWhosePaneThenClosesIsToldOnce) {
  World w(1);
  w.set(0, State::kExited);
  EXPECT_EQ(w.items(), 1u);
  w.remove_all();
  EXPECT_EQ(w.items(), 0u);
}

TEST(NotifierTest, MutedPanesAreSilentAndHeardAfterwards) {
  World w(12);
  bool mute = true;
  w.muted = [&](const PaneRef& p) { return mute && p.session == "two"; };
  w.set(2, State::kWaiting);
  w.set(11, State::kWaiting);
  EXPECT_EQ(w.items(), 1u);
  mute = false;
  EXPECT_EQ(w.items(), 1u);
}

TEST(NotifierTest, QuietHoursHoldEverythingBack) {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  NotifySettings s = command_channel();
  s.quiet_from = "22:00";
  s.quiet_until = "07:00";
  World w(1, s);
  w.now_ = kStart - kStart % (24 * 60 * kMinute) + 23 * 60 * kMinute;  // 23:00
  w.set(0, State::kCrashed);
  EXPECT_EQ(w.items(7 * 60 * kMinute + 59 * kMinute), 0u);
  EXPECT_EQ(w.items(2 * kMinute), 0u) << "06:59";
  EXPECT_EQ(w.items(), 1u) << "07:01";
}

TEST(NotifierTest, AWaitThatLastsIsEscalatedOnce) {
  NotifySettings s = command_channel();
  NotifyChannel boss;
  boss.name = "boss";
  s.channels.push_back(boss);
  s.rules = {{{Concern::kWaiting}, {}, true, false, {"all"}},
             {{Concern::kEscalation}, {}, true, false, {"boss"}}};
  World w(1, s);
  w.set(0, State::kWaiting);
  std::map<std::string, int> told;
  for (int i = 0; i < 60; ++i) {
    for (const Message& m : w.round(kMinute)) ++told[m.channel];
  }
  EXPECT_EQ(told["boss"], 1);
  EXPECT_EQ(told["all"], 4) << "at 0, 15, 30 and 45 minutes";
}

TEST(NotifierTest, RulesGoByRoleSessionAndState) {
  NotifySettings s = command_channel();
  s.rules = {{{Concern::kCrashed}, {"tw*"}, true, false, {"all"}}};
  World w(12, s);
  w.set(2, State::kCrashed);
  w.set(11, State::kWaiting);
  EXPECT_EQ(w.items(), 0u);
  w.set(11, State::kCrashed);
  EXPECT_EQ(w.items(), 1u);
  w.agent(10).pane.role = Role::kPm;
  w.set(10, State::kCrashed);
  EXPECT_EQ(w.items(), 0u);
}

TEST(NotifierTest, APmHearsOfItsOwnSessionOnly) {
  NotifySettings s = command_channel();
  s.channels[0].type = NotifyChannel::Type::kPmPane;
  World w(12, s);
  w.set(2, State::kWaiting);
  w.set(11, State::kWaiting);
  const auto told = w.round();
  ASSERT_THAT(told, SizeIs(2));
  for (const Message& m : told) {
    for (const NotifyItem& i : m.items) EXPECT_EQ(i.pane.session, m.session);
  }
}

TEST(NotifierTest, ObserversAreSilentAndTellNothingOldWhenTheyTakeOver) {
  const test::TempDir dir;
  const SystemClock clock;
  NotifyStore store(dir.path() + "/notify.db", clock);
  World blue(3), green(3);
  for (World* w : {&blue, &green}) w->set(1, State::kWaiting);
  EXPECT_THAT(green.round(kSecond, true), IsEmpty());
  EXPECT_THAT(blue.round(), SizeIs(1));
  std::vector<OutMessage> none;
  ASSERT_TRUE(store.commit(blue.notifier().memory(), none).has_value());
  green.notifier().restore(*store.memory());
  EXPECT_THAT(green.round(), IsEmpty()) << "told by the other already";
  green.set(2, State::kCrashed);
  EXPECT_THAT(green.round(), SizeIs(1));
}

TEST(NotifierTest, ARestartTellsNothingTwice) {
  World before(2);
  before.set(0, State::kCrashed);
  EXPECT_EQ(before.items(), 1u);
  Notifier after(command_channel(), before.now_);
  after.restore(before.notifier().memory());
  Snapshot s;
  s.at_ms = before.now_;
  s.agents = {before.agent(0), before.agent(1)};
  EXPECT_THAT(after.decide(s, nobody_muted, false), IsEmpty());
}

TEST(NotifierTest, TheTextHasTimeZoneAndSections) {
  World w(2);
  w.set(0, State::kCrashed, "signal 9");
  w.set(1, State::kRateLimited);
  w.agent(1).resets_at_ms = w.now_ + 60 * kMinute;
  const std::string text = message_text(w.round()[0]);
  EXPECT_THAT(text,
              testing::MatchesRegex(
                  "Agents report [0-9-]+ [0-9:]+ [A-Z+0-9]+\nCrashed:\n- one:0.0 \\(dev\\): crashed "
                  "\\(signal 9\\), since .*\nRate-limited:\n- one:1.0 \\(dev\\): rate-limited until .*"));
}

OutMessage for_pm(std::int64_t at, ServerId server, const std::string& text) {
  OutMessage m;
  m.at_ms = at;
  m.channel = "pm";
  m.server_id = server;
  m.session_id = 1;
  m.text = text;
  return m;
}

TEST(NotifyStoreTest, WhatWaitsKeepsItsOrderAndIsBounded) {
  const test::TempDir dir;
  const SystemClock clock;
  NotifyStore store(dir.path() + "/n.db", clock);
  int dropped = 0;
  for (int i = 0; i < 60; ++i) {
    std::vector<OutMessage> one = {for_pm(i, 7, std::to_string(i))};
    const auto done = store.commit({}, one);
    ASSERT_TRUE(done.has_value());
    EXPECT_NE(one[0].id, 0);
    dropped += *done;
  }
  EXPECT_EQ(dropped, 10);
  std::vector<OutMessage> other = {for_pm(99, 8, "x")};
  ASSERT_TRUE(store.commit({}, other).has_value());
  const auto waiting = store.waiting();
  ASSERT_THAT(*waiting, SizeIs(51));
  EXPECT_EQ(waiting->front().text, "10");
  ASSERT_TRUE(store.set_tries(waiting->front().id, 2).has_value());
  ASSERT_TRUE(store.set_placed(waiting->front().id, true).has_value());
  EXPECT_EQ(store.waiting()->front().tries, 2);
  EXPECT_TRUE(store.waiting()->front().placed);
  ASSERT_TRUE(store.remove(waiting->front().id).has_value());
  EXPECT_EQ(store.waiting()->front().text, "11");
}

TEST(NotifyStoreTest, ActionsAreRememberedForAnHourOfCaps) {
  const test::TempDir dir;
  const SystemClock clock;
  NotifyStore store(dir.path() + "/n.db", clock);
  ASSERT_TRUE(store.add({"restart", {1, 2}, 30, 1000}).has_value());
  ASSERT_TRUE(store.add({"submit", {1, 2}, 31, 2000}).has_value());
  EXPECT_THAT(*store.actions(1500), SizeIs(1));
  EXPECT_EQ(store.actions(0)->front().episode, 30);
}

// The observer saw the wait begin later than the other told it, and a restart has no memory of when it began.
TEST(NotifierTest, AnEpisodeGoesOnWhoeverLooks) {
  World told(1), later(1);
  told.set(0, State::kWaiting);
  EXPECT_EQ(told.items(), 1u);
  later.now_ = told.now_ + 5 * kSecond;
  later.set(0, State::kWaiting);
  later.round(kSecond, true);
  later.notifier().restore(told.notifier().memory());
  EXPECT_EQ(later.items(), 0u) << "the same wait";
  later.set(0, State::kWorking);
  EXPECT_EQ(later.items(), 0u);
  later.set(0, State::kWaiting);
  EXPECT_EQ(later.items(), 1u) << "the next one";
}

TEST(NotifierTest, ALimitIsToldOnceAndItsAgentIsQuietUntilThen) {
  World w(1);
  w.set(0, State::kRateLimited);
  const std::int64_t ends = w.now_ + 60 * kMinute;
  w.agent(0).resets_at_ms = ends;
  EXPECT_EQ(w.items(10 * kMinute), 1u);
  w.set(0, State::kIdle);  // a menu was opened over it
  EXPECT_EQ(w.items(10 * kMinute), 0u);
  w.set(0, State::kRateLimited);
  w.agent(0).resets_at_ms = ends;
  EXPECT_EQ(w.items(50 * kMinute), 0u) << "the same limit";
  w.set(0, State::kWorking);
  EXPECT_EQ(w.items(), 0u);
  w.set(0, State::kRateLimited);
  w.agent(0).resets_at_ms = ends;
  EXPECT_EQ(w.items(), 0u) << "its text read again when it is over";
}

TEST(Glob, LikeAShells) {
  EXPECT_TRUE(glob_match("*", ""));
  EXPECT_TRUE(glob_match("a*c?", "abbbcd"));
  EXPECT_FALSE(glob_match("a*c", "abcd"));
  EXPECT_TRUE(glob_match("**x", "aax"));
  EXPECT_FALSE(glob_match("?", ""));
}

}  // namespace
}  // namespace orc
