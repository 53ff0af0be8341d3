// SPDX-License-Identifier: Apache-2.0
// What counts as movement on a worker's screen.
#include "motion.h"

#include <gtest/gtest.h>

#include "tmux_orc/classify/classifier.h"

namespace orc {
namespace {

TEST(Motion, SpinnersClocksAndCountersOfTimeAreNone) {
  const std::pair<const char*, const char*> still[] = {
      {"✻ Pondering… (12s · ↓ 1.2k tokens · esc to interrupt)",
       "✶ Pondering… (1m 3s · ↓ 1.2k tokens · esc to interrupt)"},
      {"• Working (59s • esc to interrupt)", "◦ Working (1m 00s • esc to interrupt)"},
      {"⠏ Thinking... (esc to cancel, 9s)", "⠦ Thinking... (esc to cancel, 1h2m3s)"},
      {"| loading. 0:09", "/ loading... 00:10"},
      {"■■⬝⬝⬝⬝⬝⬝  esc interrupt", "⬝⬝⬝■■⬝⬝⬝  esc interrupt"},
      {"Retrying in 5 seconds… (attempt 3)", "Retrying in 12 sec… (attempt 3)"},
      {"  23:59:59  build 4.5 min", "  00:00:01  build 4.6 min"},
      {"│ a │\n╰───╯", "│ a\n╰──────╯"},
      {"wait 5m", "wait 4m59s"},
  };
  for (const auto& [a, b] : still) EXPECT_EQ(moving_text(a), moving_text(b));
}

TEST(Motion, WordsTokensAndBarsAre) {
  const std::pair<const char*, const char*> moved[] = {
      {"(12s · ↓ 1.2k tokens)", "(12s · ↓ 1.3k tokens)"},
      {"1.2M tokens", "1.3M tokens"},
      {"attempt 3 of 10", "attempt 4 of 10"},
      {"Bash(make)", "Read(main.cc)"},
      {"main.cc:12:30: error", "main.cc:12:31: error"},
      {"tests/a.py .....", "tests/a.py ......"},
      {"[=====>    ] ", "[======>   ] "},
      {"[4/90]", "[5/90]"},
      {"42%", "43%"},
      {"日本", "日本語"},
      {"größe", "größer"},
      {"a b", "ab"},
  };
  for (const auto& [a, b] : moved) EXPECT_NE(moving_text(a), moving_text(b)) << a;
}

TEST(Motion, WhatIsNoTextHarmsNothing) {
  EXPECT_EQ(moving_text(""), "");
  EXPECT_EQ(moving_text("\xff\xfe\x80 1"), "1");
  EXPECT_EQ(moving_text("12"), "12");
  EXPECT_EQ(moving_text("1:"), "1");
  EXPECT_EQ(moving_text("::::::"), "::::::");
  Screen empty;
  EXPECT_NE(motion_of(empty, nullptr), 0u);
}

TEST(Motion, WholeAndPartialCapturesAgree) {
  Screen whole;
  whole.height = 50;
  whole.cursor_y = 45;
  for (int row = 0; row < 50; ++row) whole.text += "row " + std::to_string(row) + "\n";
  Screen part = whole;
  part.first_row = 45 - kLiveRows;
  part.text = whole.text.substr(whole.text.find("row 23\n"));
  EXPECT_EQ(motion_of(whole, nullptr), motion_of(part, nullptr));
  whole.text.replace(0, 3, "ROW");
  EXPECT_EQ(motion_of(whole, nullptr), motion_of(part, nullptr)) << "far above";
  part.text += "more\n";
  EXPECT_NE(motion_of(whole, nullptr), motion_of(part, nullptr));
}

class AgentMotion : public testing::Test {
 protected:
  static Classified of(const std::string& agent, const std::string& text, bool headless = false) {
    static const auto classifier = *Classifier::build(*load_rules(""));
    Screen s;
    s.width = 80;
    s.height = 24;
    s.text = text;
    s.agent_hint = agent;
    s.processes = ProcessEvidence::kAgent;
    s.headless = headless;
    return classifier->classify(s);
  }
  static std::string gemini(const std::string& phrase, const std::string& above = "") {
    return "\n\n" + above + "\n ⠸ " + phrase + " (esc to cancel, 16s)\n" + std::string(40, '-') +
           "\n >   Type your message or @path/to/file\n\n workspace (/directory)    gemini-2.5-pro\n";
  }
};

TEST_F(AgentMotion, AnAgentsOwnPhrasesAreNone) {
  const Classified a = of("gemini", gemini("Counting electrons...")),
                   b = of("gemini", gemini("Rerouting..."));
  ASSERT_EQ(a.verdict.state, State::kWorking);
  EXPECT_NE(a.motion, 0u);
  EXPECT_EQ(a.motion, b.motion);
  EXPECT_NE(a.motion, of("gemini", gemini("Rerouting...", "✦ Found it.\n")).motion);
}

TEST_F(AgentMotion, StartingLastsAsLongAsTheSettingsSay) {
  Screen s;
  s.width = 80;
  s.height = 24;
  s.text = "Loading the index\n";
  s.agent_hint = "gemini";
  s.processes = ProcessEvidence::kAgent;
  s.agent_age_s = 90;
  for (const auto& [seconds, state] :
       {std::pair{60.0, State::kUnknown}, std::pair{120.0, State::kStarting}}) {
    const auto classifier = *Classifier::build(*load_rules(""), {seconds});
    EXPECT_EQ(classifier->classify(s).verdict.state, state) << seconds;
  }
}

TEST_F(AgentMotion, OnlyOfThoseAtWorkWithAPrompt) {
  EXPECT_EQ(of("gemini", "\n >   Type your message or @path/to/file\n").motion, 0u);
  const Classified task = of("gemini", "", true);
  ASSERT_EQ(task.verdict.state, State::kWorking);
  EXPECT_EQ(task.motion, 0u);
}

}  // namespace
}  // namespace orc
