// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/act/answer_keys.h"

#include <absl/strings/ascii.h>
#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>

#include "tmux_orc/base/confirmed_rule.h"
#include "tmux_orc/base/text.h"

namespace orc {
namespace {

constexpr std::size_t kMostRows = 16;        // that tmux compares
constexpr std::size_t kLongestPattern = 80;  // of one row
constexpr std::size_t kFewestLetters = 2;    // a row with fewer tells nothing

bool is_alnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

bool is_digit_key(const std::string& key) { return key.size() == 1 && key[0] >= '1' && key[0] <= '9'; }
bool is_letter_key(const std::string& key) {
  return key.size() == 1 && is_alnum(key[0]) && std::isdigit(static_cast<unsigned char>(key[0])) == 0;
}

bool fits(const Ask& ask, const AskOption& option, AnswerBy way) {
  switch (way) {
    case AnswerBy::kNumber:
    case AnswerBy::kNumberEnter:
      return is_digit_key(option.key);
    case AnswerBy::kLetter:
      return is_letter_key(option.key);
    case AnswerBy::kArrows:
    case AnswerBy::kArrowsAcross:
      return ask.selected >= 0 && static_cast<std::size_t>(ask.selected) < ask.options.size();
  }
  return false;
}

// A box to be ticked: several may be chosen, and a key only ticks it.
bool is_ticked(std::string_view text) {
  for (const std::string_view box : {"[ ]", "[x]", "[X]", "[✔]", "[✓]", "☐", "☒", "☑", "◯", "◉"})
    if (text.starts_with(box)) return true;
  return false;
}

// An option that is itself a field for words: choosing it answers nothing, and what follows is a draft.
bool is_for_words(std::string_view text, const std::vector<std::string>& own) {
  if (text.starts_with("> ")) text.remove_prefix(2);  // the pointer is in it: qwen draws a prompt
  const std::string low = absl::AsciiStrToLower(std::string(text));
  for (const std::string_view words :
       {"type something", "type your", "type a ", "type here", "enter a custom", "enter your",
        "custom answer", "write your own", "something else"})
    if (low.starts_with(words)) return true;
  for (const std::string& words : own)
    if (low.find(words) != std::string::npos) return true;
  return low == "other" || low.starts_with("other (") || low.starts_with("other:");
}

// Does the pointer stand on such an option, or would it have to cross one?
bool field_between(const Ask& ask, std::size_t option, AnswerBy way, const std::vector<std::string>& own) {
  if (ask.selected < 0) return false;
  const auto at = static_cast<std::size_t>(ask.selected);
  const bool moves = way == AnswerBy::kArrows || way == AnswerBy::kArrowsAcross;
  const std::size_t first = moves ? std::min(at, option) : at, last = moves ? std::max(at, option) : at;
  for (std::size_t i = first; i <= last && i < ask.options.size(); ++i)
    if (i != option && is_for_words(ask.options[i].text, own)) return true;
  return false;
}

std::vector<std::size_t> matching(const Ask& ask, const auto& holds) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < ask.options.size(); ++i)
    if (holds(ask.options[i])) out.push_back(i);
  return out;
}

// What means nothing to tmux's formats or patterns: letters, digits, and the pointers and letters beyond
// ASCII.
bool is_plain(std::string_view character) {
  if (character.size() == 1) return is_alnum(character[0]) || character == ">";
  return printable(character) == character;
}

// The row's plain characters; what stands between them may be anything.
std::string row_pattern(std::string_view row) {
  std::string out = "*";
  std::size_t letters = 0;
  for (std::size_t at = 0; at < row.size() && out.size() < kLongestPattern;) {
    const std::size_t from = at;
    utf8_next(row, at);
    const std::string_view character = row.substr(from, at - from);
    if (is_plain(character))
      out += character;
    else if (!out.ends_with('*'))
      out += '*';
    letters += character.size() == 1 && is_alnum(character[0]) ? 1 : 0;
  }
  if (!out.ends_with('*')) out += '*';
  return letters >= kFewestLetters ? out : "";
}

// As tmux's `C` looks: from the top, the first row that matches.
std::optional<std::size_t> first_match(const std::vector<std::string_view>& rows,
                                       const std::string& pattern) {
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (::fnmatch(pattern.c_str(), std::string(rows[i]).c_str(), 0) == 0) return i;
  return std::nullopt;
}

