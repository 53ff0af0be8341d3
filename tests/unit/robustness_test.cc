// SPDX-License-Identifier: Apache-2.0
// Screens that nobody recorded: the recorded ones cropped, framed, quoted and renamed. A verdict may become
// unknown where its evidence was cut off, but never dangerous, and nearly never another one.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>

#include "layout.h"
#include "support/corpus.h"
#include "tmux_orc/base/text.h"

namespace orc {
namespace {

using test::corpus;
using test::CorpusScreen;
using test::describe;

const Classifier& classifier() { return *test::builtin_classifier(); }

const AgentRules* rules_of(const std::string& agent) {
  for (const AgentRules& rules : classifier().agents()) {
    if (rules.agent == agent) return &rules;
  }
  return nullptr;
}

bool is_alive(const CorpusScreen& s) {
  return s.screen.processes == ProcessEvidence::kAgent && s.label != "exited" && s.label != "crashed" &&
         s.label != "not_agent";
}

using Rows = std::vector<std::string>;

Rows rows_of(const Screen& screen) {
  Rows out;
  for (const std::string_view line : split_lines(screen.text)) out.emplace_back(rtrim(line));
  return out;
}

Screen with_rows(const Screen& screen, const Rows& rows) {
  Screen out = screen;
  out.text.clear();
  for (const std::string& row : rows) out.text += row + "\n";
  return out;
}

// How one change to many screens turned out; the environment's ORC_SHOW=1 lists each verdict that changed.
class Tally {
 public:
  explicit Tally(std::string change) : change_(std::move(change)) {}

  void take(const CorpusScreen& s, const Screen& mutant, const std::string& how = "") {
    const Verdict before = classifier().classify(s.screen).verdict;
    const Verdict after = classifier().classify(mutant).verdict;
    ++mutants_;
    unknown_ += after.state == State::kUnknown && before.state != State::kUnknown ? 1u : 0u;
    const bool same =
        after.state == before.state || after.state == State::kUnknown || is_right(s.truth, after);
    changed_ += same ? 0u : 1u;
    if (is_dangerous(s.truth, after)) {
      ++dangerous_;
      ADD_FAILURE() << change_ << " " << how << ": DANGEROUS " << s.name << " was " << describe(before)
                    << ", now " << describe(after);
    }
    if (std::getenv("ORC_SHOW") != nullptr && (!same || after.state != before.state))
      std::cout << change_ << " " << how << ": " << s.name << ": " << describe(before) << " -> "
                << describe(after) << "\n";
  }

  // No more than this share became another state: what the change hid cannot be seen.
  void expect_changed(double most) const {
    EXPECT_LE(share(changed_), most) << change_;
    EXPECT_GT(mutants_, 100u) << change_;
    std::cout << change_ << ": " << mutants_ << " screens, " << changed_ << " changed, " << unknown_
              << " unknown, " << dangerous_ << " dangerous\n";
  }

