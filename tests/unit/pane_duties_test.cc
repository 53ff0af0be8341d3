// SPDX-License-Identifier: Apache-2.0
// PaneDuties: what is typed into panes without being asked each time, when, how often, and what stands in the
// database before it. Who types is a fake.
#include "pane_duties.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "support/manual_clock.h"
#include "support/temp_dir.h"

namespace orc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Outcome = PaneTypist::Outcome;

constexpr std::int64_t kHour_ms = 3'600'000;

// Notes each touch, and comes to what the test says. The test looks at it only while the duties rest.
struct Hand {
  std::vector<std::string> touches;
  Outcome delivers = Outcome::kDelivered, finds = Outcome::kPlaced, submits = Outcome::kDelivered,
          restarts = Outcome::kDelivered;
};

class FakeTypist final : public PaneTypist {
 public:
  explicit FakeTypist(Hand& hand) : hand_(hand) {}
  Outcome deliver(const PaneRef& pane, const std::string& text, const std::function<Result<void>()>& placing,
                  std::string* why) const override {
    if (hand_.delivers == Outcome::kNotNow) return *why = "busy", Outcome::kNotNow;
    if (auto ok = placing(); !ok) return *why = ok.error().message, Outcome::kNotNow;
    note("deliver", pane, text);
    *why = hand_.delivers == Outcome::kDelivered ? "" : "no luck";
    return hand_.delivers;
  }
  Outcome find_placed(const PaneRef& pane, const std::string& text, std::string*) const override {
    note("find", pane, text);
    return hand_.finds;
  }
  Outcome submit(const PaneRef& pane, const std::string& text, std::string* why) const override {
    note("submit", pane, text);
    *why = "sent";
    return hand_.submits;
  }
  Outcome restart(const PaneRef& pane, const std::string& command, bool dry_run,
                  std::string* why) const override {
    *why = dry_run ? "dry run" : "";
    note(dry_run ? "try" : "restart", pane, command);
    return hand_.restarts;
  }

 private:
  void note(const std::string& what, const PaneRef& pane, const std::string& text) const {
    hand_.touches.push_back(what + " %" + std::to_string(pane.key.pane) + " " + text);
  }
  Hand& hand_;
};

class Duties : public ::testing::Test {
 protected:
  void begin() {
    setup_.log = [this](const HistoryNotification& n) {
      log_.push_back((n.delivered ? "+" : "-") + n.channel + " " + n.text);
    };
    setup_.audit = [this](const HistoryNotification& n) {
      audit_.push_back((n.delivered ? "+" : "-") + n.channel + " " + n.text);
    };
    PaneDuties::Typists typists;
    typists.emplace("d", std::make_unique<FakeTypist>(hand_));
    duties_ = std::make_unique<PaneDuties>(setup_, cancel_, std::move(typists));
  }
  static AgentStatus agent(PaneId pane, State state, int session, Role role) {
    AgentStatus a;
    a.pane.key = {1, pane};
    a.pane.server_name = "d";
    a.pane.session = "s" + std::to_string(session);
    a.pane.session_id = session;
    a.pane.role = role;
    a.verdict = {"claude", state, "", "r", 1};
    a.since_exact = true;
    return a;
  }
  static AgentStatus pm(PaneId pane, int session, State state = State::kIdle) {
    return agent(pane, state, session, Role::kPm);
  }
  AgentStatus crashed(PaneId pane, std::int64_t ago_ms = 0) const {
    AgentStatus a = agent(pane, State::kCrashed, 1, Role::kAgent);
    a.since_ms = clock_.wall_ms() - ago_ms;
    return a;
  }
  // For the PM of a session; it stands in the database.
  OutMessage message(int session, const std::string& text) {
    OutMessage m;
    m.channel = "pm";
    m.server = "d";
    m.server_id = 1;
    m.session_id = session;
    m.text = text;
    m.at_ms = clock_.wall_ms();
    std::vector<OutMessage> one = {m};
    EXPECT_TRUE(setup_.store->commit({}, one));
    return one.front();
  }
  // A round that finds these, and all that is done because of it.
  void look(std::vector<AgentStatus> agents, std::vector<Transition> transitions = {}) {
    auto s = std::make_shared<Snapshot>();
    s->at_ms = clock_.wall_ms();
    s->agents = std::move(agents);
    s->transitions = std::move(transitions);
    duties_->look(std::move(s));
    while (!duties_->idle()) std::this_thread::yield();
  }
  std::vector<OutMessage> waiting() const { return setup_.store->waiting().value(); }

