// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/classify/oracle.h"

#include <gtest/gtest.h>

namespace orc {
namespace {

Verdict called(State state, const std::string& detail = "", const std::string& agent = "claude") {
  return {agent, state, detail, "builtin/test", 1};
}

TEST(Oracle, KindsOfStatesAndOtherRightAnswers) {
  EXPECT_TRUE(is_right({"idle"}, called(State::kIdle)));
  EXPECT_TRUE(is_right({"compacting"}, called(State::kWorking)));
  EXPECT_TRUE(is_right({"menu"}, called(State::kWaiting)));
  EXPECT_FALSE(is_right({"menu"}, called(State::kWorking)));
  EXPECT_TRUE(is_right({"working", {"idle/background"}}, called(State::kIdle, "background")));
  EXPECT_FALSE(is_right({"working", {"idle/background"}}, called(State::kIdle)));
}

TEST(Oracle, DangerousErrors) {
  EXPECT_TRUE(is_dangerous({"idle"}, called(State::kCrashed)));
  EXPECT_TRUE(is_dangerous({"working"}, called(State::kExited)));
  EXPECT_FALSE(is_dangerous({"crashed"}, called(State::kExited)));
  for (const State state : {State::kIdle, State::kWorking, State::kDraft, State::kStarting, State::kError})
    EXPECT_TRUE(is_dangerous({"waiting"}, called(state)));
  EXPECT_FALSE(is_dangerous({"waiting"}, called(State::kUnknown)));
  EXPECT_TRUE(is_dangerous({"not_agent"}, called(State::kStarting)));
  EXPECT_FALSE(is_dangerous({"not_agent"}, called(State::kUnknown, "", "")));
  EXPECT_TRUE(is_dangerous({"idle", {}, true}, called(State::kNotAgent, "", "")));
  EXPECT_FALSE(is_dangerous({"idle", {}, false}, called(State::kNotAgent, "", "")));
}

}  // namespace
}  // namespace orc
