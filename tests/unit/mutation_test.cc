// SPDX-License-Identifier: Apache-2.0
// What an agent wrote about busy, waiting or broken agents is transcript, not state: recorded screens with
// such lines put where the transcript stands must keep their state.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "layout.h"
#include "support/corpus.h"
#include "tmux_orc/base/text.h"

namespace orc {
namespace {

using test::corpus;
using test::CorpusScreen;
using test::describe;

// Phrases of all agents, as they stand on their screens.
const std::vector<std::string>& phrases() {
  static const std::vector<std::string> list = {
      "✻ Thinking… (12s · ↑ 1.2k tokens · esc to interrupt)",
      "· Compacting conversation…",
      "esc to interrupt",
      "• Working (12s • esc to interrupt)",
      "⠋ Thinking... (esc to cancel, 12s)",
      "⠼ Working...",
      "Waiting for auth...",
      "Do you want to proceed?",
      "❯ 1. Yes",
      "  2. No, and tell Claude what to do differently (esc)",
      "Would you like to run the following command?",
      "› 1. Yes, proceed (y)",
      "Allow execution of: 'rm'?",
      "● 1. Yes, allow once",
      "Apply this change?",
      "Quick safety check: Is this a project you created or one you trust?",
      "Do you trust the files in this folder?",
      "△ Permission required",
      "Waiting for user confirmation...",
      "● API Error: 500 Internal server error",
      "API Error: Connection error.",
      "■ stream disconnected before completion",
      "✕ [API Error: got status: INTERNAL]",
      "You've hit your limit · resets 3pm",
      "■ You've hit your usage limit. Try again at 3:00 PM.",
      "429 Too Many Requests: rate limit exceeded",
      "Error: rate_limit_error",
      "⎿  Interrupted · What should Claude do instead?",
      "■ Conversation interrupted - tell the model what to do differently.",
      "Operation aborted",
      "Killed",
      "Segmentation fault (core dumped)",
      "dev@box:~$ claude",
      "dev@box:~$ ",
      "claude --resume 01234567-89ab",
  };
  return list;
}

// Where the box begins that the line is within: a box is the agent's own, and its head says what it is.
std::size_t head_of_box(const ScreenLines& lines, std::size_t line) {
  std::size_t head = line;
  while (head > 0 && lines[head].starts_with("│")) --head;
  return lines[head].starts_with("╭") ? head : line;
}

// Start of the live region as line number, or 0 when the screen has no prompt box.
std::size_t live_start(const Screen& screen, const PromptSpec& prompt) {
  const ScreenLines lines(screen.text);
  Layout layout;
  find_layout(lines, prompt, screen.title, 0, screen.cursor_y, layout);
  if (!layout.has_box) return 0;
  // Messages queued under a spinner: what stands above them is live.
  for (std::size_t i = 0; i < lines.size() && !layout.over_queue.empty(); ++i) {
    if (lines[i].data() >= layout.over_queue.data()) return i;
  }
  std::size_t end = layout.box_first;
  while (end > 0 && lines[end - 1].empty()) --end;
  // Counted here and not taken from layout.region, or a region that grew would move the quotes away with it.
  constexpr std::size_t kLiveLines = 15;  // a run of blank lines counts as one
  std::size_t counted = 0;
  for (std::size_t i = end; i > 0; --i) {
    for (const std::string& turn : prompt.turns) {
      if (lines[i - 1].starts_with(turn)) return i;
    }
    counted += lines[i - 1].empty() && i > 1 && lines[i - 2].empty() ? 0u : 1u;
    if (counted == kLiveLines) return head_of_box(lines, i - 1);
  }
  return 0;
}

const PromptSpec* prompt_of(const std::string& agent) {
  for (const AgentRules& rules : test::builtin_classifier()->agents()) {
    if (rules.agent == agent) return &rules.prompt;
  }
  return nullptr;
}

bool is_alive(const CorpusScreen& s) {
  return s.screen.processes == ProcessEvidence::kAgent && s.label != "exited" && s.label != "crashed" &&
         s.label != "not_agent";
}

// The screen with lines [0, end) replaced by phrases, from phrase number `from` on.
Screen with_quotes(const Screen& screen, std::size_t end, std::size_t from, const std::string& indent) {
  Screen out = screen;
  out.text.clear();
  std::size_t row = 0;
  for (const std::string_view line : split_lines(screen.text)) {
    if (row < end)
      out.text += indent + phrases()[(from + row) % phrases().size()];
    else
      out.text += line;
    out.text += '\n';
    ++row;
  }
  return out;
}

TEST(Mutation, QuotedPhrasesInTheTranscriptChangeNoState) {
  std::size_t mutants = 0;
  for (const CorpusScreen& s : corpus()) {
    const PromptSpec* prompt = prompt_of(s.screen.agent_hint);
    if (!is_alive(s) || prompt == nullptr) continue;
    const std::size_t start = live_start(s.screen, *prompt);
    if (start < 2) continue;
    const Verdict before = test::builtin_classifier()->classify(s.screen).verdict;
    // The line before the live region stays: it may be the user's message that begins the turn.
    const std::size_t end = start - 1;
    for (std::size_t from = 0; from < phrases().size();
         from += std::max<std::size_t>(1, std::min<std::size_t>(end, 5))) {
      for (const char* indent : {"  ", "    "}) {
        const Verdict after =
            test::builtin_classifier()->classify(with_quotes(s.screen, end, from, indent)).verdict;
        ++mutants;
        ASSERT_EQ(to_string(after.state), to_string(before.state))
            << s.name << " with " << end << " lines from phrase " << from << " (" << phrases()[from]
            << "): was " << describe(before) << ", now " << describe(after);
      }
    }
  }
  EXPECT_GT(mutants, 1000u);
}

// ---- what the user asked and what the agent answered last
// --------------------------------------------------

// The line's text from its first letter on is replaced; what stands before it (a glyph, an indent) stays.
std::string with_words(std::string_view line, const std::string& words, bool append) {
  if (append) return std::string(line) + " " + words;
  std::size_t letter = 0;
  while (letter < line.size() && std::isalpha(static_cast<unsigned char>(line[letter])) == 0) ++letter;
  return std::string(line.substr(0, letter)) + words;
}

bool is_prose(std::string_view line) {
  // "✻ Worked for 6s · 1 shell still running" is Claude's own line, "⚠ MCP startup incomplete" Codex's.
  for (const std::string_view own : {"✻", "✢", "✳", "✶", "✽", "⚠"}) {
    if (line.starts_with(own)) return false;
  }
  std::size_t words = 0;
  bool in_word = false;
  for (const char c : line) {
    const bool letter = std::isalpha(static_cast<unsigned char>(c)) != 0;
    words += letter && !in_word ? 1u : 0u;
    in_word = letter;
  }
  return words >= 5 && line.find("  ") == std::string_view::npos;
}

// Every line of prose between the user's last message and the prompt, one at a time.
std::size_t mutate_last_turn(const CorpusScreen& s, const PromptSpec& prompt) {
  const std::vector<std::string> words = {
      "What does the quota module do", "the rate limit code returns 429 when the usage limit is reached",
      "an error came from the parser, fix the failed connection",
      "Do you want to proceed? Would you like to run the following command?",
      "press esc to interrupt or ctrl+c to stop it"};
  const ScreenLines lines(s.screen.text);
  Layout layout;
  find_layout(lines, prompt, s.screen.title, 0, s.screen.cursor_y, layout);
  if (!layout.has_box) return 0;
  const std::size_t start = live_start(s.screen, prompt);
  const auto rows = split_lines(s.screen.text);
  // A complaint about a command: other words in it or below it are a turn's error.
  const auto complains = [](std::string_view row) {
    row = trim(row);
    return row.starts_with("✕") || row.starts_with("✗") || row.find("Usage: /") != std::string_view::npos;
  };
  if (std::any_of(rows.begin(), rows.end(), complains)) return 0;
  std::size_t mutants = 0;
  for (std::size_t at = start == 0 ? 0 : start - 1; at < layout.box_first && at < rows.size(); ++at) {
    const std::string_view row = trim(rows[at]);
    // What the agent itself says of the turn, qwen behind a dot with a variation selector, and code, are no
    // prose.
    if (!is_prose(row) || row.starts_with("⎿") || row.starts_with("●\xEF\xB8\x8E") || row.ends_with(';'))
      continue;
    for (const std::string& phrase : words) {
      for (const bool append : {false, true}) {
        Screen mutant = s.screen;
        mutant.text.clear();
        for (std::size_t i = 0; i < rows.size(); ++i)
          mutant.text += (i == at ? with_words(rtrim(rows[i]), phrase, append) : std::string(rows[i])) + "\n";
        const Verdict after = test::builtin_classifier()->classify(mutant).verdict;
        ++mutants;
        EXPECT_EQ(to_string(after.state), "idle")
            << s.name << " line " << at << " with \"" << phrase << "\": " << describe(after);
      }
    }
  }
  return mutants;
}

TEST(Mutation, WordsInTheLastTurnChangeNoState) {
  std::map<std::string, std::size_t> mutants;
  for (const CorpusScreen& s : corpus()) {
    const PromptSpec* prompt = prompt_of(s.screen.agent_hint);
    if (!is_alive(s) || prompt == nullptr || s.label != "idle") continue;
    if (test::builtin_classifier()->classify(s.screen).verdict.state != State::kIdle) continue;
    if (const std::size_t count = mutate_last_turn(s, *prompt)) mutants[s.screen.agent_hint] += count;
  }
  EXPECT_GE(mutants.size(), 6u);
}

// The cursor's row and what stands below it are the agent's own; the oldest line is never the evidence.
TEST(Mutation, LosingTheOldestTranscriptLinesChangesNoState) {
  std::size_t mutants = 0;
  for (const CorpusScreen& s : corpus()) {
    const PromptSpec* prompt = prompt_of(s.screen.agent_hint);
    if (!is_alive(s) || prompt == nullptr) continue;
    const std::size_t start = live_start(s.screen, *prompt);
    if (start < 2) continue;
    Screen blank = s.screen;
    blank.text.clear();
    std::size_t row = 0;
    for (const std::string_view line : split_lines(s.screen.text)) {
      if (row++ + 1 >= start) blank.text += line;
      blank.text += '\n';
    }
    ++mutants;
    const Verdict before = test::builtin_classifier()->classify(s.screen).verdict;
    const Verdict after = test::builtin_classifier()->classify(blank).verdict;
    EXPECT_EQ(to_string(after.state), to_string(before.state))
        << s.name << ": " << describe(before) << " -> " << describe(after);
  }
  EXPECT_GT(mutants, 100u);
}

// ---- screens of other programs that talk about agents ----------------------------------------------------

struct Adversary {
  const char* name;
  ProcessEvidence processes;
  std::string text;
};

std::string all_phrases(const std::string& prefix) {
  std::string out;
  for (const std::string& p : phrases()) out += prefix + p + "\n";
  return out;
}

std::vector<Adversary> adversaries() {
  const auto kUnknown = ProcessEvidence::kUnknown;
  return {
      {"a README quoting every phrase", kUnknown,
       "# Notes on agents\n\n" + all_phrases("> ") + "\nThat was all.\n"},
      {"a diff with every phrase", kUnknown,
       "diff --git a/x b/x\n@@ -1,3 +1,9 @@\n" + all_phrases("+") + "lines 1-40\n"},
      {"grep output", kUnknown, all_phrases("docs/x.md:12:") + "dev@box:~$ \n"},
      {"a log file", kUnknown, all_phrases("2026-01-01 12:00:00 INFO ") + "2026-01-01 12:00:01 INFO done\n"},
      {"less", kUnknown, all_phrases("    ") + ":\n"},
      {"vim", kUnknown, all_phrases("  1 ") + "\"notes.md\" 40L, 1200B\n"},
      {"a shell with a question", kUnknown, "dev@box:~$ ./install.sh\nDo you want to proceed? [y/N] \n"},
      {"a shell and nothing", kUnknown, "dev@box:~$ \n"},
      {"an error of another program", kUnknown,
       "dev@box:~$ curl x\ncurl: (22) 429 Too Many Requests\ndev@box:~$ \n"},
      {"a killed program", ProcessEvidence::kShellOnly, "dev@box:~$ ./server\nKilled\ndev@box:~$ \n"},
      {"an editor, by processes", ProcessEvidence::kOther, all_phrases("")},
      {"a shell, by processes", ProcessEvidence::kShellOnly,
       "dev@box:~$ cat notes\n" + all_phrases("  ") + "dev@box:~$ \n"},
  };
}

TEST(Adversary, OtherProgramsTextIsNoAgent) {
  for (const Adversary& a : adversaries()) {
    Screen screen;
    screen.text = a.text;
    screen.processes = a.processes;
    const Verdict v = test::builtin_classifier()->classify(screen).verdict;
    EXPECT_EQ(v.agent, "") << a.name << ": " << describe(v);
    EXPECT_EQ(v.state, State::kNotAgent) << a.name << ": " << describe(v);
  }
}

TEST(Adversary, AnEmptyScreenIsUnknown) {
  EXPECT_EQ(test::builtin_classifier()->classify({}).verdict.state, State::kUnknown);
}

TEST(Adversary, OddTextDoesNoHarm) {
  std::vector<std::string> texts = {std::string(1, '\0'),
                                    "\xff\xfe\x80\x80",
                                    "\n\n\n\n",
                                    std::string(200'000, 'x'),
                                    std::string(3'000, '\n'),
                                    "╰",
                                    "╭\n╰",
                                    "❯",
                                    "┃\n╹▀▀▀"};
  std::string rules;
  for (int i = 0; i < 200; ++i) rules += "────────────────────────────────\n";
  texts.push_back(rules);
  for (const std::string& text : texts) {
    for (const auto& agent : test::builtin_classifier()->agents()) {
      for (const int cursor : {-5, 0, 3, 100'000}) {
        Screen screen;
        screen.text = text;
        screen.processes = ProcessEvidence::kAgent;
        screen.agent_hint = agent.agent;
        screen.cursor_x = cursor;
        screen.cursor_y = cursor;
        screen.height = 24;
        const Verdict v = test::builtin_classifier()->classify(screen).verdict;
        EXPECT_EQ(v.agent, agent.agent);
        EXPECT_TRUE(v.state != State::kCrashed && v.state != State::kExited) << describe(v);
        test::builtin_classifier()->explain(screen);
      }
    }
  }
}

}  // namespace
}  // namespace orc