  const test::TempDir dir_;
  test::ManualClock clock_;
  Hand hand_;
  Cancel cancel_;
  std::vector<std::string> log_, audit_;
  DispatcherSetup setup_ = [this] {
    DispatcherSetup s;
    s.store = std::make_shared<NotifyStore>(dir_.path() + "/notify.db", clock_);
    s.settings.restart_command = "claude --continue";
    return s;
  }();
  std::unique_ptr<PaneDuties> duties_;
};

TEST_F(Duties, AnIdlePmOfThatSessionIsToldOnce) {
  begin();
  duties_->add(message(1, "two wait\nmore"));
  look({pm(5, 2), agent(6, State::kIdle, 1, Role::kAgent), pm(7, 1, State::kWorking)});
  EXPECT_THAT(hand_.touches, IsEmpty());
  look({pm(5, 2), pm(7, 1)});
  look({pm(7, 1)});
  EXPECT_THAT(hand_.touches, ElementsAre("deliver %7 two wait\nmore"));
  EXPECT_THAT(log_, ElementsAre("+pm two wait"));
  EXPECT_THAT(waiting(), IsEmpty());
}

TEST_F(Duties, AnotherServersPmIsNotTheOne) {
  begin();
  duties_->add(message(1, "x"));
  AgentStatus other = pm(7, 1);
  other.pane.key.server = 2;
  look({other});
  EXPECT_THAT(hand_.touches, IsEmpty());
}

TEST_F(Duties, OneMessageASessionAndRound) {
  begin();
  duties_->add(message(1, "a"));
  duties_->add(message(1, "b"));
  duties_->add(message(2, "c"));
  look({pm(7, 1), pm(8, 2)});
  EXPECT_THAT(hand_.touches, ElementsAre("deliver %7 a", "deliver %8 c"));
  look({pm(7, 1), pm(8, 2)});
  EXPECT_THAT(hand_.touches, SizeIs(3));
}

TEST_F(Duties, WhatCannotBeDoneNowIsDoneLater) {
  begin();
  hand_.delivers = Outcome::kNotNow;
  duties_->add(message(1, "a"));
  look({pm(7, 1)});
  EXPECT_THAT(log_, IsEmpty());
  ASSERT_THAT(waiting(), SizeIs(1));
  EXPECT_FALSE(waiting()[0].placed);
  hand_.delivers = Outcome::kDelivered;
  look({pm(7, 1)});
  EXPECT_THAT(log_, ElementsAre("+pm a"));
}

TEST_F(Duties, ItIsGivenUpAtTheThirdFailure) {
  begin();
  hand_.delivers = Outcome::kFailed;
  duties_->add(message(1, "a"));
  for (const int tries : {1, 2}) {
    look({pm(7, 1)});
    ASSERT_THAT(waiting(), SizeIs(1));
    EXPECT_EQ(waiting()[0].tries, tries);
  }
  for (int i = 0; i < 3; ++i) look({pm(7, 1)});
  EXPECT_THAT(hand_.touches, SizeIs(3));
  EXPECT_THAT(waiting(), IsEmpty());
}

TEST_F(Duties, NothingIsTypedThatCannotBeWrittenDown) {
  setup_.store = nullptr;
  begin();
  OutMessage m;
  m.server = "d", m.server_id = 1, m.session_id = 1, m.text = "a", m.at_ms = clock_.wall_ms();
  duties_->add(m);
  look({pm(7, 1)});
  EXPECT_THAT(hand_.touches, IsEmpty());
  EXPECT_THAT(log_, IsEmpty());
}

