// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <thread>

#include "support/manual_clock.h"
#include "tmux_orc/aggregate/aggregator.h"
#include "tmux_orc/base/state_style.h"

namespace orc {
namespace {

using test::ManualClock;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

PaneRef pane_ref(PaneId id, std::int64_t quiet_s = 0) {
  PaneRef pane;
  pane.key = {1, id};
  pane.server_name = "default";
  pane.session = "main";
  pane.window_index = static_cast<int>(id);
  pane.quiet_s = quiet_s;
  return pane;
}

Verdict claude(State state, std::string detail = "") {
  return {"claude", state, std::move(detail), "claude/x", 0.9};
}
const Verdict kNobody{"", State::kNotAgent, "", "builtin/no-agent", 0.9};

class AggregatorTest : public testing::Test {
 protected:
  struct Seen {
    PaneId pane;
    Outcome::Kind kind = Outcome::Kind::kVerdict;
    Verdict verdict = {};
    std::uint64_t motion = 0;
    bool from_cache = false;
  };
  static Seen saw(PaneId pane, Verdict verdict) {
    return {pane, Outcome::Kind::kVerdict, std::move(verdict)};
  }

  std::shared_ptr<const Snapshot> round(const std::vector<Seen>& seen,
                                        const std::vector<ServerId>& listed = {1}) {
    std::vector<PaneRef> panes;
    for (const Seen& s : seen) {
      panes.push_back(pane_ref(s.pane, quiet_s_));
      panes.back().viewed_ago_s = viewed_ago_s_;
    }
    std::vector<const PaneRef*> pointers;
    std::vector<Outcome> outcomes;
    for (std::size_t i = 0; i < seen.size(); ++i) {
      pointers.push_back(&panes[i]);
      outcomes.push_back({i, 0, seen[i].kind, seen[i].verdict, seen[i].from_cache, {}, seen[i].motion});
    }
    std::reverse(outcomes.begin(), outcomes.end());  // in any order
    aggregator_.begin_round();
    // ... and in pieces.
    const std::size_t half = outcomes.size() / 2;
    aggregator_.take(pointers, std::span(outcomes).first(half));
    aggregator_.take(pointers, std::span(outcomes).subspan(half));
    return aggregator_.finish_round(listed, {}, {});
  }
  std::shared_ptr<const Snapshot> round_of_one(Verdict verdict) {
    return round({saw(1, std::move(verdict))});
  }

  static std::vector<std::string> shown(const Snapshot& s) {
    std::vector<std::string> out;
    for (const Transition& t : s.transitions) {
      out.push_back(std::string(to_string(t.from.state)) + ">" +
                    (t.gone ? "gone" : std::string(to_string(t.to.state))));
    }
    return out;
  }