 private:
  double share(std::size_t n) const {
    return mutants_ == 0 ? 0 : static_cast<double>(n) / static_cast<double>(mutants_);
  }
  std::string change_;
  std::size_t mutants_ = 0, changed_ = 0, unknown_ = 0, dangerous_ = 0;
};

// ---- size
// --------------------------------------------------------------------------------------------------

// The last `height` rows: what a lower pane shows of an agent that prints downwards.
Screen cropped(const Screen& screen, int height) {
  Rows rows = rows_of(screen);
  const int cursor = screen.cursor_y.value_or(0);
  while (!rows.empty() && rows.back().empty()) rows.pop_back();
  const int cut = std::max(0, static_cast<int>(rows.size()) - height);
  rows.erase(rows.begin(), rows.begin() + cut);
  Screen out = with_rows(screen, rows);
  out.height = height;
  if (screen.cursor_y) out.cursor_y = std::max(0, cursor - cut);
  return out;
}

TEST(Robustness, APaneOfFewRows) {
  for (const int height : {14, 10, 8}) {
    Tally tally("cropped to " + std::to_string(height) + " rows");
    for (const CorpusScreen& s : corpus()) {
      if (is_alive(s)) tally.take(s, cropped(s.screen, height));
    }
    tally.expect_changed(height == 14 ? 0.04 : height == 10 ? 0.08 : 0.15);
  }
}

// A dialog of an agent that nobody recorded, cut off: what remains is a dialog still, or nothing known.
TEST(Robustness, ADialogCutOffUnderAnotherName) {
  std::size_t dialogs = 0, asks = 0, missed = 0;
  for (const CorpusScreen& s : corpus()) {
    if (!is_alive(s) || s.label != "waiting") continue;
    for (const int height : {14, 10}) {
      for (const AgentRules& other : classifier().agents()) {
        if (other.agent == s.screen.agent_hint) continue;
        Screen mutant = cropped(s.screen, height);
        mutant.agent_hint = other.agent;
        mutant.agent_age_s = 61;
        const Verdict v = classifier().classify(mutant).verdict;
        ++dialogs;
        asks += v.state == State::kWaiting ? 1u : 0u;
        missed += is_dangerous(s.truth, v) ? 1u : 0u;
        if (is_dangerous(s.truth, v) && std::getenv("ORC_SHOW") != nullptr)
          std::cout << "redesign: " << s.name << " as " << other.agent << ": " << describe(v) << "\n";
      }
    }
  }
  std::cout << "cut off under another name: waiting " << asks << ", missed " << missed << " of " << dialogs
            << "\n";
  EXPECT_GE(static_cast<double>(asks), 0.95 * static_cast<double>(dialogs));
  EXPECT_LE(static_cast<double>(missed), 0.02 * static_cast<double>(dialogs));
}

// Claude pins its list of tasks to the bottom of the pane; in a tall one the dialog stands far above it.
TEST(Robustness, AListPinnedToTheBottomOfATallPane) {
  const Rows tasks = {"  3 tasks (1 done, 1 in progress, 1 open)", "  ◼ Sort the papers",
                      "  ◻ Clear the desk", "   … +1 completed"};
  for (const std::size_t gap : {4u, 15u, 60u, 900u}) {
    std::size_t dialogs = 0, asks = 0;
    for (const CorpusScreen& s : corpus()) {
      if (!is_alive(s) || s.label != "waiting" || s.screen.agent_hint != "claude") continue;
      Rows rows = rows_of(s.screen);
      while (!rows.empty() && rows.back().empty()) rows.pop_back();
      rows.insert(rows.end(), gap, "");
      rows.insert(rows.end(), tasks.begin(), tasks.end());
      Screen tall = with_rows(s.screen, rows);
      tall.height = static_cast<int>(rows.size());
      const Classified found = classifier().classify(tall);
      ++dialogs;
      const bool right = found.verdict.state == State::kWaiting;
      asks += right ? 1u : 0u;
      if (!right) std::cout << s.name << ": " << describe(found.verdict) << "\n";
      const auto title = [](const Verdict& v) { return v.asks ? v.asks->title : std::string(); };
      EXPECT_EQ(title(found.verdict), title(classifier().classify(s.screen).verdict)) << s.name;
    }
    std::cout << "a list " << gap << " rows below: waiting " << asks << " of " << dialogs << "\n";
    EXPECT_GT(dialogs, 50u);
    EXPECT_EQ(asks, dialogs);
  }
}

// A title that says "waiting" makes no question of what an answer says far above the pane's bottom.
TEST(Robustness, ATitleAboveAGapIsNoDialog) {
  Screen screen;
  screen.processes = ProcessEvidence::kAgent;
  screen.agent_hint = "gemini";
  screen.title = "✋  Action Required (ledger)";
  screen.text = "✦ Which index should be taken, the first or the second?\n" + std::string(12, '\n') +
                "  3 tasks (1 done, 2 open)\n";
  const Verdict v = classifier().classify(screen).verdict;
  EXPECT_EQ(describe(v), "gemini waiting/command by gemini/title-action");
  EXPECT_FALSE(v.asks.has_value());
}

// ---- what else stands on a screen
// ----------------------------------------------------------------------------

TEST(Robustness, AScrollbarAtTheRightEdge) {
  for (const char* bar : {"█", "┃", "│", "▐", "║"}) {
    Tally tally(std::string("scrollbar ") + bar);
    for (const CorpusScreen& s : corpus()) {
      if (!is_alive(s) || s.screen.width < 40) continue;
      Rows rows = rows_of(s.screen);
      const bool full = std::any_of(rows.begin(), rows.end(), [&](const std::string& row) {
        return display_width(row) >= s.screen.width;
      });
      if (full) continue;
      for (std::size_t i = 1; i + 1 < rows.size() && i < 14; ++i) {
        rows[i].append(static_cast<std::size_t>(s.screen.width - 1 - display_width(rows[i])), ' ');
        rows[i] += bar;
      }
      tally.take(s, with_rows(s.screen, rows));
    }
    tally.expect_changed(0.02);
  }
}

// A layout of the agent's own prompt, where there is one.
bool box_of(const CorpusScreen& s, Layout& layout, const ScreenLines& lines) {
  const AgentRules* rules = rules_of(s.screen.agent_hint);
  if (rules == nullptr) return false;
  find_layout(lines, rules->prompt, s.screen.title, 0, s.screen.cursor_y, layout);
  return layout.has_box;
}

TEST(Robustness, AHintAtTheRightEdgeAboveThePrompt) {
  Tally tally("hint above the prompt");
  for (const CorpusScreen& s : corpus()) {
    if (!is_alive(s) || s.screen.width < 70) continue;
    const ScreenLines lines(s.screen.text);
    Layout layout;
    if (!box_of(s, layout, lines) || layout.box_first == 0) continue;
    Rows rows = rows_of(s.screen);
    if (!rows[layout.box_first - 1].empty()) continue;
    for (const char* hint : {"Ctrl+Y to paste", "Press Ctrl-O to show more lines", "my session"}) {
      Rows hinted = rows;
      hinted[layout.box_first - 1] =
          std::string(static_cast<std::size_t>(s.screen.width) - std::string_view(hint).size() - 1, ' ') +
          hint;
      tally.take(s, with_rows(s.screen, hinted), hint);
    }
  }
  tally.expect_changed(0.005);
}

bool is_plain(std::string_view rule) {
  while (rule.starts_with("─")) rule.remove_prefix(std::string_view("─").size());
  return rule.empty();
}

TEST(Robustness, LabelsInThePromptsRule) {
  Tally tally("labelled rule");
  for (const CorpusScreen& s : corpus()) {
    const AgentRules* rules = rules_of(s.screen.agent_hint);
    if (!is_alive(s) || rules == nullptr || s.screen.width < 70) continue;
    const ScreenLines lines(s.screen.text);
    Layout layout;
    if (!box_of(s, layout, lines) || !is_rule_line(lines[layout.box_first]) ||
        !lines[layout.box_first].starts_with("─") || !is_plain(lines[layout.box_first]))
      continue;
    for (const char* label : {"─ mock · medium ", "─── my-topic ", "─ 🔧 build ── ctx 12% "}) {
      Rows rows = rows_of(s.screen);
      std::string rule = label;
      while (display_width(rule) < s.screen.width) rule += "─";
      rows[layout.box_first] = rule;
      tally.take(s, with_rows(s.screen, rows), label);
    }
  }
  tally.expect_changed(0.01);
}

// ---- quoted words
// ----------------------------------------------------------------------------------------------

const std::vector<std::string>& words() {
  static const std::vector<std::string> list = {"your quota is exceeded, the rate limit code returns 429",
                                                "an error came from the parser: connection failed",
                                                "Do you want to proceed? Would you like to run it?",
                                                "press esc to interrupt or ctrl+c to stop it",
                                                "it prints \"Overwrite the file? (y/n)\"",
                                                "spinner = \"Working (12s · esc to interrupt)\"",
                                                "the API Error: 500 was retried, see Interrupted · What now",
                                                "Killed"};
  return list;
}

bool is_prose(std::string_view row) {
  std::size_t letters = 0;
  for (const char c : row) letters += std::isalpha(static_cast<unsigned char>(c)) != 0 ? 1u : 0u;
  return letters >= 20 && row.find("sc to ") == std::string_view::npos &&  // "Esc to interrupt" as well
         row.find("   ") == std::string_view::npos;
}

// Each answer's line with words behind it: lines that begin with a letter, so none of the agent's own marks.
TEST(Robustness, WordsInTheAnswerOfEveryAgent) {
  std::map<std::string, std::size_t> agents;
  Tally tally("words in the answer");
  for (const CorpusScreen& s : corpus()) {
    // What the agent says of how its turn ended is no answer.
    if (!is_alive(s) || s.label == "error" || s.label == "rate_limited" || s.label == "interrupted") continue;
    const ScreenLines lines(s.screen.text);
    Layout layout;
    if (!box_of(s, layout, lines)) continue;
    const Rows rows = rows_of(s.screen);
    for (std::size_t at = layout.box_first > 12 ? layout.box_first - 12 : 0; at < layout.box_first; ++at) {
      const std::string_view row = trim(rows[at]);
      if (!is_prose(row) || std::isalpha(static_cast<unsigned char>(row[0])) == 0) continue;
      for (const std::string& phrase : words()) {
        for (const bool instead : {false, true}) {
          Rows mutant = rows;
          const std::size_t indent = rows[at].find(row[0]);
          mutant[at] = instead ? rows[at].substr(0, indent) + phrase : rows[at] + " " + phrase;
          ++agents[s.screen.agent_hint];
          tally.take(s, with_rows(s.screen, mutant),
                     "line " + std::to_string(at) + " \"" + phrase + (instead ? "\" instead" : "\""));
        }
      }
    }
  }
  tally.expect_changed(0.002);
  EXPECT_GE(agents.size(), 15u);
}

// A command's output or a file in the answer: the same words in a block of their own, indented as code is.
TEST(Robustness, CodeInTheAnswerOfEveryAgent) {
  Tally tally("code in the answer");
  for (const CorpusScreen& s : corpus()) {
    if (!is_alive(s) || (s.label != "idle" && s.label != "draft")) continue;
    const ScreenLines lines(s.screen.text);
    Layout layout;
    if (!box_of(s, layout, lines) || layout.box_first < 4) continue;
    const Rows rows = rows_of(s.screen);
    std::size_t at = layout.box_first;
    while (at > 0 && rows[at - 1].empty()) --at;
    if (at < 3) continue;
    static const std::vector<std::string> code = {"print(f\"⠋ Working ({n}s · esc to interrupt)\")",
                                                  "12   status = '✻ Thinking… (12s · esc to interrupt)'",
                                                  "+  const hint = 'Press esc to interrupt';",
                                                  "if (limit) throw new Error('rate limit reached');",
                                                  "read -p 'Do you want to proceed? (y/n) ' answer",
                                                  "assert 'Killed' in out",
                                                  "> 1. Yes",
                                                  "- [ ] esc to interrupt",
                                                  "# Working (12s · esc to interrupt)",
                                                  "// ⠋ Thinking... (esc to cancel, 12s)",
                                                  "const busy = /esc to interrupt/",
                                                  "- Working (12s • esc to interrupt)",
                                                  "It shows ✻ Thinking… (12s · esc to interrupt)",
                                                  "busy: Working (3s • esc to interrupt)",
                                                  "* Thinking... (esc to cancel)",
                                                  "⠋ Thinking... (esc to cancel, 12s)",
                                                  "• Working (12s • esc to interrupt)",
                                                  "✻ Thinking… (12s · ↑ 1.2k tokens · esc to interrupt)"};
    for (const std::string& line : code) {
      for (const char* indent : {"  ", "     ", "    │ "}) {
        for (const std::size_t place : {at - 2, at - 1}) {
          Rows mutant(rows);
          mutant.erase(mutant.begin());
          mutant.insert(mutant.begin() + static_cast<std::ptrdiff_t>(place), indent + line);
          tally.take(s, with_rows(s.screen, mutant), line + (place == at - 1 ? " last" : " before the last"));
        }
      }
    }
  }
  tally.expect_changed(0.02);
}

// ---- what is typed
// ---------------------------------------------------------------------------------------------------

// Words of dialogs and of work, typed and not sent: they are the person's, wherever the prompt stands.
TEST(Robustness, WordsInTheDraftOfEveryAgent) {
  std::map<std::string, std::size_t> agents;
  Tally tally("words in the draft");
  for (const CorpusScreen& s : corpus()) {
    if (!is_alive(s) || s.label != "draft") continue;
    const ScreenLines lines(s.screen.text);
    Layout layout;
    if (!box_of(s, layout, lines) || layout.input.empty() || layout.input.find('\n') != std::string::npos ||
        std::string_view("/@!#?$").find(layout.input[0]) != std::string_view::npos ||
        ends_in_name_sign(layout.input))  // else the list that completes it completes nothing
      continue;
    const Rows rows = rows_of(s.screen);
    const std::size_t at = rows[layout.input_first].find(layout.input);
    if (at == std::string::npos) continue;
    for (const std::string& phrase : words()) {
      if (display_width(phrase) + 8 > s.screen.width) continue;
      Rows mutant = rows;
      std::string& row = mutant[layout.input_first];
      const std::size_t room = std::max(phrase.size(), layout.input.size());
      row = row.substr(0, at) + phrase + (row.size() > at + room ? row.substr(at + room) : "");
      Screen screen = with_rows(s.screen, mutant);
      if (s.screen.cursor_visible == true)
        screen.cursor_x = display_width(row.substr(0, at)) + display_width(phrase);
      ++agents[s.screen.agent_hint];
      tally.take(s, screen, phrase);
    }
  }
  tally.expect_changed(0.005);
  EXPECT_GE(agents.size(), 8u);
}

// Lines that people have Claude Code draw under its box.
TEST(Robustness, StatusLinesUnderClaudesBox) {
  const std::vector<Rows> dresses = {
      {"  mock-1 | main +2 -1 | 12% ctx | $0.42"},
      {"   dev  ~/work  main ", "  session 3h12m left | 5-hour limit 41% used"},
      {"  [Opus 5.5] ▓▓░░ 31%", "  Context ███░ 41% | Usage 22% (2h 1m)", "  ◐ Edit: a.py | ✓ Read ×4"},
      {"  > waiting for review (2) | Error budget 99%", "  ❯ tests: 12 passed"},
      {"  ⠿ 12 jobs │ rate limit ok │ esc"}};
  Tally tally("status lines");
  for (const CorpusScreen& s : corpus()) {
    if (!is_alive(s) || s.screen.agent_hint != "claude" || s.screen.width < 80) continue;
    const ScreenLines lines(s.screen.text);
    Layout layout;
    if (!box_of(s, layout, lines)) continue;
    for (const Rows& dress : dresses) {
      Rows rows = rows_of(s.screen);
      rows.insert(rows.begin() + static_cast<std::ptrdiff_t>(layout.box_last) + 1, dress.begin(),
                  dress.end());
      tally.take(s, with_rows(s.screen, rows), dress.front());
    }
  }
  tally.expect_changed(0.01);
}

// The last rows of another agent's dialog in the transcript: a recording that somebody looks at.
TEST(Robustness, DialogsInTheTranscript) {
  std::vector<Rows> dialogs;
  for (const CorpusScreen& s : corpus()) {
    if (s.label != "waiting" || !is_alive(s) || s.screen.width > 80) continue;
    Rows rows = rows_of(s.screen);
    while (!rows.empty() && rows.back().empty()) rows.pop_back();
    if (rows.size() > 8) rows.erase(rows.begin(), rows.end() - 8);
    if (dialogs.size() < 400) dialogs.push_back(rows);
  }
  ASSERT_GT(dialogs.size(), 50u);
  Tally tally("dialogs in the transcript");
  std::size_t next = 0;
  for (const CorpusScreen& s : corpus()) {
    if (!is_alive(s) || (s.label != "idle" && s.label != "draft")) continue;
    const ScreenLines lines(s.screen.text);
    Layout layout;
    if (!box_of(s, layout, lines) || layout.box_first < 12) continue;
    std::size_t at = layout.box_first;
    while (at > 0 && rows_of(s.screen)[at - 1].empty()) --at;
    if (at < 10) continue;
    for (int n = 0; n < 4; ++n) {
      const Rows& dialog = dialogs[next++ % dialogs.size()];
      Rows rows = rows_of(s.screen);
      // It stands above the answer's last lines, as far in as agents indent what tools print; the first rows
      // scroll out.
      Rows quoted;
      for (const std::string& row : dialog) quoted.push_back("     " + row);
      rows.insert(rows.begin() + static_cast<std::ptrdiff_t>(at) - 1, quoted.begin(), quoted.end());
      rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(quoted.size()));
      tally.take(s, with_rows(s.screen, rows));
    }
  }
  tally.expect_changed(0.02);
}

// ---- names
// ------------------------------------------------------------------------------------------------------

TEST(Robustness, TitlesOfOtherAgents) {
  Tally tally("another title");
  for (const CorpusScreen& s : corpus()) {
    if (!is_alive(s)) continue;
    for (const char* title :
         {"box", "~/src: vim", "Claude Code", "codex", "OC | topic", "◇  Ready (src)", "π - src", "zsh",
          "user@host: ~/src", "⛬ topic", "Kilo CLI | topic", "topic - GitHub Copilot"}) {
      Screen mutant = s.screen;
      mutant.title = title;
      tally.take(s, mutant, title);
    }
  }
  tally.expect_changed(0.03);
}

// A stand-in for an agent that was drawn anew: each one's screens under each other one's name.
TEST(Robustness, ARedesign) {
  std::size_t dialogs = 0, waiting = 0, others = 0, falsely = 0, starting = 0, working = 0, seen_working = 0;
  std::map<std::string, std::pair<std::size_t, std::size_t>> by_agent;
  for (const CorpusScreen& s : corpus()) {
    if (!is_alive(s) || s.label == "starting" || s.label == "menu") continue;
    for (const AgentRules& other : classifier().agents()) {
      if (other.agent == s.screen.agent_hint || other.extends == s.screen.agent_hint) continue;
      Screen mutant = s.screen;
      mutant.agent_hint = other.agent;
      mutant.agent_age_s = 61;
      const Verdict v = classifier().classify(mutant).verdict;
      starting += v.state == State::kStarting ? 1u : 0u;
      EXPECT_TRUE(v.state != State::kCrashed && v.state != State::kExited && v.state != State::kNotAgent)
          << s.name << " as " << other.agent << ": " << describe(v);
      if (s.label == "waiting") {
        ++dialogs;
        ++by_agent[s.screen.agent_hint].second;
        waiting += v.state == State::kWaiting ? 1u : 0u;
        by_agent[s.screen.agent_hint].first += v.state == State::kWaiting ? 1u : 0u;
        if (v.state != State::kWaiting && std::getenv("ORC_SHOW") != nullptr)
          std::cout << "redesign: " << s.name << " as " << other.agent << ": " << describe(v) << "\n";
      } else {
        ++others;
        falsely += v.state == State::kWaiting ? 1u : 0u;
        if (v.state == State::kWaiting && std::getenv("ORC_SHOW") != nullptr)
          std::cout << "falsely: " << s.name << " as " << other.agent << ": " << describe(v) << "\n";
        if (s.label == "working" || s.label == "compacting") {
          ++working;
          seen_working += v.state == State::kWorking ? 1u : 0u;
        }
      }
    }
  }
  std::cout << "redesign: waiting " << waiting << " of " << dialogs << ", falsely " << falsely << " of "
            << others << ", working " << seen_working << " of " << working << ", starting " << starting
            << "\n";
  for (const auto& [agent, n] : by_agent)
    std::cout << "  " << agent << " " << n.first << " of " << n.second << "\n";
  EXPECT_GE(static_cast<double>(waiting), 0.95 * static_cast<double>(dialogs));
  EXPECT_GE(static_cast<double>(seen_working), 0.7 * static_cast<double>(working));
  EXPECT_LE(static_cast<double>(falsely), 0.01 * static_cast<double>(others));
  EXPECT_EQ(starting, 0u);
}

// ---- a shell behind it
// --------------------------------------------------------------------------------------

TEST(Robustness, OtherPromptsOfShells) {
  Tally tally("another shell prompt");
  for (const CorpusScreen& s : corpus()) {
    if (s.screen.processes != ProcessEvidence::kShellOnly || s.screen.dead) continue;
    Rows rows = rows_of(s.screen);
    std::size_t last = rows.size();
    while (last > 0 && rows[last - 1].empty()) --last;
    if (last == 0 || !rows[last - 1].starts_with("dev@box:")) continue;
    const std::vector<std::vector<std::string>> prompts = {
        {"╭─dev@box ~/src ‹main›", "╰─$ "},
        {"~/src main ❯"},
        {"src on \xEE\x82\xA0 main via 🐍 v3.11", "❯"},
        {" dev \xEE\x82\xB0 ~/src \xEE\x82\xB0 \xEE\x82\xA0 main \xEE\x82\xB0"},
        {"➜  src git:(main) ✗"},
        {"[dev@box src]$"},
        {"dev@box ~/src>"},
        {"$"},
        {"box%"},
        {"┌──(dev㉿box)-[~/src]", "└─$"}};
    for (const auto& prompt : prompts) {
      for (const bool by_process : {true, false}) {
        Rows mutant(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(last) - 1);
        mutant.insert(mutant.end(), prompt.begin(), prompt.end());
        Screen screen = with_rows(s.screen, mutant);
        screen.cursor_y = static_cast<int>(mutant.size()) - 1;
        screen.cursor_x = display_width(prompt.back()) + 1;
        if (!by_process) screen.processes = ProcessEvidence::kOpaque;
        tally.take(s, screen, prompt.back() + (by_process ? "" : " opaque"));
      }
    }
  }
  tally.expect_changed(0.005);
}

// A shell that somebody cleared after the agent had ended: only who saw it before can know.
TEST(Robustness, ClearedShells) {
  const Rows prompts = {"dev@box:~/src# ",
                        "~/src main ❯ ",
                        "➜  src git:(main) ✗ ",
                        "[dev@box src]$ ",
                        "dev@box ~/src> ",
                        "$ ",
                        "box% ",
                        "bash-5.2$ ",
                        "(venv) dev@box:~/src$ ",
                        "╰─$ "};
  for (const AgentRules& rules : classifier().agents()) {
    for (const std::string& prompt : prompts) {
      Screen screen;
      screen.text = prompt + "\n";
      screen.height = 24;
      screen.width = 80;
      screen.cursor_y = 0;
      screen.cursor_x = display_width(prompt);
      screen.cursor_visible = true;
      screen.processes = ProcessEvidence::kShellOnly;
      EXPECT_EQ(classifier().classify(screen).verdict.state, State::kNotAgent) << prompt;
      screen.agent_hint = rules.agent;
      screen.agent_seen_before = true;
      EXPECT_EQ(classifier().classify(screen).verdict.state, State::kExited) << rules.agent << " " << prompt;
    }
  }
}

// ---- flicker
// --------------------------------------------------------------------------------------------------------

// What moves on a screen at work: spinners turn, clocks and counters of tokens go on.
std::string animated(const std::string& text, unsigned frame) {
  static const std::vector<std::vector<std::string>> wheels = {
      {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"}, {"✢", "✳", "✶", "✻", "✽"}, {"◐", "◓", "◑", "◒"}};
  std::string out;
  bool counted = false;
  for (std::size_t i = 0; i < text.size();) {
    bool turned = false;
    for (const auto& wheel : wheels) {
      for (std::size_t w = 0; w < wheel.size() && !turned; ++w) {
        if (text.compare(i, wheel[w].size(), wheel[w]) != 0) continue;
        out += wheel[(w + frame) % wheel.size()];
        i += wheel[w].size();
        turned = true;
      }
    }
    if (turned) continue;
    const bool digit = std::isdigit(static_cast<unsigned char>(text[i])) != 0;
    const std::size_t end = digit ? std::min(text.find_first_not_of("0123456789", i), text.size()) : i;
    const bool clock =
        digit && end < text.size() && text[end] == 's' && i > 0 &&
        (text[i - 1] == '(' || text[i - 1] == ' ') &&
        (end + 1 == text.size() || std::string_view(" )•·,").find(text[end + 1]) != std::string_view::npos ||
         text.compare(end + 1, 2, "\xE2\x80") == 0 || text.compare(end + 1, 2, "\xC2\xB7") == 0);
    if (clock && !counted) {
      out += std::to_string(frame % 60);
      i = end;
      counted = frame % 3 == 0;
      continue;
    }
    out += text[i++];
  }
  return out;
}

// 10 000 looks at agents whose screens move as they do: no state but the first one.
TEST(Robustness, NothingFlickers) {
  std::vector<const CorpusScreen*> painted;
  for (const CorpusScreen& s : corpus()) {
    if (is_alive(s) && s.label != "starting" && s.label != "menu") painted.push_back(&s);
  }
  ASSERT_GT(painted.size(), 200u);
  std::size_t looks = 0, transitions = 0;
  for (unsigned frame = 1; looks < 10000; ++frame) {
    for (const CorpusScreen* s : painted) {
      Screen screen = s->screen;
      screen.text = animated(screen.text, frame);
      screen.title = animated(screen.title, frame);
      const Verdict before = classifier().classify(s->screen).verdict;
      const Verdict after = classifier().classify(screen).verdict;
      ++looks;
      if (before.state == after.state) continue;
      ++transitions;
      ADD_FAILURE() << s->name << " frame " << frame << ": " << describe(before) << " -> " << describe(after);
    }
  }
  std::cout << "flicker: " << looks << " looks at " << painted.size() << " agents, " << transitions
            << " transitions\n";
}

}  // namespace
}  // namespace orc
