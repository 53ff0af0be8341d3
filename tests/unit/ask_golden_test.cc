// SPDX-License-Identifier: Apache-2.0
// What the recorded waiting screens ask, against tests/screens/asks.txt, which people wrote by reading them.
#include <absl/strings/str_split.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "support/corpus.h"
#include "support/fakes.h"
#include "tmux_orc/check/as_round.h"

namespace orc {
namespace {

using test::corpus;
using test::CorpusScreen;

struct AskLabel {
  std::string title;
  std::vector<AskOption> options;
  std::string subject;  // "": not said
};

std::map<std::string, AskLabel> labels() {
  std::map<std::string, AskLabel> out;
  std::ifstream in(std::string(ORC_SCREENS) + "/asks.txt");
  std::vector<std::string> names;
  bool in_names = false;
  for (std::string line; std::getline(in, line);) {
    if (line.empty()) in_names = false;  // those above ask nothing that can be read
    if (line.empty() || line[0] == '#') continue;
    if (line.starts_with("  ? ")) {
      for (const auto& name : names) out[name].title = line.substr(4);
    } else if (line.starts_with("  - ")) {
      const std::size_t bar = line.find('|');
      for (const auto& name : names)
        out[name].options.push_back({line.substr(4, bar - 4), line.substr(bar + 1)});
    } else if (line.starts_with("  = ")) {
      for (const auto& name : names)
        out[name].subject += (out[name].subject.empty() ? "" : "\n") + line.substr(4);
    } else {
      if (!in_names) names.clear();
      names.push_back(line);
      out[line];
    }
    in_names = line[0] != ' ';
  }
  return out;
}

std::string text_of(const std::string& title, const std::string& subject,
                    const std::vector<AskOption>& options) {
  std::string out = title;
  for (const auto& line : absl::StrSplit(subject, '\n')) out += "\n    = " + std::string(line);
  for (const AskOption& o : options) out += "\n    " + o.key + "|" + o.text;
  return out;
}

Verdict seen(const Screen& screen) { return classify_as_round(*test::builtin_classifier(), screen).verdict; }

TEST(AskGolden, EveryWaitingScreenIsLabelled) {
  const auto known = labels();
  for (const CorpusScreen& s : corpus()) {
    if (s.label == "waiting") {
      EXPECT_TRUE(known.contains(s.name)) << s.name << " is missing in asks.txt";
    }
  }
}

TEST(AskGolden, TitleSubjectAndOptionsAreRight) {
  const auto known = labels();
  std::size_t all = 0, right = 0;
  std::string misses;
  for (const CorpusScreen& s : corpus()) {
    const auto label = known.find(s.name);
    if (s.label != "waiting" || label == known.end()) continue;
    const Ask ask = seen(s.screen).asks.value_or(Ask{});
    ++all;
    const AskLabel& is = label->second;
    if (ask.title == is.title && ask.options == is.options &&
        (is.subject.empty() || ask.subject == is.subject))
      ++right;
    else
      misses += s.name + "\n  is   " + text_of(is.title, is.subject, is.options) + "\n  read " +
                text_of(ask.title, ask.subject, ask.options) + "\n";
  }
  EXPECT_GT(all, 100u);
  EXPECT_GE(static_cast<double>(right), 0.97 * static_cast<double>(all))
      << right << " of " << all << " are right\n"
      << misses;
}

// A question of an agent at its prompt, or one long answered, is none.
TEST(AskGolden, OnlyWaitingErrorsAndLimitsAsk) {
  for (const CorpusScreen& s : corpus()) {
    const Verdict v = seen(s.screen);
    const bool may = v.state == State::kWaiting || v.state == State::kError || v.state == State::kRateLimited;
    EXPECT_TRUE(may || !v.asks) << s.name << ": " << test::describe(v);
    if (v.asks) {
      EXPECT_NE(v.asks->id, 0u) << s.name;
    }
  }
}

TEST(AskGolden, ErrorsAndLimitsCarryTheirSentence) {
  std::size_t all = 0, with = 0;
  for (const CorpusScreen& s : corpus()) {
    const Verdict v = seen(s.screen);
    if (v.state != State::kError && v.state != State::kRateLimited) continue;
    ++all;
    with += v.asks && v.asks->title.size() > 10 ? 1u : 0u;
  }
  EXPECT_GT(all, 70u);
  EXPECT_GE(static_cast<double>(with), 0.95 * static_cast<double>(all)) << with << " of " << all;
}

// The pointer moves, frames go by: one question.
TEST(AskGolden, TheSameDialogSeenAgainHasTheSameId) {
  std::map<std::string, const CorpusScreen*> by_name;
  for (const CorpusScreen& s : corpus()) by_name[s.name] = &s;
  for (const auto& [a, b] :
       {std::pair{"claude/001-waiting-trust-folder-80x24", "claude/002-waiting-trust-folder-moved-80x24"},
        {"gemini/009-waiting-trust-folder-80x24", "gemini/011-waiting-trust-folder-moved-80x24"},
        {"claude/1109-waiting-approve-command-later-120x40",
         "claude/1110-waiting-approve-command-later-50x20"},
        {"claude/1109-waiting-approve-command-later-120x40",
         "claude/1349-waiting-approve-command-option-2-50x20"},
        {"codex/1024-waiting-approve-command-later-120x40", "codex/1080-waiting-approve-command-later-50x20"},
        {"opencode/1026-waiting-approve-command-later-120x40",
         "opencode/3097-waiting-approve-command-later-50x20"},
        {"gemini/059-waiting-approve-command-later-80x24", "gemini/217-waiting-approve-command-50x20"}}) {
    ASSERT_TRUE(by_name.contains(a) && by_name.contains(b)) << a << ", " << b;
    const auto one = seen(by_name[a]->screen).asks, two = seen(by_name[b]->screen).asks;
    ASSERT_TRUE(one && two) << a << ", " << b;
    EXPECT_EQ(one->id, two->id) << a << ", " << b;
  }
}

}  // namespace
}  // namespace orc
