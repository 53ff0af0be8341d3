// SPDX-License-Identifier: Apache-2.0
// Which option is meant, which keys give it, and what tmux is asked to compare.
#include <gtest/gtest.h>

#include "tmux_orc/act/answer_keys.h"

namespace orc {
namespace {

const Ask kNumbers{"command",
                   "Do you want to proceed?",
                   "make install",
                   {{"1", "Yes"}, {"2", "Yes, and don't ask again"}, {"3", "No"}},
                   0,
                   7};
const Ask kArrowsOnly{"trust", "Trust it?", "", {{"", "No, exit"}, {"", "Yes, I trust this folder"}}, 0, 8};
const Ask kLetters{"edit", "Approve?", "", {{"y", "Approve"}, {"n", "Deny"}}, -1, 9};

TEST(ChosenOption, ByKeyPlaceOrBeginning) {
  EXPECT_EQ(*chosen_option(kNumbers, "2"), 1u);
  EXPECT_EQ(*chosen_option(kNumbers, " no "), 2u);
  EXPECT_EQ(*chosen_option(kNumbers, "Yes"), 0u) << "the whole text goes before a beginning";
  EXPECT_EQ(*chosen_option(kNumbers, "yes, and"), 1u);
  EXPECT_EQ(*chosen_option(kArrowsOnly, "2"), 1u);
  EXPECT_EQ(*chosen_option(kArrowsOnly, "yes"), 1u);
  EXPECT_EQ(*chosen_option(kLetters, "Y"), 0u);
  for (const char* wrong : {"", "4", "0", "maybe"}) EXPECT_FALSE(chosen_option(kNumbers, wrong)) << wrong;
  EXPECT_FALSE(chosen_option(kLetters, "1")) << "options with keys have no places";
  EXPECT_EQ(chosen_option({"", "", "", {{"1", "Yes a"}, {"2", "Yes b"}}, 0, 1}, "yes").error().message,
            "several options begin with 'yes'");
}

TEST(WayTo, TheFirstThatFits) {
  using enum AnswerBy;
  EXPECT_EQ(*way_to(kNumbers, 1, {{kNumber, kArrows}, {}}), kNumber);
  EXPECT_EQ(*way_to(kNumbers, 1, {{kNumberEnter}, {}}), kNumberEnter);
  EXPECT_EQ(*way_to(kArrowsOnly, 1, {{kNumber, kArrows}, {}}), kArrows);
  EXPECT_EQ(*way_to(kLetters, 1, {{kLetter}, {}}), kLetter);
  EXPECT_FALSE(way_to(kNumbers, 1, {})) << "no rule";
  EXPECT_FALSE(way_to(kNumbers, 3, {{kNumber}, {}})) << "no such option";
  EXPECT_FALSE(way_to(kLetters, 1, {{kArrows}, {}})) << "no pointer";
  Ask ten = kNumbers;
  ten.options.assign(10, {"10", "Tenth"});
  EXPECT_FALSE(way_to(ten, 9, {{kNumber}, {}})) << "two digits are two keys";
  EXPECT_FALSE(
      way_to({"question", "", "", {{"1", "[ ] Search"}, {"2", "[x] Sort"}}, 0, 1}, 1, {{kNumber}, {}}))
      << "a box to be ticked";
  EXPECT_FALSE(way_to({"question", "", "", {{"1", "[ ] Search"}, {"2", "Submit"}}, 0, 1}, 1, {{kNumber}, {}}))
      << "what is ticked is not known";
  for (const char* text : {"Type something.", "> Type something...", "Type your own answer", "Other",
                           "Other (type your answer)"})
    EXPECT_FALSE(way_to({"question", "", "", {{"1", "SQLite"}, {"2", text}}, 0, 1}, 1, {{kNumber}, {}}))
        << text;
  const Ask told{"command", "", "", {{"1", "Yes"}, {"2", "No, and tell Robo what to do"}}, 0, 1};
  EXPECT_TRUE(way_to(told, 1, {{kNumber}, {}}));
  EXPECT_FALSE(way_to(told, 1, {{kNumber}, {"tell robo"}})) << "the rule calls it a field";
  const Ask field{"question", "", "", {{"1", "SQLite"}, {"2", "Type something."}, {"3", "Chat"}}, 0, 1};
  EXPECT_TRUE(way_to(field, 2, {{kNumber}, {}}));
  EXPECT_FALSE(way_to(field, 2, {{kArrows}, {}})) << "the pointer would cross a field";
  Ask in_it = field;
  in_it.selected = 1;
  EXPECT_FALSE(way_to(in_it, 0, {{kNumber}, {}})) << "the digit would be typed into the field";
  EXPECT_FALSE(way_to(in_it, 0, {{kArrows}, {}}));
  EXPECT_TRUE(way_to({"question", "", "", {{"1", "SQLite"}, {"2", "Otherwise"}}, 0, 1}, 1, {{kNumber}, {}}));
}

TEST(StandingRows, TheDialogsRowsAtTheirPlaces) {
  const std::string screen =
      "Do you want to proceed? he asked\n\n Bash command\n   make #{x},} $(rm)\n\n Do you want to proceed?\n"
      " ❯ 1. Yes\n   2. No\n\n Esc to cancel\n";
  const std::string format = standing_rows(
      {"command", "Do you want to proceed?", "make #{x},} $(rm)", {{"1", "Yes"}, {"2", "No"}}, 0, 3}, screen);
  // The title's pattern finds the text above it first, as tmux would.
  EXPECT_EQ(format,
            "#{==:#{C:*2*No*} #{C:*❯*1*Yes*} #{C:*Do*you*want*to*proceed*} #{C:*make*x*rm*} ,8 7 1 4 }");
  EXPECT_EQ(standing_rows({"command", "Elsewhere", "", {{"1", "Other"}}, 0, 3}, screen), "");
  EXPECT_EQ(standing_rows({}, screen), "");
}

TEST(AnswersOf, OfTheRuleThatDecided) {
  AgentRules agent;
  agent.agent = "claude";
  agent.rules.resize(2);
  agent.rules[0].name = "menu";
  agent.rules[1].name = "approve";
  agent.rules[1].answer = {AnswerBy::kNumber};
  EXPECT_EQ(answers_of({agent}, {"claude", State::kWaiting, "", "claude/approve"}).by.size(), 1u);
  EXPECT_EQ(answers_of({agent}, {"claude", State::kWaiting, "", "claude/approve+own:waiting"}).by.size(), 1u)
      << "its own word confirmed it";
  EXPECT_TRUE(answers_of({agent}, {"claude", State::kWaiting, "", "claude/own:waiting"}).by.empty());
  EXPECT_TRUE(answers_of({agent}, {"claude", State::kWaiting, "", "claude/menu"}).by.empty());
  EXPECT_TRUE(answers_of({agent}, {"claude", State::kWaiting, "", "builtin/choice"}).by.empty());
  EXPECT_TRUE(answers_of({agent}, {"codex", State::kWaiting, "", "claude/approve"}).by.empty());
}

}  // namespace
}  // namespace orc
