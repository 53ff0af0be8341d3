// SPDX-License-Identifier: Apache-2.0
// Every recorded screen, one by one, against its label.
#include <gtest/gtest.h>

#include <cctype>
#include <map>
#include <string>

#include "support/corpus.h"
#include "support/fakes.h"
#include "tmux_orc/check/as_round.h"

namespace orc {
namespace {

using test::corpus;
using test::CorpusScreen;
using test::describe;

class Golden : public testing::TestWithParam<CorpusScreen> {};

INSTANTIATE_TEST_SUITE_P(Corpus, Golden, testing::ValuesIn(corpus()), [](const auto& p) {
  std::string name = p.param.name;
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
});

TEST_P(Golden, IsCalledByItsLabel) {
  const CorpusScreen& s = GetParam();
  ASSERT_NE(s.label, "") << s.name << " has no label";
  const Verdict v = classify_as_round(*test::builtin_classifier(), s.screen).verdict;
  EXPECT_TRUE(is_right(s.truth, v)) << "MISS " << s.name << ": is " << s.label << ", called " << describe(v);
}

TEST(Corpus, IsThere) { EXPECT_GT(corpus().size(), 900u); }

TEST(Corpus, HasNoDangerousErrors) {
  for (const CorpusScreen& s : corpus()) {
    const Verdict v = classify_as_round(*test::builtin_classifier(), s.screen).verdict;
    EXPECT_FALSE(is_dangerous(s.truth, v))
        << "DANGEROUS " << s.name << ": is " << s.label << ", called " << describe(v);
  }
}

TEST(Corpus, TheAgentIsTheFoldersWhereThereIsOne) {
  for (const CorpusScreen& s : corpus()) {
    const Verdict v = test::builtin_classifier()->classify(s.screen).verdict;
    if (v.agent.empty() || s.name.starts_with("shell/")) continue;
    EXPECT_EQ(v.agent, s.name.substr(0, s.name.find('/'))) << s.name << ": " << describe(v);
  }
}

TEST(Corpus, ConfidenceIsAShare) {
  for (const CorpusScreen& s : corpus()) {
    const Verdict v = test::builtin_classifier()->classify(s.screen).verdict;
    EXPECT_GT(v.confidence, 0) << s.name;
    EXPECT_LE(v.confidence, 1) << s.name;
    EXPECT_NE(v.rule, "") << s.name;
  }
}

TEST(Corpus, ExplainSaysTheSame) {
  for (const CorpusScreen& s : corpus()) {
    EXPECT_EQ(test::builtin_classifier()->explain(s.screen).verdict,
              test::builtin_classifier()->classify(s.screen).verdict)
        << s.name;
  }
}

// As where a daemon goes on with the turn of an agent that was killed.
TEST(Corpus, AnEndedAgentsTurnThatGoesOnIsTold) {
  int ended = 0;
  for (const CorpusScreen& s : corpus()) {
    const bool alone = s.screen.dead || s.screen.processes == ProcessEvidence::kShellOnly;
    if (!alone || (s.label != "crashed" && s.label != "exited")) continue;
    Screen left = s.screen;
    left.own_state = OwnState::kBusy;
    left.own_word = "turn";
    const Verdict before = test::builtin_classifier()->classify(s.screen).verdict;
    Verdict after = test::builtin_classifier()->classify(left).verdict;
    const bool has_ended = before.state == State::kCrashed || before.state == State::kExited;
    ended += has_ended ? 1 : 0;
    EXPECT_EQ(after.note.empty(), !has_ended) << s.name;
    after.note.clear();
    EXPECT_EQ(after, before) << s.name << ": it ended all the same";
  }
  EXPECT_GT(ended, 50);
}

// An agent says that it waits before it has drawn what for: nothing else on the screen is taken for that.
std::string read_though_undrawn(const CorpusScreen& s, const Screen& asks, int& undrawn) {
  if (s.screen.processes != ProcessEvidence::kAgent || s.screen.dead) return {};
  if (s.label != "working" && s.label != "idle" && s.label != "draft") return {};
  const Verdict before = test::builtin_classifier()->classify(s.screen).verdict;
  const Verdict after = test::builtin_classifier()->classify(asks).verdict;
  if (before.state == State::kWaiting || after.state != State::kWaiting) return {};
  ++undrawn;
  return after.asks ? s.name + ": " + after.asks->title + "\n" : "";
}

TEST(Corpus, WhatIsNotDrawnYetIsNotRead) {
  int by_word = 0, by_title = 0;
  std::string read;
  const std::map<std::string, std::string> titles = {
      {"codex", "[ ! ] Action Required | x"}, {"gemini", "✋  Action Required (x)"}, {"qwen", "✳ Qwen - x"}};
  for (const CorpusScreen& s : corpus()) {
    Screen asks = s.screen;
    asks.own_state = OwnState::kWaiting;
    asks.own_word = "waiting";
    read += read_though_undrawn(s, asks, by_word);
    const auto title = titles.find(s.screen.agent_hint);
    if (title == titles.end()) continue;
    asks = s.screen;
    asks.title = title->second;
    read += read_though_undrawn(s, asks, by_title);
  }
  EXPECT_GT(by_word, 500);
  EXPECT_GT(by_title, 100);
  EXPECT_EQ(read, "");
}

// A partial capture either gives the whole screen's verdict or says that it does not suffice.
void expect_partial_agrees(const CorpusScreen& s, const Screen& whole_screen) {
  const int first_row = test::partial_first_row(whole_screen);
  if (first_row == 0 || !whole_screen.cursor_y) return;
  Screen part = whole_screen;
  part.text = test::rows_below(whole_screen.text, first_row);
  part.first_row = first_row;
  const Classified a = test::builtin_classifier()->classify(part);
  const Classified b = test::builtin_classifier()->classify(whole_screen);
  if (a.needs_more) return;
  EXPECT_EQ(a.verdict, b.verdict) << s.name << " from row " << first_row << ": part " << describe(a.verdict)
                                  << ", whole " << describe(b.verdict);
}

TEST(PartialCapture, AgreesWithTheWholeOrAsksForIt) {
  for (const CorpusScreen& s : corpus()) expect_partial_agrees(s, s.screen);
}

// As behind ssh: processes tell nothing.
TEST(PartialCapture, AgreesWithoutProcessesToo) {
  for (const CorpusScreen& s : corpus()) {
    Screen opaque = s.screen;
    opaque.processes = ProcessEvidence::kOpaque;
    opaque.agent_hint.clear();
    expect_partial_agrees(s, opaque);
  }
}

// As after the agent's end, or in a shell that never had one.
TEST(PartialCapture, AgreesInAShellToo) {
  for (const bool seen : {false, true}) {
    for (const CorpusScreen& s : corpus()) {
      Screen shell = s.screen;
      if (shell.processes != ProcessEvidence::kShellOnly && shell.processes != ProcessEvidence::kOther)
        continue;
      shell.agent_seen_before = seen;
      if (seen)
        shell.agent_hint = s.name.starts_with("shell/") ? "claude" : s.name.substr(0, s.name.find('/'));
      expect_partial_agrees(s, shell);
    }
  }
}

TEST(PartialCapture, AWholeScreenNeverAsksForMore) {
  for (const CorpusScreen& s : corpus())
    EXPECT_FALSE(test::builtin_classifier()->classify(s.screen).needs_more) << s.name;
}

}  // namespace
}  // namespace orc