  ManualClock clock_;
  std::int64_t quiet_s_ = 0;
  std::optional<std::int64_t> viewed_ago_s_;  // nobody shows the panes
  Aggregator aggregator_{{1.0}, clock_};
};

Verdict limited(std::string phrase) {
  Verdict v = claude(State::kRateLimited);
  v.reset_phrase = std::move(phrase);
  return v;
}

Verdict asking(std::uint64_t id) {
  Verdict v = claude(State::kWaiting, "command");
  v.asks = Ask{"command", "Run it?", "make", {}, -1, id};
  return v;
}

TEST_F(AggregatorTest, AnotherQuestionIsAnotherWait) {
  round_of_one(claude(State::kWorking));
  round_of_one(asking(1));
  clock_.advance_s(60);
  Verdict moved = asking(1);
  moved.asks->selected = 1;
  EXPECT_THAT(shown(*round_of_one(moved)), IsEmpty());
  EXPECT_THAT(shown(*round_of_one(claude(State::kWaiting, "command"))), IsEmpty());  // not read this time
  round_of_one(asking(1));
  const auto s = round_of_one(asking(2));
  EXPECT_THAT(shown(*s), ElementsAre("waiting>waiting"));
  EXPECT_EQ(s->agents[0].since_ms, s->at_ms);
  EXPECT_EQ(s->transitions[0].to.asks->id, 2u);
}

TEST_F(AggregatorTest, ALimitSeenToBeginEndsAfterItsTimeFromNow) {
  round_of_one(claude(State::kWorking));
  const auto s = round_of_one(limited("in 2h"));
  EXPECT_EQ(s->agents[0].resets_at_ms, clock_.wall_ms() + 7'200'000);
  const auto again = round_of_one(limited("in 2h"));
  EXPECT_EQ(again->agents[0].resets_at_ms, s->agents[0].resets_at_ms) << "the same text is no new limit";
  EXPECT_THAT(again->transitions, IsEmpty());
  EXPECT_EQ(round_of_one(claude(State::kWorking))->agents[0].resets_at_ms, 0);
}

TEST_F(AggregatorTest, AnOldLimitCountsFromWhenItWasPrinted) {
  quiet_s_ = 3600;  // the window's last output was an hour ago
  const auto s = round_of_one(limited("in 30m"));
  EXPECT_EQ(s->agents[0].resets_at_ms, clock_.wall_ms() - 3'600'000 + 1'800'000) << "it is over";
}

TEST_F(AggregatorTest, WordsReadAgainAreNoNewLimit) {
  round_of_one(claude(State::kWorking));
  const auto at = round_of_one(limited("in 2h"))->agents[0].resets_at_ms;
  clock_.advance_s(1 * 3600);
  round_of_one(claude(State::kDraft));  // the person types, and takes it back
  EXPECT_EQ(round_of_one(limited("in 2h"))->agents[0].resets_at_ms, at);
  clock_.advance_s(4 * 3600);
  round_of_one(claude(State::kDraft));
  EXPECT_EQ(round_of_one(limited("in 2h"))->agents[0].resets_at_ms, at) << "it is over";
  round_of_one(claude(State::kWorking));
  EXPECT_EQ(round_of_one(limited("in 2h"))->agents[0].resets_at_ms, clock_.wall_ms() + 7'200'000)
      << "a new one";
}

TEST_F(AggregatorTest, AClockTimeReadAgainAfterSomeWorkIsNotTomorrows) {
  ::setenv("TZ", "UTC", 1);
  const std::string phrase = "at " + std::to_string((clock_.wall_ms() / 3'600'000 + 2) % 24) + ":00";
  round_of_one(claude(State::kWorking));
  const auto at = round_of_one(limited(phrase))->agents[0].resets_at_ms;
  clock_.advance_s(3 * 3600);
  round_of_one(claude(State::kWorking));  // "continue", and Esc: the old words are the last again
  EXPECT_EQ(round_of_one(limited(phrase))->agents[0].resets_at_ms, at);
  clock_.advance_s(20 * 3600);
  round_of_one(claude(State::kWorking));
  EXPECT_EQ(round_of_one(limited(phrase))->agents[0].resets_at_ms, at + 24 * 3'600'000) << "the next day's";
}

TEST_F(AggregatorTest, WordsReadAgainAfterARestartAreNoNewLimit) {
  round_of_one(claude(State::kWorking));
  const auto at = round_of_one(limited("in 2h"))->agents[0].resets_at_ms;
  Aggregator next({1.0}, clock_);
  for (const RememberedPane& p : aggregator_.remembered()) next.restore(p);
  clock_.advance_s(3 * 3600);
  const PaneRef pane = pane_ref(1);
  const std::vector<const PaneRef*> panes = {&pane};
  std::shared_ptr<const Snapshot> last;
  for (Verdict v : {claude(State::kDraft), limited("in 2h")}) {
    std::vector<Outcome> outcomes = {{0, 0, Outcome::Kind::kVerdict, std::move(v), false, {}}};
    next.begin_round();
    next.take(panes, outcomes);
    last = next.finish_round({1}, {}, {});
  }
  EXPECT_EQ(last->agents[0].resets_at_ms, at);
}

TEST_F(AggregatorTest, ACountdownIsOneLimit) {
  round_of_one(claude(State::kWorking));
  const auto at = round_of_one(limited("in 2h 5m"))->agents[0].resets_at_ms;
  clock_.advance_s(70);
  EXPECT_EQ(round_of_one(limited("in 2h 4m"))->agents[0].resets_at_ms, at);
  EXPECT_EQ(round_of_one(limited("in 9h"))->agents[0].resets_at_ms, clock_.wall_ms() + 9 * 3'600'000)
      << "another limit";
}

TEST_F(AggregatorTest, AClockTimeThatNobodySawPrintedMayHavePassed) {
  ::setenv("TZ", "UTC", 1);
  constexpr std::int64_t kHour = 3'600'000, kDay = 24 * kHour;
  const std::int64_t now = clock_.wall_ms();
  const auto at_hour = [&](std::int64_t ahead) {
    return "at " + std::to_string((now / kHour + ahead) % 24) + ":00";
  };
  // An hour ago, at the monitor's start: today's, not tomorrow's.
  const auto past = round_of_one(limited(at_hour(-1 + 24)))->agents[0].resets_at_ms;
  EXPECT_LT(past, now);
  EXPECT_GT(past, now - 3 * kHour);
  // Seen to be printed: tomorrow's.
  round_of_one(claude(State::kWorking));
  const auto next = round_of_one(limited(at_hour(-2 + 24)))->agents[0].resets_at_ms;
  EXPECT_GT(next, now + kDay - 4 * kHour);
}

TEST_F(AggregatorTest, WhatIsRememberedIsNoNewsAndKeepsItsTime) {
  round_of_one(claude(State::kWorking));
  const auto before = round_of_one(claude(State::kWaiting, "edit"));
  Aggregator next({1.0}, clock_);
  for (const RememberedPane& p : aggregator_.remembered()) next.restore(p);
  const PaneRef pane = pane_ref(1);
  const PaneRef* pointer = &pane;
  std::vector<Outcome> outcome(1);
  outcome[0] = {0, 0, Outcome::Kind::kVerdict, claude(State::kWaiting, "edit"), false, {}};
  next.begin_round();
  next.take({&pointer, 1}, outcome);
  const auto after = next.finish_round({1}, {}, {});
  EXPECT_THAT(after->transitions, IsEmpty());
  EXPECT_EQ(after->agents[0].since_ms, before->agents[0].since_ms);
  EXPECT_TRUE(after->agents[0].since_exact);
}

TEST_F(AggregatorTest, ANewAgentIsATransitionFromNothing) {
  const auto s = round_of_one(claude(State::kWorking));
  ASSERT_THAT(s->transitions, SizeIs(1));
  EXPECT_EQ(s->transitions[0].from.agent, "");
  EXPECT_EQ(s->transitions[0].from.state, State::kUnknown);
  EXPECT_EQ(s->transitions[0].to.state, State::kWorking);
  ASSERT_THAT(s->agents, SizeIs(1));
  EXPECT_FALSE(s->agents[0].since_exact);
  EXPECT_EQ(s->counts.at(State::kWorking), 1u);
  EXPECT_EQ(s->round.agents, 1u);
}

TEST_F(AggregatorTest, NothingNewIsNoTransition) {
  round_of_one(claude(State::kWorking, "thinking"));
  EXPECT_THAT(round_of_one(claude(State::kWorking, "thinking"))->transitions, IsEmpty());
  const auto s = round_of_one(claude(State::kWorking, "tool"));  // a worker's detail is no news
  EXPECT_THAT(s->transitions, IsEmpty());
  EXPECT_EQ(s->agents[0].verdict.detail, "tool");
}

TEST_F(AggregatorTest, AnotherQuestionIsATransition) {
  round_of_one(claude(State::kWaiting, "command"));
  EXPECT_THAT(shown(*round_of_one(claude(State::kWaiting, "edit"))), ElementsAre("waiting>waiting"));
}

TEST_F(AggregatorTest, SinceIsTheMomentOfTheChange) {
  round_of_one(claude(State::kWorking));
  clock_.advance_s(2);
  const std::int64_t changed_at = clock_.wall_ms();
  round_of_one(claude(State::kWaiting));
  clock_.advance_s(60);
  const auto s = round_of_one(claude(State::kWaiting));
  EXPECT_EQ(s->agents[0].since_ms, changed_at);
  EXPECT_TRUE(s->agents[0].since_exact);
  EXPECT_EQ(s->at_ms, clock_.wall_ms());
}

TEST_F(AggregatorTest, AChangeBetweenLooksFarApartIsKnownWithinBounds) {
  round_of_one(claude(State::kWorking));
  clock_.advance_s(30);
  quiet_s_ = 12;
  auto s = round_of_one(claude(State::kWaiting));
  EXPECT_EQ(s->agents[0].since_ms, clock_.wall_ms() - 12'000) << "nothing was printed since";
  EXPECT_FALSE(s->agents[0].since_exact);
  const std::int64_t looked_ms = clock_.wall_ms();
  clock_.advance_s(30);
  quiet_s_ = 1000;
  EXPECT_EQ(round_of_one(claude(State::kError))->agents[0].since_ms, looked_ms) << "then it still asked";
  clock_.advance_s(30);
  EXPECT_EQ(round_of_one(claude(State::kWorking))->agents[0].since_ms, clock_.wall_ms());
  clock_.step_wall_ms(-3'600'000);
  clock_.advance_s(30);
  EXPECT_EQ(round_of_one(claude(State::kWaiting))->agents[0].since_ms, clock_.wall_ms() - 30'000)
      << "the last look was 30 s ago, whatever the clock said then";
}

TEST_F(AggregatorTest, HowLongAStateLastsIsNoMatterOfTheWallClock) {
  constexpr std::int64_t kYear = 365ll * 86'400'000;
  round_of_one(claude(State::kWaiting));
  for (const std::int64_t step : {kYear, -2 * kYear, std::int64_t{-60'000}}) {
    clock_.advance_s(10);
    const std::int64_t lasted = clock_.wall_ms() - round_of_one(claude(State::kWaiting))->agents[0].since_ms;
    clock_.step_wall_ms(step);
    clock_.advance_s(10);
    EXPECT_EQ(clock_.wall_ms() - round_of_one(claude(State::kWaiting))->agents[0].since_ms, lasted + 10'000);
    EXPECT_EQ(aggregator_.take_clock_step(), step);
    EXPECT_EQ(aggregator_.take_clock_step(), 0);
  }
  // Over a restart that knows the time since the boot.
  clock_.step_wall_ms(kYear);
  {
    Aggregator next({}, clock_);
    next.restore_clock(aggregator_.clock_reading());
    for (const RememberedPane& p : aggregator_.remembered()) next.restore(p);
    next.begin_round();
    const auto s = next.finish_round({}, {}, {});
    ASSERT_EQ(s->agents.size(), 1u);
    EXPECT_EQ(clock_.wall_ms() - s->agents[0].since_ms, 60'000);
    EXPECT_EQ(next.take_clock_step(), kYear);
  }
  // One that does not: nothing has begun yet to be.
  const auto remembered = aggregator_.remembered();
  clock_.step_wall_ms(-kYear);
  Aggregator next({}, clock_);
  for (const RememberedPane& p : remembered) next.restore(p);
  next.begin_round();
  const auto round = next.finish_round({}, {}, {});
  for (const AgentStatus& a : round->agents) EXPECT_LE(a.since_ms, clock_.wall_ms());
}

TEST_F(AggregatorTest, WhatASecondLookConfirmsBeganWithTheFirst) {
  round_of_one(claude(State::kWorking));
  clock_.advance_s(1);
  const std::int64_t first_ms = clock_.wall_ms();
  EXPECT_THAT(round_of_one(claude(State::kIdle))->transitions, IsEmpty());
  clock_.advance_s(30);  // the second look was late
  const auto s = round_of_one(claude(State::kIdle));
  EXPECT_EQ(s->agents[0].since_ms, first_ms);
  EXPECT_TRUE(s->agents[0].since_exact);
}

TEST_F(AggregatorTest, AtFirstSinceIsTheWindowsLastOutput) {
  quiet_s_ = 300;
  auto s = round_of_one(claude(State::kIdle));
  EXPECT_EQ(s->agents[0].since_ms, clock_.wall_ms() - 300'000);
  EXPECT_FALSE(s->agents[0].since_exact);
  s = round({saw(1, claude(State::kIdle)), saw(2, claude(State::kWorking))});
  for (const AgentStatus& a : s->agents) {
    if (a.pane.key.pane == 2) {
      EXPECT_EQ(a.since_ms, clock_.wall_ms());
    }
  }
}

TEST_F(AggregatorTest, SinceIsNeverInTheFuture) {
  quiet_s_ = -500;  // the server's clock stepped
  EXPECT_LE(round_of_one(claude(State::kIdle))->agents[0].since_ms, clock_.wall_ms());
}

TEST_F(AggregatorTest, WorkingToIdleNeedsASecondLook) {
  round_of_one(claude(State::kWorking));
  EXPECT_FALSE(aggregator_.confirm_due());
  clock_.advance_s(10);
  auto s = round_of_one(claude(State::kIdle));
  EXPECT_THAT(s->transitions, IsEmpty());
  EXPECT_EQ(s->agents[0].verdict.state, State::kWorking);
  ASSERT_TRUE(aggregator_.confirm_due());
  EXPECT_EQ(*aggregator_.confirm_due(), clock_.steady() + std::chrono::seconds(1));
  clock_.advance_ms(999);
  EXPECT_THAT(round_of_one(claude(State::kIdle))->transitions, IsEmpty());
  clock_.advance_ms(1);
  s = round_of_one(claude(State::kIdle));
  EXPECT_THAT(shown(*s), ElementsAre("working>idle"));
  EXPECT_EQ(s->agents[0].verdict.state, State::kIdle);
  EXPECT_FALSE(aggregator_.confirm_due());
}

TEST_F(AggregatorTest, WhereTheAgentSaysItTooTheSecondLookComesSoon) {
  Verdict agreed = claude(State::kIdle);
  agreed.rule = "builtin/prompt-empty+own:idle";
  round_of_one(claude(State::kWorking));
  clock_.advance_s(10);
  EXPECT_THAT(round_of_one(agreed)->transitions, IsEmpty()) << "it may be between two turns";
  EXPECT_EQ(aggregator_.confirm_due(), clock_.steady() + std::chrono::milliseconds(200));
  clock_.advance_ms(199);
  EXPECT_THAT(round_of_one(agreed)->transitions, IsEmpty());
  clock_.advance_ms(1);
  EXPECT_THAT(shown(*round_of_one(agreed)), ElementsAre("working>idle"));
  // The screen shows it first.
  round_of_one(claude(State::kWorking));
  round_of_one(claude(State::kIdle));
  clock_.advance_ms(100);
  round_of_one(agreed);
  EXPECT_EQ(aggregator_.confirm_due(), clock_.steady() + std::chrono::milliseconds(200));
  clock_.advance_ms(200);
  EXPECT_THAT(shown(*round_of_one(agreed)), ElementsAre("working>idle"));
}

TEST_F(AggregatorTest, AMomentOfIdleIsForgotten) {
  round_of_one(claude(State::kWorking));
  for (int i = 0; i < 20; ++i) {
    clock_.advance_ms(900);
    EXPECT_THAT(round_of_one(claude(State::kIdle))->transitions, IsEmpty());
    clock_.advance_ms(900);
    EXPECT_THAT(round_of_one(claude(State::kWorking))->transitions, IsEmpty());
    EXPECT_FALSE(aggregator_.confirm_due());
  }
}

TEST_F(AggregatorTest, AliveToEndedNeedsASecondLook) {
  for (const State end : {State::kCrashed, State::kExited}) {
    for (const State alive : {State::kIdle, State::kWaiting, State::kWorking, State::kDraft, State::kError}) {
      ManualClock clock;
      Aggregator fresh({1.0}, clock);
      const PaneRef pane = pane_ref(1);
      const PaneRef* panes[] = {&pane};
      const auto look = [&](State state) {
        Outcome outcome{0, 0, Outcome::Kind::kVerdict, claude(state), false, {}};
        fresh.begin_round();
        fresh.take(panes, {&outcome, 1});
        return fresh.finish_round({1}, {}, {})->transitions.size();
      };
      look(alive);
      EXPECT_EQ(look(end), 0u) << to_string(alive) << " to " << to_string(end);
      clock.advance_s(1);
      EXPECT_EQ(look(end), 1u) << to_string(alive) << " to " << to_string(end);
    }
  }
}

// "When a second look sees it too": what is confirmed must be what was doubted. Idle for a moment, then an
// end that was seen only once, is one look at each.
TEST_F(AggregatorTest, ASecondLookMustSeeTheSame) {
  round_of_one(claude(State::kWorking));
  round_of_one(claude(State::kIdle));
  clock_.advance_s(2);
  EXPECT_THAT(shown(*round_of_one(claude(State::kCrashed))), IsEmpty());
  clock_.advance_s(2);
  EXPECT_THAT(shown(*round_of_one(claude(State::kCrashed))), ElementsAre("working>crashed"));
}

TEST_F(AggregatorTest, OtherChangesCountAtOnce) {
  const std::pair<State, State> changes[] = {
      {State::kWorking, State::kWaiting}, {State::kIdle, State::kWorking},
      {State::kWorking, State::kError},   {State::kWorking, State::kRateLimited},
      {State::kWaiting, State::kIdle},    {State::kExited, State::kWorking}};
  PaneId id = 10;
  for (const auto& [from, to] : changes) {
    round({saw(id, claude(from))});
    EXPECT_THAT(shown(*round({saw(id, claude(to))})), SizeIs(1))
        << to_string(from) << " to " << to_string(to);
    ++id;
    round({});
  }
}

TEST_F(AggregatorTest, WithoutADelayEverythingCountsAtOnce) {
  Aggregator fresh({0}, clock_);
  const PaneRef pane = pane_ref(1);
  const PaneRef* panes[] = {&pane};
  for (const State state : {State::kWorking, State::kIdle, State::kCrashed}) {
    Outcome outcome{0, 0, Outcome::Kind::kVerdict, claude(state), false, {}};
    fresh.begin_round();
    fresh.take(panes, {&outcome, 1});
    EXPECT_THAT(fresh.finish_round({1}, {}, {})->transitions, SizeIs(1));
  }
}

TEST_F(AggregatorTest, PanesAreGoneOnlyWhenTheirServerWasListed) {
  round({saw(1, claude(State::kIdle)), saw(2, claude(State::kWaiting))});
  auto s = round({}, {});  // the listing failed: nothing is known
  EXPECT_THAT(s->transitions, IsEmpty());
  EXPECT_THAT(s->agents, SizeIs(2));
  s = round({saw(2, claude(State::kWaiting))}, {99});  // another server was listed
  EXPECT_THAT(s->agents, SizeIs(2));
  s = round({saw(2, claude(State::kWaiting))}, {1});
  EXPECT_THAT(shown(*s), ElementsAre("idle>gone"));
  EXPECT_TRUE(s->transitions[0].gone);
  EXPECT_EQ(s->transitions[0].pane.key.pane, 1u);
  EXPECT_THAT(s->agents, SizeIs(1));
  EXPECT_THAT(round({saw(2, claude(State::kWaiting))}, {1})->transitions, IsEmpty());
}

TEST_F(AggregatorTest, AGoneOutcomeIsGone) {
  round({saw(1, claude(State::kIdle))});
  EXPECT_THAT(shown(*round({{1, Outcome::Kind::kGone}})), ElementsAre("idle>gone"));
}

TEST_F(AggregatorTest, FailedPanesStayWhatTheyWere) {
  round({saw(1, claude(State::kWaiting))});
  for (int i = 0; i < 5; ++i) {
    clock_.advance_s(30);
    const auto s = round({{1, Outcome::Kind::kFailed}});
    EXPECT_THAT(s->transitions, IsEmpty());
    ASSERT_THAT(s->agents, SizeIs(1));
    EXPECT_EQ(s->agents[0].verdict.state, State::kWaiting);
  }
  EXPECT_THAT(round({{7, Outcome::Kind::kFailed}, saw(1, claude(State::kWaiting))})->agents, SizeIs(1));
}

// A round that cannot read the pane (its server went away) is no second look, and none is wanted at once.
TEST_F(AggregatorTest, ASecondLookWaitsForARoundThatReads) {
  round_of_one(claude(State::kWorking));
  round_of_one(claude(State::kIdle));
  EXPECT_THAT(aggregator_.doubtful(), ElementsAre(PaneKey{1, 1}));
  EXPECT_EQ(aggregator_.confirm_due(), clock_.steady() + std::chrono::seconds(1));
  clock_.advance_s(5);
  round({}, {});
  EXPECT_EQ(aggregator_.confirm_due(), std::nullopt);
  round({{1, Outcome::Kind::kFailed}});
  EXPECT_EQ(aggregator_.confirm_due(), std::nullopt);
  EXPECT_THAT(aggregator_.doubtful(), ElementsAre(PaneKey{1, 1}));
  EXPECT_THAT(shown(*round_of_one(claude(State::kIdle))), ElementsAre("working>idle"));
  EXPECT_THAT(aggregator_.doubtful(), IsEmpty());
}

TEST_F(AggregatorTest, PanesWithoutAnAgentAreFollowedSilently) {
  EXPECT_THAT(round_of_one(kNobody)->agents, IsEmpty());
  EXPECT_THAT(round_of_one(kNobody)->transitions, IsEmpty());
  const auto s = round_of_one(claude(State::kStarting));
  ASSERT_THAT(s->transitions, SizeIs(1));
  EXPECT_EQ(s->transitions[0].from.agent, "");
  EXPECT_EQ(s->transitions[0].from.state, State::kUnknown);
  EXPECT_THAT(s->agents, SizeIs(1));
}

TEST_F(AggregatorTest, APaneMarkedAsAnAgentsIsReportedWithoutOne) {
  PaneRef pane = pane_ref(1);
  pane.agent_option = "?";
  const PaneRef* panes[] = {&pane};
  Outcome outcome{0, 0, Outcome::Kind::kVerdict, kNobody, false, {}};
  aggregator_.begin_round();
  aggregator_.take(panes, {&outcome, 1});
  EXPECT_THAT(aggregator_.finish_round({1}, {}, {})->agents, SizeIs(1));
}

class DoneTest : public AggregatorTest {
 protected:
  bool done(Verdict verdict) {
    clock_.advance_s(2);
    return round_of_one(std::move(verdict))->agents[0].done;
  }
  void finish_a_turn() {
    done(claude(State::kWorking));
    done(claude(State::kIdle));  // doubtful
    ASSERT_TRUE(done(claude(State::kIdle)));
  }
};

TEST_F(DoneTest, ATurnThatEndedUnseenStandsRightBehindWaiting) {
  EXPECT_FALSE(done(claude(State::kIdle))) << "no turn was seen to end";
  finish_a_turn();
  EXPECT_TRUE(done(claude(State::kIdle)));
  const auto s = round({saw(1, claude(State::kIdle)), saw(2, claude(State::kCrashed)),
                        saw(3, claude(State::kIdle)), saw(4, claude(State::kWaiting))});
  std::vector<PaneId> order;
  for (const AgentStatus& a : s->agents) order.push_back(a.pane.key.pane);
  EXPECT_THAT(order, ElementsAre(4, 1, 2, 3));
  EXPECT_EQ(s->done, 1u);
}

TEST_F(DoneTest, ALookAfterTheEndClearsIt) {
  finish_a_turn();
  viewed_ago_s_ = 3;  // shown, but the last key was pressed before the end
  clock_.advance_s(-1);
  EXPECT_TRUE(done(claude(State::kIdle)));
  viewed_ago_s_ = 0;
  EXPECT_FALSE(done(claude(State::kIdle)));
  viewed_ago_s_.reset();
  EXPECT_FALSE(done(claude(State::kIdle))) << "seen is seen";
}

TEST_F(DoneTest, SoDoAKeyAndThePersonsWord) {
  finish_a_turn();
  EXPECT_FALSE(done(claude(State::kDraft)));
  EXPECT_FALSE(done(claude(State::kIdle)));
  finish_a_turn();
  EXPECT_TRUE(aggregator_.mark_seen({1, 1}));
  EXPECT_FALSE(aggregator_.mark_seen({1, 1}));
  EXPECT_FALSE(aggregator_.mark_seen({1, 99}));
  EXPECT_FALSE(done(claude(State::kIdle)));
}

TEST_F(DoneTest, WhoLooksNowIsWatching) {
  viewed_ago_s_ = 60;
  EXPECT_TRUE(round_of_one(claude(State::kWorking))->agents[0].watched);
  viewed_ago_s_ = 61;
  EXPECT_FALSE(round_of_one(claude(State::kWorking))->agents[0].watched);
}

class StuckTest : public AggregatorTest {
 protected:
  AgentStatus look(std::uint64_t motion, bool from_cache = false, Verdict verdict = claude(State::kWorking)) {
    clock_.advance_s(10);
    snapshot_ = round({{1, Outcome::Kind::kVerdict, std::move(verdict), motion, from_cache}});
    return snapshot_->agents[0];
  }
  // For so many minutes; true if it was stuck all the time, false if never.
  bool stuck_for(int minutes, std::uint64_t motion, bool from_cache = false) {
    int stuck = 0;
    for (int i = 0; i < 6 * minutes; ++i) stuck += look(motion, from_cache).stuck ? 1 : 0;
    EXPECT_TRUE(stuck == 0 || stuck == 6 * minutes) << stuck;
    return stuck > 0;
  }
  std::shared_ptr<const Snapshot> snapshot_;
};

TEST_F(StuckTest, NothingMovedForAQuarterOfAnHour) {
  look(7);
  EXPECT_FALSE(stuck_for(14, 7));
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(look(7).stuck);
  EXPECT_TRUE(stuck_for(5, 7));
  EXPECT_EQ(snapshot_->stuck, 1u);
  EXPECT_THAT(snapshot_->transitions, IsEmpty()) << "no state of its own";
  look(8);
  look(8);
  EXPECT_FALSE(look(8).stuck) << "new text";
  EXPECT_EQ(snapshot_->stuck, 0u);
  EXPECT_FALSE(stuck_for(14, 8));
}

TEST_F(StuckTest, AnUnchangedScreenIsNoMovement) {
  look(7);
  EXPECT_FALSE(stuck_for(14, 0, true));
  for (int i = 0; i < 6; ++i) look(0, true);
  EXPECT_TRUE(stuck_for(5, 0, true));
}

TEST_F(StuckTest, AHalfPaintedScreenIsNoMovementEither) {
  look(7);
  for (std::uint64_t i = 0; i < 100; ++i) {
    look(1000 + i);
    look(2000 + i);
    EXPECT_EQ(look(7).stuck, i >= 29) << i;
  }
}

TEST_F(StuckTest, SmallStepsAreMovement) {
  for (std::uint64_t i = 1; i < 100; ++i) {
    for (int j = 0; j < 12; ++j) EXPECT_FALSE(look(i).stuck);  // one new line each two minutes
  }
}

TEST_F(StuckTest, AnotherStateEndsIt) {
  look(7);
  stuck_for(14, 7);
  for (int i = 0; i < 6; ++i) look(7);
  ASSERT_TRUE(look(7).stuck);
  EXPECT_FALSE(look(0, false, claude(State::kWaiting)).stuck);
  EXPECT_FALSE(stuck_for(14, 7)) << "it begins anew";
}

TEST_F(StuckTest, WhoNeedNotShowAnythingIsNot) {
  EXPECT_FALSE(stuck_for(60, 0));
  look(7);
  EXPECT_FALSE(stuck_for(60, 0)) << "it went into the background";
}

TEST_F(StuckTest, StandsBehindLimitsAndBeforeTheRest) {
  look(7);
  stuck_for(14, 7);
  for (int i = 0; i < 6; ++i) look(7);
  const auto s = round({{1, Outcome::Kind::kVerdict, claude(State::kWorking), 7},
                        saw(2, claude(State::kRateLimited)),
                        saw(3, claude(State::kExited)),
                        saw(4, claude(State::kIdle))});
  std::vector<PaneId> order;
  for (const AgentStatus& a : s->agents) order.push_back(a.pane.key.pane);
  EXPECT_THAT(order, ElementsAre(2, 1, 3, 4));
}

TEST_F(StuckTest, ARestartTakesNothingAwayAndAddsNothing) {
  look(7);
  stuck_for(14, 7);
  Aggregator next({1.0}, clock_);
  for (const RememberedPane& p : aggregator_.remembered()) next.restore(p);
  const auto look_next = [&] {
    PaneRef pane = pane_ref(1);
    const PaneRef* pointer = &pane;
    Outcome outcome{0, 0, Outcome::Kind::kVerdict, claude(State::kWorking), false, {}, 7};
    next.begin_round();
    next.take({&pointer, 1}, {&outcome, 1});
    return next.finish_round({1}, {}, {})->agents[0].stuck;
  };
  clock_.advance_s(50);
  EXPECT_FALSE(look_next());
  clock_.advance_s(10);
  EXPECT_TRUE(look_next());
}

TEST(StuckOff, ZeroMeansNever) {
  ManualClock clock;
  AggregateSettings settings;
  settings.stuck_s = 0;
  Aggregator aggregator(settings, clock);
  PaneRef pane = pane_ref(1);
  const PaneRef* pointer = &pane;
  for (int i = 0; i < 100; ++i) {
    clock.advance_s(60);
    Outcome outcome{0, 0, Outcome::Kind::kVerdict, claude(State::kWorking), false, {}, 7};
    aggregator.begin_round();
    aggregator.take({&pointer, 1}, {&outcome, 1});
    ASSERT_FALSE(aggregator.finish_round({1}, {}, {})->agents[0].stuck);
  }
}

class LostServerTest : public AggregatorTest {
 protected:
  std::shared_ptr<const Snapshot> missed_round(ServerId life = 1) {
    clock_.advance_s(30);
    aggregator_.begin_round();
    aggregator_.miss(life);
    return aggregator_.finish_round({}, {}, {});
  }
  std::shared_ptr<const Snapshot> lose(Verdict verdict) {
    round_of_one(claude(State::kStarting));
    clock_.advance_s(2);
    round_of_one(std::move(verdict));
    seen_ms_ = clock_.wall_ms();
    missed_round();
    missed_round();
    return missed_round();
  }
  std::int64_t seen_ms_ = 0;
};

TEST_F(LostServerTest, ItsAgentsAreUnknownAfterSomeLooks) {
  round_of_one(claude(State::kWaiting));
  const auto seen_ms = clock_.wall_ms();
  for (int i = 0; i < 2; ++i) {
    const auto s = missed_round();
    EXPECT_EQ(s->agents[0].verdict.state, State::kWaiting) << "one look that failed is no news";
    EXPECT_THAT(s->transitions, IsEmpty());
  }
  const auto s = missed_round();
  ASSERT_THAT(s->agents, SizeIs(1));
  const AgentStatus& a = s->agents[0];
  EXPECT_EQ(a.verdict.state, State::kUnknown);
  EXPECT_EQ(a.verdict.agent, "claude");
  ASSERT_TRUE(a.last_seen);
  EXPECT_EQ(a.last_seen->state, State::kWaiting);
  EXPECT_EQ(a.last_seen->at_ms, seen_ms);
  EXPECT_EQ(s->counts, (std::map<State, std::size_t>{{State::kUnknown, 1}}));
  EXPECT_THAT(shown(*s), ElementsAre("waiting>unknown"));
  EXPECT_THAT(missed_round()->transitions, IsEmpty()) << "told once";
}

TEST_F(LostServerTest, FivePulsesASecondGiveNoneUpAtOnce) {
  round_of_one(claude(State::kWaiting));
  const auto pulse = [&] {
    clock_.advance_ms(200);
    aggregator_.begin_round();
    aggregator_.miss(1);
    return aggregator_.finish_round({}, {}, {})->agents[0].verdict.state;
  };
  for (int i = 0; i < 20; ++i) ASSERT_EQ(pulse(), State::kWaiting) << i;
  EXPECT_EQ(pulse(), State::kUnknown) << "4 s: three looks, 2 s apart";
}

TEST_F(LostServerTest, OnlyItsOwnAgentsAndOnlyInARow) {
  round_of_one(claude(State::kWaiting));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(missed_round(2)->agents[0].verdict.state, State::kWaiting);
  missed_round();
  missed_round();
  round_of_one(claude(State::kWaiting));
  missed_round();
  EXPECT_EQ(missed_round()->agents[0].verdict.state, State::kWaiting);
}

TEST_F(LostServerTest, WhatDidNotMoveMeanwhileWentOn) {
  const auto lost = lose(claude(State::kWaiting, "plan"));
  ASSERT_TRUE(lost->agents[0].last_seen);
  quiet_s_ = 3600;  // no output since long before
  const auto s = round_of_one(claude(State::kWaiting, "plan"));
  EXPECT_FALSE(s->agents[0].last_seen);
  EXPECT_EQ(s->agents[0].since_ms, seen_ms_);
  EXPECT_TRUE(s->agents[0].since_exact);
  EXPECT_THAT(shown(*s), ElementsAre("unknown>waiting"));
}

TEST_F(LostServerTest, WhatMovedMeanwhileBeganWithItsLastOutputAtTheLatest) {
  lose(claude(State::kWaiting, "plan"));
  quiet_s_ = 7;
  const auto s = round_of_one(claude(State::kWaiting, "plan"));
  EXPECT_EQ(s->agents[0].since_ms, clock_.wall_ms() - 7000) << "another question, for all that is known";
  EXPECT_FALSE(s->agents[0].since_exact);
}

TEST_F(LostServerTest, ItStaysLostOverARestart) {
  lose(claude(State::kWaiting));
  Aggregator next({1.0}, clock_);
  for (const RememberedPane& p : aggregator_.remembered()) next.restore(p);
  next.begin_round();
  next.miss(1);
  const auto s = next.finish_round({}, {}, {});
  EXPECT_EQ(s->agents[0].verdict.state, State::kUnknown);
  ASSERT_TRUE(s->agents[0].last_seen);
  EXPECT_EQ(s->agents[0].last_seen->state, State::kWaiting);
}

TEST_F(LostServerTest, GoneWithItsServersLifeItWasWhatWasSeenLast) {
  lose(claude(State::kWaiting));
  aggregator_.begin_round();
  const auto s = aggregator_.finish_round({1, 2}, {}, {});  // the old life is over, a new one is listed
  ASSERT_THAT(s->transitions, SizeIs(1));
  EXPECT_TRUE(s->transitions[0].gone);
  EXPECT_EQ(s->transitions[0].to.state, State::kWaiting);
  EXPECT_THAT(s->agents, IsEmpty());
}

TEST_F(AggregatorTest, WhoNeedsAPersonComesFirst) {
  const auto s = round({saw(1, claude(State::kWorking)), saw(2, claude(State::kIdle)),
                        saw(3, claude(State::kWaiting)), saw(4, claude(State::kError)),
                        saw(5, claude(State::kCrashed)), saw(6, claude(State::kRateLimited)),
                        saw(7, claude(State::kWaiting)), saw(10, claude(State::kWorking))});
  std::vector<PaneId> order;
  for (const AgentStatus& a : s->agents) order.push_back(a.pane.key.pane);
  EXPECT_THAT(order, ElementsAre(3, 7, 5, 4, 6, 2, 1, 10));
}

TEST(AttentionRank, IsAnOrderOfAllStates) {
  std::vector<int> ranks;
  for (int i = 0; i < kStateCount; ++i) ranks.push_back(attention_rank(static_cast<State>(i)));
  std::sort(ranks.begin(), ranks.end());
  for (int i = 0; i < kStateCount; ++i) EXPECT_EQ(ranks[static_cast<std::size_t>(i)], i);
  // The table of how states look stands in the same order.
  for (std::size_t i = 0; i < kStateStyles.size(); ++i)
    EXPECT_EQ(attention_rank(kStateStyles[i].state), static_cast<int>(i));
  EXPECT_EQ(attention_rank(State::kWaiting), 0);
  EXPECT_LT(attention_rank(State::kUnknown), attention_rank(State::kIdle));
}

// Agents that work through turns while their screens are caught in the middle of a repaint now and then.
// Every transition must be one that really happened, and every lasting change must be told once.
TEST_F(AggregatorTest, TenThousandRoundsOverPaintedAgentsHaveNoFalseTransition) {
  constexpr std::size_t kPanes = 20;
  constexpr int kRounds = 10'000;
  std::mt19937 random(20260101);
  const auto chance = [&](int one_in) { return random() % static_cast<unsigned>(one_in) == 0; };
  std::vector<State> truth(kPanes, State::kWorking), told(kPanes, State::kUnknown);
  std::vector<int> steady_for(kPanes, 0);
  std::size_t changes = 0, transitions = 0;
  for (int r = 0; r < kRounds; ++r) {
    std::vector<Seen> seen;
    for (std::size_t p = 0; p < kPanes; ++p) {
      ++steady_for[p];
      if (steady_for[p] > 5 && chance(40)) {  // working -> waiting -> working -> idle -> working ...
        truth[p] = truth[p] != State::kWorking ? State::kWorking : chance(2) ? State::kIdle : State::kWaiting;
        steady_for[p] = 0;
        ++changes;
      }
      const bool glitch = truth[p] == State::kWorking && steady_for[p] % 4 == 2 && chance(3);
      if (chance(50))
        seen.push_back({static_cast<PaneId>(p + 1), Outcome::Kind::kFailed});
      else
        seen.push_back(
            saw(static_cast<PaneId>(p + 1), claude(glitch ? State::kIdle : truth[p], glitch ? "x" : "")));
    }
    clock_.advance_ms(600);
    const auto s = round(seen);
    for (const Transition& t : s->transitions) {
      const std::size_t p = t.pane.key.pane - 1;
      ASSERT_FALSE(t.gone);
      ASSERT_EQ(t.to.state, truth[p]) << "round " << r << ", pane " << p;
      ASSERT_NE(told[p], t.to.state);
      told[p] = t.to.state;
      ++transitions;
    }
    for (std::size_t p = 0; p < kPanes; ++p) {
      // A failed look may delay it by a round or two.
      if (steady_for[p] >= 5) {
        ASSERT_EQ(told[p], truth[p]) << "round " << r << ", pane " << p << " was never told";
      }
    }
  }
  EXPECT_GT(changes, 1000u);
  EXPECT_GE(transitions + kPanes, changes);
}

TEST(SnapshotBoard, HandsTheLatestToOtherThreads) {
  SnapshotBoard board;
  EXPECT_EQ(board.latest(), nullptr);
  std::jthread writer([&] {
    for (std::int64_t i = 1; i <= 2000; ++i) {
      auto s = std::make_shared<Snapshot>();
      s->at_ms = i;
      board.publish(std::move(s));
    }
  });
  std::int64_t last = 0;
  while (last < 2000) {
    if (const auto s = board.latest()) {
      ASSERT_GE(s->at_ms, last);
      last = s->at_ms;
    }
  }
}

}  // namespace
}  // namespace orc