TEST_F(Duties, WhatStandsInThePromptIsNeverPastedAgain) {
  begin();
  hand_.delivers = Outcome::kPlaced;
  duties_->add(message(1, "a"));
  look({pm(7, 1)});
  ASSERT_THAT(waiting(), SizeIs(1));
  EXPECT_TRUE(waiting()[0].placed);
  look({pm(7, 1, State::kDraft)});
  look({pm(7, 1, State::kDraft)});
  EXPECT_THAT(hand_.touches, ElementsAre("deliver %7 a", "find %7 a", "find %7 a"));
  EXPECT_THAT(log_, ElementsAre("-pm a: no luck", HasSubstr("stands in the prompt and was not submitted")));
  hand_.finds = Outcome::kDelivered;  // somebody pressed Enter, or deleted it
  look({pm(7, 1)});
  look({pm(7, 1)});
  EXPECT_EQ(std::count(hand_.touches.begin(), hand_.touches.end(), "deliver %7 a"), 1);
  EXPECT_THAT(log_.back(), HasSubstr("+pm a: it was pasted, and stands in the prompt no more"));
  EXPECT_THAT(waiting(), IsEmpty());
}

TEST_F(Duties, ADraftFromBeforeARestartIsLookedForFirst) {
  begin();
  OutMessage m = message(1, "a");
  ASSERT_TRUE(setup_.store->set_placed(m.id, true));
  duties_->add(waiting()[0]);
  look({pm(7, 1, State::kDraft)});
  EXPECT_THAT(hand_.touches, ElementsAre("find %7 a"));
}

TEST_F(Duties, EnterForADraftIsWrittenDownAndCapped) {
  setup_.settings.submit_draft = "on";
  setup_.settings.submit_draft_cap_per_hour = 2;
  begin();
  hand_.submits = Outcome::kPlaced;
  OutMessage m = message(1, "a");
  m.placed = true;
  duties_->add(m);
  for (int i = 0; i < 4; ++i) look({pm(7, 1, State::kDraft)});
  EXPECT_EQ(std::count(hand_.touches.begin(), hand_.touches.end(), "submit %7 a"), 2);
  EXPECT_THAT(setup_.store->actions(0).value(), SizeIs(2));
  EXPECT_THAT(log_.back(), HasSubstr("2 in the last hour are the most"));
  clock_.advance_ms(kHour_ms + 1);
  hand_.submits = Outcome::kDelivered;
  look({pm(7, 1, State::kDraft)});
  EXPECT_THAT(audit_.back(), HasSubstr("+submit Enter for a draft of ours"));
  EXPECT_THAT(waiting(), IsEmpty());
}

TEST_F(Duties, ADryRunSendsNoEnter) {
  setup_.settings.submit_draft = "dry-run";
  begin();
  OutMessage m = message(1, "a");
  m.placed = true;
  duties_->add(m);
  look({pm(7, 1, State::kDraft)});
  EXPECT_THAT(hand_.touches, ElementsAre("find %7 a"));
  EXPECT_THAT(log_, ElementsAre(HasSubstr("(dry run: Enter was not sent)")));
}

TEST_F(Duties, AReportOfHalfADayAgoIsDropped) {
  begin();
  duties_->add(message(1, "a"));
  clock_.advance_ms(12 * kHour_ms);
  look({pm(7, 1)});
  EXPECT_THAT(hand_.touches, IsEmpty());
  EXPECT_THAT(log_, ElementsAre("-pm a: its PM could not be told in 12 hours"));
  EXPECT_THAT(waiting(), IsEmpty());
}

TEST_F(Duties, OfWhatWaitsTheNewestAreKept) {
  begin();
  for (int i = 0; i <= NotifyStore::kMostOfASession; ++i) duties_->add(message(1, "m" + std::to_string(i)));
  look({pm(7, 1)});
  EXPECT_THAT(log_, ElementsAre("-pm m0: too many wait for its PM", "+pm m1"));
}

TEST_F(Duties, WhatWasHandedOverIsAnothers) {
  begin();
  duties_->add(message(1, "a"));
  look({});
  duties_->hand_over();
  duties_->add(message(1, "b"));
  look({pm(7, 1)});
  look({pm(7, 1)});
  EXPECT_THAT(hand_.touches, ElementsAre("deliver %7 b"));
}

