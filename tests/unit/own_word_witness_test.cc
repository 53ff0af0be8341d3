// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/evidence/own_word_witness.h"

#include <gtest/gtest.h>

#include <thread>

#include "support/manual_clock.h"
#include "support/temp_dir.h"

namespace orc {
namespace {

constexpr std::int64_t kSince = 1795735349048;

class OwnWordWitnessTest : public testing::Test {
 protected:
  void SetUp() override {
    dir_.write("proc/20/environ", "HOME=" + dir_.path() + std::string("\0", 1));
    says("busy");
    clock_.step_wall_ms(kSince + 100 - clock_.wall_ms());
  }
  void says(const std::string& status) {
    dir_.write(".claude/sessions/20.json", R"({"pid":20,"procStart":"77","tmux":"m:@1.%5","status":")" +
                                               status + R"(","statusUpdatedAt":)" + std::to_string(kSince) +
                                               "}");
  }
  PaneEvidence evidence() {
    PaneEvidence e;
    e.processes = ProcessEvidence::kAgent;
    e.agent_hint = "claude";
    e.agent_pid = 20;
    e.process_tree = {{0, 10, "bash", "-bash"}, {1, 20, "claude", "claude"}};
    e.process_tree[1].started = 77;
    return e;
  }
  PaneEvidence look() {
    PaneEvidence e = evidence();
    witness_.begin(Steady::now() + std::chrono::seconds(5), true);
    witness_.add(pane_, e);
    return e;
  }
  // Until the file was read: the round waits for a slow disk no longer than the witness allows.
  PaneEvidence look_until(const std::string& word) {
    const auto until = Steady::now() + std::chrono::seconds(10);
    PaneEvidence e = look();
    while (e.own_word != word && Steady::now() < until) {
      std::this_thread::yield();
      e = look();
    }
    return e;
  }
  test::TempDir dir_;
  test::ManualClock clock_;
  OwnWords words_{{}, dir_.path() + "/proc"};
  OwnWordWitness witness_{words_, clock_};
  const Subject pane_{{1, 5}, 10};
};

TEST_F(OwnWordWitnessTest, TellsWhatTheAgentSays) {
  const PaneEvidence e = look_until("busy");
  EXPECT_EQ(e.own_state, OwnState::kBusy);
  EXPECT_EQ(e.own_word, "busy");
  EXPECT_FALSE(e.own_settled);
}

// What a command sees is its first look, and on a busy machine the panes are listed late.
TEST_F(OwnWordWitnessTest, TheFirstLookWaits) {
  PaneEvidence e = evidence();
  witness_.begin(Steady::now() + std::chrono::seconds(5), false);
  std::this_thread::sleep_for(std::chrono::milliseconds(40));  // the listing
  witness_.add(pane_, e);
  EXPECT_EQ(e.own_word, "busy");
}

TEST_F(OwnWordWitnessTest, ItsStampChangesWithTheWordAndOnceWithItsAge) {
  EXPECT_EQ(witness_.stamp(pane_), 0u) << "nobody has asked yet";
  look_until("busy");
  const auto busy = witness_.stamp(pane_);
  EXPECT_EQ(witness_.stamp(pane_), busy);
  clock_.step_wall_ms(kSince + kSettledMs + 1 - clock_.wall_ms());
  const auto settled = witness_.stamp(pane_);
  EXPECT_NE(settled, busy);
  EXPECT_TRUE(look().own_settled);
  says("idle");
  EXPECT_EQ(look_until("idle").own_state, OwnState::kIdle);
  EXPECT_NE(witness_.stamp(pane_), settled);
}

TEST_F(OwnWordWitnessTest, OnlyALivingAgentInFrontIsAsked) {
  look_until("busy");
  for (const auto other : {ProcessEvidence::kShellOnly, ProcessEvidence::kSuspended, ProcessEvidence::kApart,
                           ProcessEvidence::kUnknown}) {
    PaneEvidence e = evidence();
    e.processes = other;
    witness_.add(pane_, e);
    EXPECT_EQ(e.own_state, OwnState::kNone);
  }
  PaneEvidence reused = evidence();
  reused.process_tree[1].started = 78;
  witness_.begin(Steady::now() + std::chrono::seconds(5), true);
  witness_.add(pane_, reused);
  EXPECT_EQ(reused.own_state, OwnState::kNone) << "another process has the number";
}

}  // namespace
}  // namespace orc
