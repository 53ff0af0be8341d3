// SPDX-License-Identifier: Apache-2.0
// Rule files: one YAML file an agent, checked on loading. Plain data; see docs/rules.md for the schema.
// Thread-safety: the loaders are pure but for the files they read; the data may be shared once built.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tmux_orc/base/embedded_file.h"
#include "tmux_orc/base/model.h"
#include "tmux_orc/base/result.h"

namespace orc {

// Parts of the screen a pattern can look at. See layout.h for how they are found.
enum class Region { kTitle, kInput, kFooter, kStatus, kAbove, kDialog, kBottom, kLast, kScreen };
inline constexpr int kRegionCount = 9;
std::string_view to_string(Region region);

enum class BoxKind { kRuled, kRounded, kBar, kGlyph, kOpen, kAny };

struct Where {  // a place in a rule file, for messages
  std::string file;
  int line = 0, column = 0;
  friend bool operator==(const Where&, const Where&) = default;
};

struct Pattern {
  Region region = Region::kBottom;
  std::string regex;  // RE2 syntax, multi-line: ^ and $ match at line ends
  friend bool operator==(const Pattern&, const Pattern&) = default;
};

// How an option of a dialog is chosen with keys.
enum class AnswerBy {
  kNumber,       // its digit chooses at once
  kNumberEnter,  // its digit moves the pointer there, Enter chooses
  kLetter,       // its letter chooses at once
  kArrows,       // Up and Down move the pointer, Enter chooses
  kArrowsAcross  // Left and Right move it
};
inline constexpr int kAnswerByCount = 5;
std::string_view to_string(AnswerBy by);  // "number enter"

struct Rule {
  std::string name;
  State state = State::kUnknown;
  std::string detail;
  int priority = 0;                 // higher is tried first; equal ones in file order
  Region region = Region::kBottom;  // where patterns look that do not say it themselves
  std::vector<Pattern> all, any, none;
  std::vector<std::string> seen;  // agent versions
  double confidence = 0.95;
  std::vector<AnswerBy> answer;  // the first that fits an option; empty: not to be answered with keys
  // Parts of an option's text, in lower case, that say: choosing it opens a field for words.
  std::vector<std::string> words;
  Where where;
  friend bool operator==(const Rule&, const Rule&) = default;
};

struct IdentifyPattern {
  Pattern pattern;
  int weight = 1;
  bool inherited = false;  // of the agent that this one extends: alone it proves only that one
  friend bool operator==(const IdentifyPattern&, const IdentifyPattern&) = default;
};

struct PromptSpec {
  std::vector<BoxKind> boxes;
  std::vector<std::string> glyphs;        // an input line starts with one of them; empty: none needed
  std::vector<std::string> turns;         // line prefixes that begin a message of the user above the box
  std::vector<std::string> placeholders;  // regexes: input text that counts as empty
  int footer_lines = 4;                   // most lines below the box
  bool cursor_in_input = false;           // the terminal cursor is where one types
  bool suggests = true;                   // it may show more than placeholders behind the cursor
  friend bool operator==(const PromptSpec&, const PromptSpec&) = default;
};

struct AgentRules {
  std::string agent;
  std::string title;  // for people
  AgentProcess process;
  PromptSpec prompt;
  std::vector<IdentifyPattern> identify;
  std::vector<std::string> farewell;  // what stands above the shell's prompt after quitting
  std::vector<std::string> still;     // what it writes at work only to show that it lives: no movement
  std::vector<Rule> rules;            // sorted by priority, highest first
  std::vector<std::string> seen;      // versions that the file as a whole was proved on
  std::string extends;                // the agent whose rules it began with; empty: none
  std::string origin;                 // the file's name
  bool built_in = false;              // its patterns are checked by tests, and compiled when first needed
  friend bool operator==(const AgentRules&, const AgentRules&) = default;
};

// The rules that `extends: NAME` begins with; kInvalid if there are none.
using FindRules = std::function<Result<AgentRules>(const std::string& agent)>;

// The agent's built-in rules.
Result<AgentRules> builtin_rules(const std::string& agent);

// Reads and checks one file's text. All problems are in the message, one a line, each file:line:column.
Result<AgentRules> parse_rules(const std::string& yaml, const std::string& file_name,
                               const FindRules& base = builtin_rules);

// The built-in agents, then those of `folder` (*.yaml), which replace the built-in one of the same name or
// add to them. One that extends another begins with that one's rules: the built-in ones if it is its own
// name, else those in force. A missing folder is no error.
Result<std::vector<AgentRules>> load_rules(const std::string& folder);

// Reads one more file as if it stood in `folder`.
Result<AgentRules> parse_rules_beside(const std::string& yaml, const std::string& file_name,
                                      const std::string& folder);

// More names and paths of agents' processes, from the configuration. kInvalid for an agent that has no rules.
Result<void> add_processes(std::vector<AgentRules>& agents, const std::vector<AgentProcess>& more);

std::vector<EmbeddedFile> embedded_rule_files();  // generated at build time from config/agents

}  // namespace orc
