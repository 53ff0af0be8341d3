// SPDX-License-Identifier: Apache-2.0
// The agent's own word against its screen.
#include "joined.h"

#include <gtest/gtest.h>

namespace orc {
namespace {

const OwnWord kBusy{OwnState::kBusy, "busy", "", 0};
const OwnWord kAsks{OwnState::kWaiting, "waiting", "question", 0};
const OwnWord kDialog{OwnState::kMaybe, "waiting", "", 0};
const OwnWord kRests{OwnState::kIdle, "idle", "", 0};
const OwnWord kShell{OwnState::kIdle, "shell", "background", 0};

Verdict shown(State state, const std::string& detail = "") {
  return {"claude", state, detail, "claude/rule", 0.9};
}
std::string said(const OwnWord& own, const Verdict& screen, bool settled = true) {
  const Verdict v = joined(own, settled, screen);
  return std::string(to_string(v.state)) + "/" + v.detail + " " + v.rule +
         (v.against.empty() ? "" : " against " + v.against);
}

TEST(Joined, BusyIsWorkingOfTheScreensKind) {
  EXPECT_EQ(said(kBusy, shown(State::kWorking, "tool")), "working/tool claude/rule+own:busy");
  EXPECT_EQ(said(kBusy, shown(State::kIdle)), "working/ claude/own:busy against claude/rule");
  EXPECT_EQ(said(kBusy, shown(State::kRateLimited)), "working/ claude/own:busy against claude/rule");
}

TEST(Joined, ADialogThatStaysBeatsBusy) {
  EXPECT_EQ(said(kBusy, shown(State::kWaiting, "command"), false),
            "working/ claude/own:busy against claude/rule");
  EXPECT_EQ(said(kBusy, shown(State::kWaiting, "command"), true),
            "waiting/command claude/rule against own:busy");
}

TEST(Joined, WaitingIsWaitingWhateverTheScreenKnows) {
  EXPECT_EQ(said(kAsks, shown(State::kIdle)), "waiting/question claude/own:waiting against claude/rule");
  EXPECT_EQ(said(kAsks, shown(State::kWaiting, "plan")), "waiting/plan claude/rule+own:waiting");
  EXPECT_EQ(said(kAsks, shown(State::kIdle, "menu")),
            "waiting/question claude/own:waiting against claude/rule");
  EXPECT_EQ(said(kAsks, shown(State::kRateLimited, "dialog")), "rate_limited/dialog claude/rule+own:waiting");
}

TEST(Joined, AnOpenDialogMayBeAMenu) {
  EXPECT_EQ(said(kDialog, shown(State::kIdle, "menu")), "idle/menu claude/rule+own:waiting");
  EXPECT_EQ(said(kDialog, shown(State::kIdle)), "waiting/ claude/own:waiting against claude/rule");
}

TEST(Joined, IdleProvesNothingAlone) {
  EXPECT_EQ(said(kRests, shown(State::kError)), "error/ claude/rule+own:idle");
  EXPECT_EQ(said(kRests, shown(State::kWorking)), "working/ claude/rule against own:idle");
  EXPECT_EQ(said(kRests, shown(State::kWaiting)), "waiting/ claude/rule against own:idle");
  EXPECT_EQ(said(kShell, shown(State::kIdle)), "idle/background claude/rule+own:shell");
}

TEST(Joined, AScreenThatSaysNothingContradictsNobody) {
  EXPECT_EQ(said(kBusy, shown(State::kStarting)), "working/ claude/own:busy");
  EXPECT_EQ(said(kRests, shown(State::kUnknown)), "unknown/ claude/rule");
}

// A session's log confirms and fills gaps; it never takes a word away from the screen.
TEST(Joined, ATurnInTheLogIsAWeakerWitness) {
  const OwnWord runs{OwnState::kBusy, "turn", "", 0};
  EXPECT_EQ(said(runs, shown(State::kWorking, "tool")), "working/tool claude/rule+own:turn");
  EXPECT_EQ(said(runs, shown(State::kWaiting, "command"), false), "waiting/command claude/rule")
      << "it asks within the turn, however new that is";
  EXPECT_EQ(said(runs, shown(State::kIdle)), "idle/ claude/rule against own:turn");
  EXPECT_EQ(said(runs, shown(State::kRateLimited)), "rate_limited/ claude/rule") << "it may try again";
  EXPECT_EQ(said(runs, shown(State::kStarting)), "working/ claude/own:turn");
  EXPECT_EQ(said(runs, shown(State::kUnknown)), "working/ claude/own:turn");
  EXPECT_EQ(said(runs, shown(State::kCrashed)), "crashed/ claude/rule");
}

TEST(Joined, HowATurnEndedIsConfirmedOnly) {
  const auto ended = [](const char* how) { return OwnWord{OwnState::kIdle, how, "", 0}; };
  EXPECT_EQ(said(ended("complete"), shown(State::kIdle)), "idle/ claude/rule+own:complete");
  EXPECT_EQ(said(ended("complete"), shown(State::kDraft)), "draft/ claude/rule");
  EXPECT_EQ(said(ended("complete"), shown(State::kWorking)), "working/ claude/rule") << "it makes a summary";
  EXPECT_EQ(said(ended("complete"), shown(State::kUnknown)), "unknown/ claude/rule");
  EXPECT_EQ(said(ended("interrupted"), shown(State::kInterrupted)),
            "interrupted/ claude/rule+own:interrupted");
  EXPECT_EQ(said(ended("interrupted"), shown(State::kIdle)), "idle/ claude/rule") << "a new session hides it";
  EXPECT_EQ(said(ended("error"), shown(State::kError)), "error/ claude/rule+own:error");
  EXPECT_EQ(said(ended("error"), shown(State::kRateLimited)), "rate_limited/ claude/rule+own:error");
  EXPECT_EQ(said(ended("error"), shown(State::kWorking)), "working/ claude/rule") << "it tries again";
}

TEST(Joined, TheDeadAndTheSuspendedSayNothing) {
  EXPECT_EQ(said(kBusy, shown(State::kCrashed)), "crashed/ claude/rule");
  EXPECT_EQ(said(kBusy, shown(State::kExited)), "exited/ claude/rule");
  EXPECT_EQ(said(kBusy, shown(State::kInterrupted, "suspended")), "interrupted/suspended claude/rule");
  EXPECT_EQ(said({}, shown(State::kIdle)), "idle/ claude/rule");
}

}  // namespace
}  // namespace orc