// Where a text of the dialog begins on the screen; the last such row, since the dialog is the last to be
// drawn. It may be wrapped: its beginning is enough.
std::optional<std::size_t> row_of(const std::vector<std::string_view>& rows, std::string_view text) {
  constexpr std::size_t kBeginning = 16;
  const std::string pattern = row_pattern(text.substr(0, kBeginning));
  if (pattern.empty()) return std::nullopt;
  for (std::size_t i = rows.size(); i-- > 0;)
    if (::fnmatch(pattern.c_str(), std::string(rows[i]).c_str(), 0) == 0) return i;
  return std::nullopt;
}

}  // namespace

Answering answers_of(const std::vector<AgentRules>& agents, const Verdict& verdict) {
  for (const AgentRules& agent : agents) {
    if (agent.agent != verdict.agent) continue;
    const std::string_view seen = rule_seen(verdict.rule);
    for (const Rule& rule : agent.rules)
      if (seen == agent.agent + "/" + rule.name) return {rule.answer, rule.words};
  }
  return {};
}

Result<AnswerBy> way_to(const Ask& ask, std::size_t option, const Answering& ways) {
  if (ways.by.empty())
    return fail(ErrorKind::kInvalid, "no rule says which keys answer this dialog: jump there");
  if (option >= ask.options.size()) return fail(ErrorKind::kInvalid, "there is no such option");
  if (std::any_of(ask.options.begin(), ask.options.end(),
                  [](const AskOption& o) { return is_ticked(o.text); }))
    return fail(ErrorKind::kInvalid, "several options may be ticked here: jump there");
  if (is_for_words(ask.options[option].text, ways.words))
    return fail(ErrorKind::kInvalid, "this option wants words of your own: jump there");
  for (const AnswerBy way : ways.by) {
    if (!fits(ask, ask.options[option], way)) continue;
    // A digit or a letter would be typed into it, and the pointer may not come out of it again.
    if (field_between(ask, option, way, ways.words))
      return fail(ErrorKind::kInvalid, "a field for words is in the pointer's way: jump there");
    return way;
  }
  return fail(ErrorKind::kInvalid, "no key is known for this option, and no pointer is seen: jump there");
}

Result<std::size_t> chosen_option(const Ask& ask, const std::string& choice) {
  const std::string wanted = absl::AsciiStrToLower(std::string(trim(choice)));
  if (wanted.empty()) return fail(ErrorKind::kInvalid, "no option is named");
  auto found = matching(ask, [&](const AskOption& o) { return absl::AsciiStrToLower(o.key) == wanted; });
  const bool keyless =
      std::all_of(ask.options.begin(), ask.options.end(), [](const AskOption& o) { return o.key.empty(); });
  const bool is_place = wanted.size() <= 2 && std::all_of(wanted.begin(), wanted.end(), [](unsigned char c) {
                          return std::isdigit(c) != 0;
                        });
  if (found.empty() && keyless && is_place) {
    const std::size_t place = std::stoul(wanted);
    if (place >= 1 && place <= ask.options.size()) return place - 1;
  }
  if (found.empty())
    found = matching(ask, [&](const AskOption& o) { return absl::AsciiStrToLower(o.text) == wanted; });
  if (found.empty())
    found =
        matching(ask, [&](const AskOption& o) { return absl::AsciiStrToLower(o.text).starts_with(wanted); });
  if (found.size() == 1) return found.front();
  return fail(ErrorKind::kInvalid,
              fmt::format("{} '{}'", found.empty() ? "no option is" : "several options begin with",
                          printable(choice)));
}

std::string describe(const AskOption& option) {
  return option.key.empty() ? option.text : fmt::format("{}. {}", option.key, option.text);
}

std::string standing_rows(const Ask& ask, const std::string& screen) {
  const auto rows = split_lines(screen);
  std::optional<std::size_t> first, last;
  const auto take = [&](std::string_view text) {
    const auto row = row_of(rows, text);
    if (!row) return;
    first = std::min(first.value_or(*row), *row);
    last = std::max(last.value_or(*row), *row);
  };
  take(ask.title);
  for (const auto line : split_lines(ask.subject)) take(line);
  for (const AskOption& option : ask.options) take(option.text);
  if (!first) return "";
  std::string patterns, places;
  std::size_t compared = 0;
  for (std::size_t i = *last + 1; i-- > *first && compared < kMostRows;) {
    const std::string pattern = row_pattern(rows[i]);
    if (pattern.empty()) continue;
    patterns += fmt::format("#{{C:{}}} ", pattern);
    places += fmt::format("{} ", *first_match(rows, pattern) + 1);
    ++compared;
  }
  return compared == 0 ? "" : fmt::format("#{{==:{},{}}}", patterns, places);
}

}  // namespace orc