TEST_F(Duties, AStoppedOneDoesNothingMore) {
  begin();
  duties_->add(message(1, "a"));
  duties_->stop();
  look({pm(7, 1)});
  duties_.reset();
  EXPECT_THAT(hand_.touches, IsEmpty());
  EXPECT_THAT(waiting(), SizeIs(1));
}

TEST_F(Duties, RestartsOnlyWhereThatIsSwitchedOn) {
  begin();
  look({crashed(3)});
  EXPECT_THAT(hand_.touches, IsEmpty());
  EXPECT_THAT(audit_, IsEmpty());
}

TEST_F(Duties, ARestartIsTriedThenWrittenDownThenDoneOnce) {
  setup_.settings.restart_crashed = "on";
  begin();
  const AgentStatus a = crashed(3);
  look({a});
  look({a});
  EXPECT_THAT(hand_.touches, ElementsAre("try %3 claude --continue", "restart %3 claude --continue"));
  EXPECT_THAT(audit_, ElementsAre("+restart claude: claude --continue"));
  EXPECT_THAT(setup_.store->actions(0).value(), SizeIs(1));
}

TEST_F(Duties, ADryRunOfARestartTypesNothing) {
  setup_.settings.restart_crashed = "dry-run";
  begin();
  look({crashed(3)});
  EXPECT_THAT(hand_.touches, ElementsAre("try %3 claude --continue"));
  EXPECT_THAT(audit_, ElementsAre("-restart claude: claude --continue (not done: dry run)"));
  EXPECT_THAT(setup_.store->actions(0).value(), IsEmpty());
}

TEST_F(Duties, AnEpisodeThatAnEarlierRunAnsweredIsLeftAlone) {
  setup_.settings.restart_crashed = "on";
  const AgentStatus a = crashed(3);
  ASSERT_TRUE(setup_.store->add({"restart", a.pane.key, a.since_ms, clock_.wall_ms()}));
  begin();
  look({a});
  EXPECT_THAT(hand_.touches, IsEmpty());
  EXPECT_THAT(audit_, ElementsAre(HasSubstr("not done: it was answered already")));
}

TEST_F(Duties, RestartsHaveACapAnHourAndPane) {
  setup_.settings.restart_crashed = "on";
  setup_.settings.restart_cap_per_hour = 2;
  begin();
  for (int i = 0; i < 3; ++i) {
    look({crashed(3)});
    clock_.advance_s(60);
  }
  EXPECT_THAT(hand_.touches, SizeIs(4));
  EXPECT_THAT(audit_.back(), HasSubstr("2 in the last hour are the most"));
  look({crashed(4)});
  EXPECT_THAT(hand_.touches, SizeIs(6));
}

TEST_F(Duties, ACrashThatNobodySawOrThatIsOldIsNotAnswered) {
  setup_.settings.restart_crashed = "on";
  begin();
  look({crashed(3, 2 * 60'000 + 1)});
  AgentStatus found = crashed(4);
  found.since_exact = false;
  look({found});
  EXPECT_THAT(hand_.touches, IsEmpty());
  Transition seen{clock_.wall_ms(), found.pane, found.verdict, found.verdict, false};
  seen.from.state = State::kWorking;
  look({found}, {seen});
  EXPECT_THAT(hand_.touches, SizeIs(2));
}

TEST_F(Duties, AShellThatIsNotReadyIsTriedAgainAndDoesNotCount) {
  setup_.settings.restart_crashed = "on";
  begin();
  hand_.restarts = Outcome::kNotNow;
  const AgentStatus a = crashed(3);
  look({a});
  look({a});
  EXPECT_THAT(hand_.touches, ElementsAre("try %3 claude --continue", "try %3 claude --continue"));
  EXPECT_THAT(audit_, IsEmpty());
  EXPECT_THAT(setup_.store->actions(0).value(), IsEmpty());
}

TEST_F(Duties, WithoutADatabaseNothingIsRestartedAndThatIsSaidOnce) {
  setup_.settings.restart_crashed = "on";
  setup_.store = nullptr;
  begin();
  const AgentStatus a = crashed(3);
  look({a});
  look({a});
  EXPECT_THAT(hand_.touches, IsEmpty());
  EXPECT_THAT(audit_, ElementsAre(HasSubstr("not yet: there is no database")));
}

}  // namespace
}  // namespace orc
