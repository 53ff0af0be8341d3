// SPDX-License-Identifier: Apache-2.0
// The agent's own word and its screen, counted.
#include "tmux_orc/figures/witnesses.h"

#include <gtest/gtest.h>

namespace orc {
namespace {

constexpr const char* kScreen = "claude/spinner";

Verdict verdict(const std::string& rule, const std::string& against = "") {
  Verdict v{"claude", State::kWorking, "", rule, 0.9};
  v.against = against;
  return v;
}

TEST(Testimony, IsReadFromTheVerdict) {
  const auto of = [](const Verdict& v) {
    const Testimony t = testimony_of(v);
    return std::pair(t.accord, t.word);
  };
  EXPECT_EQ(of(verdict(kScreen)), std::pair(Accord::kScreenAlone, std::string()));
  EXPECT_EQ(of(verdict("claude/known:word")), std::pair(Accord::kScreenAlone, std::string()));
  EXPECT_EQ(of(verdict("claude/own:busy")), std::pair(Accord::kOwnAlone, std::string("busy")));
  EXPECT_EQ(of(verdict("claude/spinner+own:busy")), std::pair(Accord::kBoth, std::string("busy")));
  EXPECT_EQ(of(verdict("claude/own:busy", "builtin/prompt")),
            std::pair(Accord::kOwnWon, std::string("busy")));
  EXPECT_EQ(of(verdict(kScreen, "own:idle")), std::pair(Accord::kScreenWon, std::string("idle")));
}

class Ledger : public testing::Test {
 protected:
  // A look at this moment; gives the disagreements that it tells of.
  std::vector<WitnessLedger::Disagreement> look(std::int64_t at_ms, const Verdict& v, bool there = true) {
    Snapshot s;
    s.at_ms = at_ms;
    AgentStatus a;
    a.pane.key = {1, 7};
    a.verdict = v;
    if (there) s.agents.push_back(a);
    return ledger_.take(s);
  }
  nlohmann::ordered_json claude() const { return ledger_.json().at(0); }
  WitnessLedger ledger_;
  const Verdict both_ = verdict("claude/spinner+own:busy");
  const Verdict own_won_ = verdict("claude/own:busy", "builtin/prompt-empty");
  const Verdict screen_won_ = verdict(kScreen, "own:idle");
};

TEST_F(Ledger, AnEpisodeIsToldOnceAndOnlyAfterTwoSeconds) {
  EXPECT_TRUE(look(1000, both_).empty());
  EXPECT_TRUE(look(2000, own_won_).empty());
  EXPECT_TRUE(look(4000, own_won_).empty()) << "two seconds are no more than two";
  const auto told = look(4001, own_won_);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].word, "busy");
  EXPECT_EQ(told[0].screen, "builtin/prompt-empty");
  EXPECT_TRUE(look(9000, own_won_).empty());
  EXPECT_EQ(claude()["disagreements"], (nlohmann::ordered_json{{"busy", 1}}));
  EXPECT_EQ(claude()["looks"]["both"], 1);
  EXPECT_EQ(claude()["looks"]["own_word_against_screen"], 4);
  EXPECT_EQ(claude()["changed_ms"], 1000) << "its word is still the first";
}

TEST_F(Ledger, AMomentsDisagreementCountsNothing) {
  look(1000, both_);
  look(2000, screen_won_);
  look(3000, both_);
  EXPECT_TRUE(look(4500, screen_won_).empty());
  EXPECT_TRUE(claude()["disagreements"].empty());
  EXPECT_EQ(look(7000, screen_won_).size(), 1u);
  EXPECT_EQ(claude()["disagreements"]["idle"], 1);
}

TEST_F(Ledger, AnotherPaneOfTheSameNumberBeginsAnew) {
  look(1000, own_won_);
  look(2000, own_won_, false);
  EXPECT_TRUE(look(9000, own_won_).empty());
}

TEST_F(Ledger, WhoSaysNothingHasNoLastWord) {
  look(1000, verdict(kScreen));
  EXPECT_EQ(claude()["changed_ms"], 0);
  EXPECT_EQ(claude()["looks"]["screen_alone"], 1);
}

}  // namespace
}  // namespace orc
