// SPDX-License-Identifier: Apache-2.0
#include "ask_reader.h"

#include <absl/strings/ascii.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ask_rows.h"
#include "compiled_agent.h"
#include "shapes.h"
#include "shell_text.h"
#include "tmux_orc/base/secrets.h"
#include "tmux_orc/base/text.h"

namespace orc {
namespace {

// What is kept of each; a phone's notification shows 180 characters, a web page some lines.
constexpr std::size_t kMostTitle = 300, kMostOption = 200, kMostOptions = 16;
constexpr std::size_t kMostSubject = 2000, kMostSubjectLines = 12;
// How far up a frame's or a rule's dialog is followed: all of it belongs to the id. Without an edge less is;
// the highest seen has 38 lines (a plan at 50 columns).
constexpr std::size_t kMostLines = 400, kMostOpenLines = 60;
// A question that goes on behind its '?' ("(select all that apply)").
constexpr std::size_t kAfterQuestion = 48;

std::string cut_to(std::string text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  text.resize(bytes);
  return text + "…";
}

constexpr std::array<std::string_view, 3> kUpperCorners = {"╭", "┌", "╔"};

bool says(std::string_view text, const RE2& re) { return RE2::PartialMatch(piece(text), re); }

// Looked at before a pattern is: of a dialog's lines nearly none begins like what most patterns are for, and
// a match with parts costs a microsecond, found or not.
bool is_digit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }
bool is_capital(char c) { return absl::ascii_isupper(static_cast<unsigned char>(c)); }
bool is_sign(char c) { return c == '\xE2'; }  // the first byte of all arrows, pointers, frames and ticks

// ---- where the dialog begins ----------------------------------------------------------------------------

bool names_keys(std::string_view text);

struct Frame {
  std::size_t blanks = 0;
  std::string_view border;
  friend bool operator==(const Frame&, const Frame&) = default;
};

Frame frame_of(std::string_view line) {
  Frame out;
  out.blanks = std::min(line.find_first_not_of(' '), line.size());
  for (const std::string_view border : {"│", "┃", "║"}) {
    if (line.substr(out.blanks).starts_with(border)) out.border = border;
  }
  return out;
}

bool is_upper_edge(std::string_view text) {
  return std::any_of(kUpperCorners.begin(), kUpperCorners.end(),
                     [&](std::string_view corner) { return text.starts_with(corner); });
}

// "╭─ Select provider ───╮" gives its words.
std::string_view label_of(std::string_view edge) {
  edge = trim(edge);
  if (edge.find(' ') == std::string_view::npos) return {};
  static const RE2 re(R"(^[ ]*[╭┌╔][─━═]+ (.+?) [─━═]{2,}[╮┐╗]?$)", regex_options());
  re2::StringPiece label;
  if (!RE2::PartialMatch(piece(edge), re, &label)) return {};
  return {label.data(), label.size()};
}

struct Top {
  std::size_t first = 0;
  bool sure = true;       // it was seen: what stands above belongs to something else
  bool edged = false;     // a frame or a rule says so
  bool headless = false;  // a frame whose upper edge scrolled out
  bool outside = false;   // the frame holds the options only: what they are about stands above it
  bool divided = false;   // a line of the frame's own stands between the question and its options
  std::string_view label;
  std::string commands;  // that a frame above the dialog's shows
};

bool all_blank(const ScreenLines& lines, std::size_t first, std::size_t end) {
  for (std::size_t i = first; i < end; ++i) {
    if (!lines.inner(i).text.empty()) return false;
  }
  return true;
}

// A frame with nothing but commands ("$ make"), closed on the line above the dialog's own: it asks about
// them.
std::string commands_above(const ScreenLines& lines, std::size_t edge, const Frame& frame, std::size_t low) {
  std::string out;
  if (edge < low + 2) return out;
  const std::string_view closed = trim(lines[edge - 1]);
  if (!closed.starts_with("└") && !closed.starts_with("╰")) return out;
  std::size_t i = edge - 1;
  while (i > low && frame_of(lines[i - 1]) == frame) --i;
  if (!lines.inner(i).text.starts_with("$ ")) return out;
  for (; i + 1 < edge; ++i) {
    std::string_view text = lines.inner(i).text;
    if (text.starts_with("$ ")) text.remove_prefix(2);
    if (!out.empty()) out += '\n';
    out += text;
  }
  return blank_secrets(std::move(out));
}

Top top_of_frame(const ScreenLines& lines, std::size_t anchor, const Frame& frame, std::size_t low) {
  Top out;
  out.first = anchor;
  const auto climb = [&] {
    while (out.first > low && frame_of(lines[out.first - 1]) == frame) --out.first;
  };
  climb();
  // "├────┤" between the question and its options.
  if (out.first > low + 1 && trim(lines[out.first - 1]).starts_with("├") &&
      all_blank(lines, out.first, anchor)) {
    --out.first;
    out.divided = true;
    climb();
  }
  out.sure = out.first > 0;
  out.edged = true;
  // A bar at the left alone has no upper edge. Copilot's tabs stand above what has scrolled.
  const bool begun = out.sure && is_upper_edge(trim(lines[out.first - 1]));
  out.headless = !begun && frame.border != "┃";
  if (!out.sure) return out;
  out.label = label_of(lines[out.first - 1]);
  if (out.label.empty()) out.commands = commands_above(lines, out.first - 1, frame, low);
  if (!out.commands.empty()) return out;
  if (!out.label.empty() || !all_blank(lines, out.first, anchor)) return out;
  // The paragraph above the frame. Bars may have no edge above them but the question: "◆  May it run?".
  out.outside = true;
  std::size_t i = out.first - 1;
  const bool bare = !lines.is_frame(i) && !lines[i].empty();
  if (bare) out.first = i;
  const std::size_t most = bare ? 2 : 1;
  for (std::size_t blanks = 0; i > low && lines[i - 1].empty() && blanks < most; ++blanks) --i;
  std::size_t paragraph = i;
  const auto heads = [&](std::size_t k) {  // "─── shell ───", a shell's command
    return trim(lines[k]).starts_with("───") || is_prompt_line(lines[k]);
  };
  while (paragraph > low && !lines[paragraph - 1].empty() && !heads(paragraph - 1) &&
         frame_of(lines[paragraph - 1]).border.empty())
    --paragraph;
  if (paragraph < i) out.first = paragraph;
  out.sure = out.first > 0;
  return out;
}

// "⏺ Run bash command(set -euo pipefail": it goes on in the lines below, and these belong to the dialog.
bool opens_call(std::string_view line) {
  static const RE2 re(R"(^ *[●•⏺○] [A-Z][\w ]*\([^()]*(?:\([^()]*\)[^()]*)*$)", regex_options());
  return says(line, re);
}

// A line that belongs to what was said before: a bullet further left than the options, a shell's prompt.
bool is_transcript(std::string_view line, int column) {
  // A pointer further right may stand on a field of the dialog.
  static const RE2 bullet(
      R"(^(?: *(?:[●◆•✦⏺✻⛬✢✶✽○▣■⏵⠁-⣿]\x{fe0e}?|[>*] )|[❯›] )[ \x{a0}]*\S)",
      regex_options());
  const std::size_t blanks = line.find_first_not_of(' ');
  if (blanks == std::string_view::npos || static_cast<int>(blanks) > std::max(0, column - 1)) return false;
  return says(line, bullet) || (blanks == 0 && is_prompt_line(line));
}

// "Do you trust the files in this folder?" on the rule that closes a heading.
std::string_view question_on(const ScreenLines& lines, std::size_t rule) {
  if (rule < 2 || !lines[rule - 2].empty()) return {};
  const std::string_view heading = lines.inner(rule - 1).text;
  return heading.ends_with('?') ? heading : std::string_view();
}

Top top_in_the_open(const ScreenLines& lines, std::size_t anchor, std::size_t low, int cursor) {
  Top out;
  const int column = static_cast<int>(std::min(lines[anchor].find_first_not_of(' '), lines[anchor].size()));
  std::size_t i = anchor, blanks = 0;
  for (; i > low; --i) {
    const std::string_view line = lines[i - 1];
    const std::string_view text = trim(line);
    if (lines.is_rule(i - 1) && !text.starts_with("╌")) {
      out.edged = true;
      out.label = question_on(lines, i - 1);
      break;
    }
    // A whole frame above the options is part of what is asked, what stands above it is not.
    if (text.starts_with("╭─") && text.ends_with("╮")) break;
    blanks = line.empty() ? blanks + 1 : 0;
    // "> " with the cursor is a field, and so is one below which stand but the keys.
    const bool typed_in =
        cursor == static_cast<int>(i) - 1 || (cursor < 0 && line.starts_with("> ") && i < anchor &&
                                              all_blank(lines, i, anchor) && names_keys(trim(lines[anchor])));
    if (blanks == 3) break;
    if (!typed_in && is_transcript(line, column)) {
      if (blanks == 0 && opens_call(line)) --i;
      break;
    }
  }
  if (!out.edged && anchor - i > kMostOpenLines) i = anchor - kMostOpenLines;
  out.first = i;
  out.sure = i > 0;
  return out;
}

Top find_top(const ScreenLines& lines, std::size_t anchor, int cursor) {
  const std::size_t low = anchor > kMostLines ? anchor - kMostLines : 0;
  const Frame frame = frame_of(lines[anchor]);
  return frame.border.empty() ? top_in_the_open(lines, anchor, low, cursor)
                              : top_of_frame(lines, anchor, frame, low);
}

// ---- options --------------------------------------------------------------------------------------------

int number_in(std::string_view key) {
  int number = 0;
  for (const char c : key) number = c >= '0' && c <= '9' ? number * 10 + (c - '0') : 0;
  return number;
}

// "2. Yes" at the beginning of a line, behind a pointer or not.
int number_of(std::string_view text, std::string_view& key, std::string_view& rest) {
  static const RE2 re(R"(^(?:[❯›▶→>●▸]\s*)?(\d{1,2})[.):]\s*(\S.*)$)", regex_options());
  if (text.empty() || (!is_digit(text[0]) && !is_sign(text[0]) && text[0] != '>')) return 0;
  re2::StringPiece digits, words;
  if (!RE2::FullMatch(piece(text), re, &digits, &words)) return 0;
  key = {digits.data(), digits.size()};
  rest = {words.data(), words.size()};
  return number_in(key);
}

// Numbered options further up than a choice is looked for, and those behind a rule ("5. Chat about this").
void complete_numbers(const ScreenLines& lines, Choice& choice) {
  if (choice.options.empty()) return;
  std::string_view key, text;
  for (int first = number_in(choice.options.front().key); first > 1;) {
    const std::size_t from = choice.options.front().line;
    std::size_t i = from;
    while (i > 0 && from - i < 6 && number_of(lines.inner(i - 1).text, key, text) != first - 1) --i;
    if (i == 0 || from - i >= 6) break;
    choice.options.insert(choice.options.begin(), {i - 1, key, text});
    if (choice.selected >= 0) ++choice.selected;
    --first;
  }
  const int last = number_in(choice.options.back().key);
  if (last == 0) return;
  const std::size_t end = std::min(lines.size(), choice.options.back().line + 6);
  for (std::size_t i = choice.options.back().line + 1; i < end; ++i) {
    if (number_of(lines.inner(i).text, key, text) == last + 1) {
      choice.options.push_back({i, key, text});
      return;
    }
  }
}

// The pointer stands on what closes a list of ticks ("Done"), which has no number: the list is above it.
void list_above(const ScreenLines& lines, Choice& choice) {
  static const RE2 tick(R"(^(?:\[[xX✓✔* ]\]|[☐☑☒◉◯])(?: |$))", regex_options());
  if (choice.kind != Choice::Kind::kPointer || choice.selected != 0) return;
  const Choice::Option pointed = choice.options.front();
  std::string_view key, text;
  std::size_t i = pointed.line;
  bool described = false;  // each option has a line about it, and so has this one
  while (i > 0 && pointed.line - i < 6 && number_of(lines.inner(i - 1).text, key, text) == 0) {
    --i;
    described = true;
    if (lines.inner(i).text.empty() || lines.is_frame(i)) return;
  }
  if (i == 0 || pointed.line - i >= 6 || !says(text, tick)) return;
  const std::size_t last = i - 1;
  described = described || (last > 0 && lines.inner(last - 1).column > lines.inner(last).column);
  const auto below = choice.options.begin() + 1;
  if (described) choice.options.erase(below, choice.options.end());
  choice.options.insert(choice.options.begin(), {last, key, text});
  choice.selected = 1;
  choice.kind = Choice::Kind::kNumbers;
}

bool names_keys(std::string_view text) {
  static const RE2 re(
      R"((?i)^\(?(?:press |use |hit )?(?:(?:enter|return|space|esc|escape|tab|any key)(?: to\b| *[:·=/⏎] ?| (?:sel|con|sub|cho|can|dis|tog|again))|(?:shift|ctrl|alt|alt/option)\+|arrow keys|↑|⇆|←/|⏎|↵)|^[↑↓] ?\d+ more|\b(?:enter|esc|space)\b:? (?:to )?(?:select|confirm|cancel|continue|submit|close|dismiss|toggle))",
      regex_options());
  return says(text, re);
}

// Numbers further up that the keys at the screen's end have nothing to do with: tips in a frame, steps above
// a field ("Paste your code:").
bool are_no_options(const ScreenLines& lines, const Choice& choice) {
  if (choice.kind != Choice::Kind::kKeys || choice.options.empty()) return false;
  for (std::size_t i = choice.options.back().line + 1; i < lines.size(); ++i) {
    const std::string_view text = trim(lines[i]);
    if (text.starts_with("╭") || text.starts_with("┌") || lines.is_rule(i) || text.ends_with(':'))
      return true;
  }
  return false;
}

// "No, and tell it what to do (esc)" reads like a line of keys, but stands where the options do.
void complete_words(const ScreenLines& lines, Choice& choice) {
  if (choice.kind != Choice::Kind::kPointer || choice.options.size() < 2) return;
  const int column = lines.inner(choice.options[choice.selected == 1 ? 0 : 1].line).column;
  for (std::size_t i = choice.options.back().line + 1; i < lines.size(); ++i) {
    const Inner& inner = lines.inner(i);
    if (inner.text.empty() || inner.column != column || names_keys(inner.text)) return;
    choice.options.push_back({i, {}, inner.text});
  }
}

// "ctrl+o to toggle" turns a view, it answers nothing.
bool turns_a_view(std::string_view text) { return text == "toggle"; }

// "Press t to trust all; enter to review hooks; esc to close".
std::vector<AskOption> keys_in(std::string_view line) {
  static const RE2 piece_of(
      R"((?i)(?:^|[;,|·•(]\s*|\s{2,}|\. (?:press|hit) )(?:or )?(?:press |hit )?(enter|return|space|esc|escape|tab|any key|(?:ctrl|shift|alt)\+\w+|[a-z0-9])(?: to |  ?(?:=|:) ?)(\S[^;,|·•)]*?)\s*(?:[;,|·•).]|\s{2,}|$))",
      regex_options());
  std::vector<AskOption> out;
  re2::StringPiece rest = piece(line), key, text;
  while (out.size() < kMostOptions) {
    const char* before = rest.data();
    if (!RE2::FindAndConsume(&rest, piece_of, &key, &text)) break;
    if (!turns_a_view({text.data(), text.size()}))
      out.push_back({std::string(key.data(), key.size()), std::string(text.data(), text.size())});
    // The separator belongs to the next piece as well.
    const char* from = text.data() + text.size();
    if (from <= before) break;
    rest = re2::StringPiece(from, static_cast<std::size_t>(line.data() + line.size() - from));
  }
  return out;
}

// Options that fill a frame of their own above the line with the keys: no pointer is seen in plain text.
void framed_options(const ScreenLines& lines, Choice& choice) {
  static const RE2 keyed(R"((?i)^press \S{1,8} to \w)", regex_options());
  constexpr std::size_t kMost = 8;
  std::size_t i = lines.size();
  while (i > 0 && lines.size() - i < 4 && !trim(lines[i - 1]).starts_with("╰") &&
         !trim(lines[i - 1]).starts_with("└"))
    --i;
  if (i < 3 || lines.size() - i >= 4) return;
  const std::size_t bottom = i - 1;
  std::vector<Choice::Option> found;
  int column = -1;
  for (i = bottom; i-- > 0 && bottom - i <= kMost;) {
    if (frame_of(lines[i]).border.empty()) break;
    const Inner& inner = lines.inner(i);
    if (inner.text.empty() || says(inner.text, keyed)) return;
    if (column < 0 || inner.column > column) column = inner.column;
    found.push_back({i, {}, inner.text});
  }
  // What goes on from the line above begins at the frame, or where it fits no option.
  std::erase_if(found, [&](const Choice::Option& o) { return lines.inner(o.line).column < column; });
  if (found.size() >= 2) choice.options.assign(found.rbegin(), found.rend());
}

// "› DeepSeek API Key" with a line about it below, and so on down to the keys, in groups that blanks part:
// each group has as many lines about options as options, all in one column, none shorter than its option.
bool described_list(const ScreenLines& lines, Choice& choice) {
  constexpr std::size_t kReach = 40, kFewest = 3;
  const std::size_t low = lines.size() > kReach ? lines.size() - kReach : 0;
  std::size_t pointed = lines.size();
  while (pointed > low && !lines.inner(pointed - 1).text.starts_with("› ") &&
         !lines.inner(pointed - 1).text.starts_with("❯ "))
    --pointed;
  if (pointed == low) return false;
  --pointed;
  const std::string_view pointer = lines.inner(pointed).text;
  const std::string_view text = trim(pointer.substr(std::string_view("›").size()));
  const int column = lines.inner(pointed).column + 2;
  const std::string_view border = frame_of(lines[pointed]).border;
  const auto in_column = [&](std::size_t i) {
    return i == pointed || (lines.inner(i).column == column && !names_keys(lines.inner(i).text));
  };
  const auto ends = [&](std::size_t i) {
    return frame_of(lines[i]).border != border || (!lines.inner(i).text.empty() && !in_column(i));
  };
  std::size_t first = pointed, end = pointed + 1;
  while (first > low && !ends(first - 1)) --first;
  while (end < lines.size() && !ends(end)) ++end;
  std::vector<Choice::Option> found;
  int selected = -1;
  std::size_t groups = 0;  // one alone is a plain list as likely
  for (std::size_t i = first; i < end; ++i) {
    if (lines.inner(i).text.empty()) continue;
    if (i + 1 >= end || i + 1 == pointed) return false;
    const int room = display_width(i == pointed ? text : lines.inner(i).text);
    if (display_width(lines.inner(i + 1).text) < room) return false;
    groups += i == first || lines.inner(i - 1).text.empty() ? 1u : 0u;
    if (i == pointed) selected = static_cast<int>(found.size());
    found.push_back({i, {}, i == pointed ? text : lines.inner(i).text});
    ++i;
  }
  if (groups < 2 || found.size() < kFewest || selected < 0) return false;
  choice = {};
  choice.kind = Choice::Kind::kPointer;
  choice.options = std::move(found);
  choice.selected = selected;
  return true;
}

// ---- the parts ------------------------------------------------------------------------------------------

// The dialog's rows in a text of their own, where secrets are blanked; those that an edge cut, too.
struct Rows {
  std::vector<AskRow> rows;
  std::vector<std::string_view> original;
  std::string text;
};

void take_rows(const ScreenLines& lines, std::size_t first, std::size_t end, int width, Rows& out) {
  out.rows = ask_rows(lines, first, end, width);
  for (const AskRow& row : out.rows) {
    out.original.push_back(row.text);
    out.text.append(row.text);
    out.text += '\n';
  }
  out.text = blank_secrets(std::move(out.text));
  std::size_t at = 0;
  for (AskRow& row : out.rows) {
    const std::size_t size = row.text.size();
    row.text = std::string_view(out.text).substr(at, size);
    at += size + 1;
  }
}

// What stands in the field in which one types is the person's own.
void blank_field(Rows& dialog, int cursor) {
  for (AskRow& row : dialog.rows) {
    if (static_cast<int>(row.line) != cursor) continue;
    for (const std::string_view sign : {">", "❯", "›"}) {
      if (row.text.starts_with(sign)) row.text = {};
    }
  }
}

std::string_view until_column_gap(std::string_view text) {
  const std::size_t gap = text.find("  ");
  return gap == std::string_view::npos ? text : trim(text.substr(0, gap));
}

// "Continue (tab)": the key that is named where nothing else is.
void take_key_behind(AskOption& option) {
  static const RE2 re(R"((?i)^(.*\S) \(((?:esc|tab|enter|shift\+tab|ctrl\+\w|[a-z]))\)$)", regex_options());
  std::string text, key;
  if (!option.key.empty() || !option.text.ends_with(')') || !RE2::FullMatch(option.text, re, &text, &key))
    return;
  option = {std::move(key), std::move(text)};
}

// "[ ] 1. linux" and "1. [ ] linux" where nothing has told the number apart: the key is the number.
void take_number(AskOption& option) {
  static const RE2 re(R"(^(\[.\] |[☐☑☒◉◯] )?(\d{1,2})[.)] +(\[.\] )?(\S.*)$)", regex_options());
  // "z (○) Type your answer here" below those with numbers.
  static const RE2 letter(R"(^([a-z]) \([○●◉]\) +(\S.*)$)", regex_options());
  std::string tick, number, tick_behind, text;
  const char head = option.text.empty() ? ' ' : option.text[0];
  const bool lettered = option.text.size() > 2 && option.text[1] == ' ' && option.text[2] == '(';
  if (lettered && option.key.empty() && RE2::FullMatch(option.text, letter, &number, &text)) {
    option = {std::move(number), std::move(text)};
    return;
  }
  if (!is_digit(head) && !is_sign(head) && head != '[') return;
  if (!option.key.empty() || !RE2::FullMatch(option.text, re, &tick, &number, &tick_behind, &text)) return;
  if (tick.empty() && tick_behind.empty()) return;
  option = {std::move(number), tick + tick_behind + text};
}

// A quotation that began and has no end: "'set -euo pipefail".
bool has_open_quote(std::string_view text) {
  static const RE2 re(R"((?:^| )(?:'[^']*|"[^"]*|`[^`]*)$)", regex_options());
  return says(text, re);
}

std::string option_text(const Rows& dialog, const Choice& choice, std::size_t k, std::size_t first,
                        bool buttons) {
  const Choice::Option& option = choice.options[k];
  const std::size_t r = option.line - first;
  const std::string_view original = dialog.original[r];
  if (original.empty()) return {};
  const auto offset = static_cast<std::size_t>(option.text.data() - original.data());
  if (offset > original.size()) return {};
  const std::string_view row = dialog.rows[r].text.substr(offset);
  if (buttons) return std::string(row.substr(0, option.text.size()));
  const std::string_view head = until_column_gap(without_mark(row));
  std::string out(head);
  if (head.data() + head.size() != row.data() + row.size()) return out;
  const std::size_t next =
      k + 1 < choice.options.size() ? choice.options[k + 1].line - first : dialog.rows.size();
  const auto goes_on = [&](std::size_t j) {
    const AskRow& row_below = dialog.rows[j];
    if (is_wrapped(dialog.rows[j - 1], row_below)) return true;
    return !row_below.text.empty() && row_below.column > dialog.rows[r].column && has_open_quote(out);
  };
  for (std::size_t j = r + 1; j < next && j < r + 5 && goes_on(j); ++j) {
    if (names_keys(dialog.rows[j].text) && !dialog.rows[j].text.starts_with('(')) break;
    out += ' ';
    out += dialog.rows[j].text;
  }
  return out;
}

// An option without a number that only goes on with the one above.
bool is_rest(const Rows& dialog, const Choice& choice, std::size_t k, std::size_t first) {
  if (k == 0 || !choice.options[k].key.empty()) return false;
  const std::size_t r = choice.options[k].line - first;
  const std::string_view text = dialog.rows[r].text;
  return choice.options[k - 1].line + 1 == choice.options[k].line && !text.empty() && text[0] >= 'a' &&
         text[0] <= 'z' && is_wrapped(dialog.rows[r - 1], dialog.rows[r]);
}

// "(Y)es/(N)o/(D)on't ask again": a letter in brackets begins each answer.
std::vector<AskOption> lettered_answers(std::string_view text) {
  static const RE2 re(R"((?:^|[/ ])\(([A-Z])\)([a-z'’][a-z'’ ]*[a-z]|[a-z]))", regex_options());
  std::vector<AskOption> out;
  re2::StringPiece rest = piece(text);
  std::string letter, word;
  while (out.size() < kMostOptions && RE2::FindAndConsume(&rest, re, &letter, &word)) {
    const char key = static_cast<char>(letter[0] | 0x20);
    out.push_back({std::string(1, key), letter + word});
  }
  return out;
}

void read_options(const Rows& dialog, Choice& choice, std::size_t first, Ask& ask) {
  if (choice.kind == Choice::Kind::kYesNo) {
    ask.options = lettered_answers(dialog.rows[choice.options.front().line - first].text);
    if (ask.options.size() < 2) ask.options = {{"y", "Yes"}, {"n", "No"}};
    return;
  }
  const bool buttons = choice.kind == Choice::Kind::kButtons;
  for (std::size_t k = choice.options.size(); !buttons && k-- > 1;) {
    if (!is_rest(dialog, choice, k, first)) continue;
    choice.options.erase(choice.options.begin() + static_cast<std::ptrdiff_t>(k));
    if (choice.selected > static_cast<int>(k)) --choice.selected;
  }
  for (std::size_t k = 0; k < choice.options.size(); ++k) {
    AskOption option{std::string(choice.options[k].key), option_text(dialog, choice, k, first, buttons)};
    if (option.text.empty() || (buttons && names_keys(option.text))) continue;
    if (static_cast<int>(k) == choice.selected) ask.selected = static_cast<int>(ask.options.size());
    // A field among the options has a pointer of its own.
    if (static_cast<int>(k) == choice.selected && option.text.starts_with("> ")) option.text.erase(0, 2);
    take_key_behind(option);
    take_number(option);
    ask.options.push_back(std::move(option));
  }
}

// ---- title and subject ----------------------------------------------------------------------------------

// "Reason: May I ...?", "$ grep -q a?": asked in passing, or not at all.
bool is_labelled(std::string_view text) {
  static const RE2 re(R"(^(?:[A-Z]\w+: |[$#↳⎿] ?))", regex_options());
  if (text.empty()) return false;
  const char head = text[0];
  return (is_capital(head) || is_sign(head) || head == '$' || head == '#') && says(text, re);
}

// The question with which a line ends, whatever is said about it in brackets; nothing where there is none.
std::string_view question_in(std::string_view text) {
  static const RE2 re(R"(^(.*?\?["'”’)\]]{0,2})(?: *\(.*)?$)", regex_options());
  // "mail -s 'Proceed? (y/n)' ops": within quotes, of a command.
  static const RE2 quoted(R"(\? *\([^)]*\)['"”’])", regex_options());
  if (text.find('?') == std::string_view::npos) return {};
  re2::StringPiece question;
  if (is_labelled(text) || says(text, quoted) || !RE2::FullMatch(piece(text), re, &question)) return {};
  return text.size() - question.size() <= kAfterQuestion ? text : text.substr(0, question.size());
}

bool is_noise(std::string_view text) {
  static const RE2 re(
      R"((?i)^(?:tip: |← |this command requires approval$|\.\.\. |[↑↓] ?\d+ more|worked for <?\d+ ?[smh]|[+▸▶] show details$|[a-z] open \w))",
      regex_options());
  return says(text, re) || names_keys(text);
}

// A link and what stands before it ("Learn more <https://...>", "Link:") say where more is read; "Field 1/2"
// says how far one is: none of it is what is asked.
bool is_beside(std::string_view text) {
  static const RE2 re(
      R"((?i)^(?:learn more\b.{0,4}(?:https?://\S+)?|security guide|(?:link|url):?|https?://\S+)$)",
      regex_options());
  static constexpr std::string_view kHeads = "lLsSuUhH";
  if (text.empty()) return false;
  return (kHeads.find(text[0]) != std::string_view::npos && says(text, re)) || is_counter(text);
}

// A row of a diff ("  4 + ask(\"Allow? (y/n)\");") or of code: what is asked about, never the question.
bool is_code(std::string_view text) {
  static const RE2 diff(R"(^\d{1,5} +[+-](?: |$))", regex_options());
  if (text.empty()) return false;
  return text.ends_with(';') || text.ends_with('{') || text.ends_with('}') ||
         (is_digit(text[0]) && says(text, diff));
}

std::optional<std::size_t> find_title(const std::vector<AskLine>& lines, const Top& top) {
  for (std::size_t i = lines.size(); i-- > 0;) {
    // "● Which database?": an answer that is looked over once more. "- who is on call?": of a plan's list.
    if (lines[i].quoted || lines[i].text.starts_with("●") || lines[i].text.starts_with("- ")) continue;
    if (is_code(lines[i].text)) continue;
    if (!question_in(without_mark(lines[i].text)).empty()) return i;
  }
  std::optional<std::size_t> first, last;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].quoted || is_noise(lines[i].text) || is_beside(lines[i].text)) continue;
    if (lines[i].text.starts_with("⚠")) return i;
    if (!first) first = i;
    last = i;
  }
  if (!last) return std::nullopt;
  if (lines[*last].text.ends_with(':')) return last;
  if (top.headless) return std::nullopt;  // its heading scrolled out with it: what is left is no title
  if (top.edged) return top.divided ? last : first;
  // "Hooks need review" over two lines about them.
  std::size_t head = *last;
  while (head > *first && !lines[head].starts_paragraph && !is_beside(lines[head - 1].text)) --head;
  const bool heads = !lines[head].text.ends_with('.') && display_width(lines[head].text) <= 40;
  return heads ? head : *last;
}

// "⎿ Will run: make" and "$ make" give "make".
std::string_view behind_label(std::string_view text) {
  static const RE2 re(R"(^(?:[⎿↳└] ?)?(?:(?:Will run|Command|Run|Running|Execute): +|[$↳] )(\S.*)$)",
                      regex_options());
  if (text.empty() || (!is_capital(text[0]) && !is_sign(text[0]) && text[0] != '$')) return {};
  re2::StringPiece command;
  if (!RE2::FullMatch(piece(text), re, &command)) return {};
  return {command.data(), command.size()};
}

void add_line(std::string& out, std::string_view text) {
  if (text.empty()) return;
  if (!out.empty()) out += '\n';
  out += text;
}

// Whether the line below a label's command goes on with it: its lines stand below the label ("$ ..."), below
// what is behind the label's mark, or below the command. Where the label hangs at "⎿", what is set in
// otherwise is what the tool said.
bool goes_on_below(const AskLine& labelled, std::string_view command, const AskLine& next) {
  if (!labelled.text.starts_with("⎿")) return true;
  const auto offset = static_cast<std::size_t>(command.data() - labelled.text.data());
  const int at = labelled.column + display_width(std::string_view(labelled.text).substr(0, offset));
  return next.column <= labelled.column + 2 || next.column == at;
}

// "Run bash command(set -euo pipefail": the call at whose argument the label stands for, where that has more
// lines than the label's ("⎿ Command: set -euo pipefail").
std::string called_with(const std::vector<AskLine>& lines, std::size_t label, std::string_view command) {
  if (label == 0 || lines[0].text.find('(') == std::string::npos) return {};
  const std::string_view head = std::string_view(lines[0].text).substr(lines[0].text.find('(') + 1);
  if (!head.starts_with(command)) return {};
  std::string out(head);
  std::size_t i = 1;
  for (; i < label && !lines[i].starts_paragraph && !lines[i].text.starts_with("⎿"); ++i)
    add_line(out, lines[i].text);
  if (i == 1 || !out.ends_with(')')) return {};
  out.pop_back();
  return out;
}

// The command alone: quoted, behind a label, or set in deeper than what introduces it.
std::string find_command(const std::vector<AskLine>& lines, std::size_t title) {
  std::string out;
  for (const AskLine& line : lines) {
    if (line.quoted) add_line(out, line.text);
  }
  if (!out.empty()) {
    const std::string_view bare = behind_label(out);
    return bare.empty() ? out : std::string(bare);
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view command = behind_label(lines[i].text);
    if (command.empty()) continue;
    if (std::string call = called_with(lines, i, command); !call.empty()) return call;
    add_line(out, command);
    const std::size_t label = i;
    const auto in_quotes = [&] { return std::count(out.begin(), out.end(), '\'') % 2 == 1; };
    for (++i; i < lines.size() && (!lines[i].starts_paragraph || in_quotes()) && i != title; ++i) {
      if (in_quotes() && lines[label].text.starts_with("$")) {
        add_line(out, lines[i].text);
        continue;
      }
      // A loop's body is set in, its end is not: only the first line says where they begin.
      if (i == label + 1 && !goes_on_below(lines[label], command, lines[i])) break;
      if (lines[i].column < lines[label + 1].column || is_labelled(lines[i].text)) break;
      if (lines[i].text.find(": ") < 28) break;  // "Why this needs approval: ..."
      add_line(out, lines[i].text);
    }
    return out;
  }
  for (std::size_t i = 1; i < title && i < lines.size(); ++i) {
    if (!lines[i].starts_paragraph || lines[i].column <= lines[0].column) continue;
    do add_line(out, lines[i].text);
    while (++i < title && !lines[i].starts_paragraph);
    return out;
  }
  return out;
}

// "☐ Database", "Question 1/2", "Targets    Submit": a short line of its own at the top names the question,
// it is not about it; so is one below such a line.
bool names_the_question(const std::vector<AskLine>& lines, std::size_t i) {
  const std::string& text = lines[i].text;
  const bool alone = i + 1 >= lines.size() || lines[i + 1].starts_paragraph;
  const bool tabs = text.find("   ") != std::string::npos;
  return (alone || tabs || text.find('(') != std::string::npos) && display_width(text) <= 40 &&
         (i == 0 || (i == 1 && lines[i].starts_paragraph && names_the_question(lines, 0)));
}

// Drawn, not written: a logo above the dialog.
bool is_art(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c & 0x80) != 0;
  });
}

bool is_path(std::string_view text) {
  return (text.starts_with('/') || text.starts_with("~/")) && text.find(' ') == std::string_view::npos;
}

std::string find_subject(const std::vector<AskLine>& lines, std::size_t title, const Ask& ask) {
  if (ask.kind == "command" || ask.kind.empty()) {
    if (std::string command = find_command(lines, title); !command.empty()) return command;
  }
  if (ask.kind == "trust") {
    for (const AskLine& line : lines) {
      if (is_path(line.text)) return line.text;
    }
  }
  const bool headings = ask.kind != "question" && ask.kind != "choice";
  std::string before, after;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i == title || is_noise(lines[i].text) || (!headings && names_the_question(lines, i))) continue;
    if (ask.kind == "login" && is_art(lines[i].text)) continue;
    add_line(i < title ? before : after, without_mark(lines[i].text));
  }
  return after.empty() || ask.kind == "edit" || ask.kind == "plan"
             ? before + (before.empty() || after.empty() ? "" : "\n") + after
             : after;
}

std::string first_lines(std::string text) {
  std::size_t at = 0;
  for (std::size_t n = 0; n < kMostSubjectLines; ++n) {
    at = text.find('\n', at);
    if (at == std::string::npos) return cut_to(std::move(text), kMostSubject);
    ++at;
  }
  text.resize(at - 1);
  return cut_to(std::move(text), kMostSubject - 4) + "\n…";
}

// ---- the id ---------------------------------------------------------------------------------------------

// Blanks and line ends are one: another width wraps the same words elsewhere.
std::uint64_t hash_words(std::string_view text, std::uint64_t seed) {
  constexpr std::string_view kBlanks = " \n\t";
  std::uint64_t hash = seed;
  bool first = true;
  while (true) {
    const std::size_t from = text.find_first_not_of(kBlanks);
    if (from == std::string_view::npos) break;
    const std::size_t end = std::min(text.find_first_of(kBlanks, from), text.size());
    if (!first) hash = fnv1a(" ", hash);
    hash = fnv1a(text.substr(from, end - from), hash);
    first = false;
    text.remove_prefix(end);
  }
  return fnv1a(std::string_view("\0", 1), hash);
}

// Before anything is cut to size: two commands that differ far behind are two.
std::uint64_t id_of(const Ask& ask) {
  std::uint64_t id = hash_words(ask.kind, 14695981039346656037ull);
  id = hash_words(ask.title, id);
  id = hash_words(ask.subject, id);
  for (const AskOption& option : ask.options) id = hash_words(option.text, hash_words(option.key, id));
  return id == 0 ? 1 : id;
}

void finish(Ask& ask) {
  ask.kind = printable(ask.kind);
  ask.title = printable(ask.title);
  ask.subject = printable(ask.subject, true);
  for (AskOption& option : ask.options) option = {printable(option.key), printable(option.text)};
  if (ask.title.empty() && ask.options.empty()) {
    ask.id = 0;
    return;
  }
  ask.id = id_of(ask);
  ask.title = cut_to(std::move(ask.title), kMostTitle);
  ask.subject = first_lines(std::move(ask.subject));
  if (ask.options.size() > kMostOptions) ask.options.resize(kMostOptions);
  if (ask.selected >= static_cast<int>(ask.options.size())) ask.selected = -1;
  for (AskOption& option : ask.options) option.text = cut_to(std::move(option.text), kMostOption);
}

std::string_view without_answers(std::string_view text) {
  static const RE2 letters(R"(^(.*?\S)\s*\([A-Z]\)[a-z'’ ]+/\([A-Z]\)[^?]*$)", regex_options());
  re2::StringPiece asked;
  if (RE2::FullMatch(piece(text), letters, &asked)) return {asked.data(), asked.size()};
  static const RE2 re(R"((?i)^(.*\S)\s*[\[(](?:y|yes|n|no)\b[^\[(]*[\])]\s*[:?>]?$)", regex_options());
  re2::StringPiece question;
  if (!RE2::FullMatch(piece(text), re, &question)) return text;
  return {question.data(), question.size()};
}

// The line with which the dialog's text ends: the options begin there, or it is the last one.
std::size_t body_end(const Choice& choice, const ScreenLines& lines) {
  if (choice.options.empty()) return lines.size();
  return choice.kind == Choice::Kind::kYesNo ? choice.options.front().line + 1 : choice.options.front().line;
}

std::size_t last_written(const ScreenLines& lines) {
  std::size_t i = lines.size() - 1;
  while (i > 0 && (lines.inner(i).text.empty() || trim(lines[i]).starts_with("╰") ||
                   trim(lines[i]).starts_with("└") || is_rule_line(trim(lines[i]))))
    --i;
  return i;
}

// "dialog waiting · Showing detailed transcript · ctrl+o to toggle": a line of state, of which only the first
// part says what it asks.
std::string_view without_keys(std::string_view text) {
  static constexpr std::string_view kDot = " · ";
  const std::size_t end = text.find(kDot);
  for (std::size_t at = end; at != std::string_view::npos; at = text.find(kDot, at + 1)) {
    if (names_keys(text.substr(at + kDot.size()))) return text.substr(0, end);
  }
  return text;
}

// A greeting in the middle of an empty screen, its key at the end.
std::string last_line_above(const ScreenLines& lines, std::size_t end) {
  for (std::size_t i = end; i-- > 0;) {
    const std::string_view text = lines.inner(i).text;
    if (!text.empty() && !names_keys(text)) return blank_secrets(std::string(text));
  }
  return {};
}

void read_text(const Rows& dialog, std::size_t body, const Top& top, Ask& ask) {
  const std::vector<AskLine> lines = ask_lines(dialog.rows, 0, std::min(body, dialog.rows.size()));
  const auto title = find_title(lines, top);
  if (title && (top.label.empty() || top.divided || !question_in(lines[*title].text).empty())) {
    const std::string_view text = without_mark(lines[*title].text);
    const std::string_view question = question_in(text);
    ask.title = std::string(without_answers(question.empty() ? without_keys(text) : question));
  } else {
    ask.title = blank_secrets(std::string(top.label));
  }
  if (!lines.empty()) ask.subject = find_subject(lines, title.value_or(lines.size()), ask);
  if (!top.commands.empty()) ask.subject = top.commands;
}

}  // namespace

AskRead read_dialog(const Screen& screen, const ScreenLines& lines, std::string_view kind) {
  AskRead out;
  out.ask.kind = std::string(kind);
  if (lines.size() == 0) return out;
  static const Layout nothing;  // the dialog is what there is: no prompt stands in for it
  static const PromptSpec no_prompt;
  Choice choice = find_choice(lines, nothing, no_prompt, screen, true);
  if (are_no_options(lines, choice)) choice.options.clear();
  if (choice.options.empty()) framed_options(lines, choice);
  const bool keyless = choice.kind == Choice::Kind::kPointer &&
                       std::all_of(choice.options.begin(), choice.options.end(),
                                   [](const Choice::Option& o) { return o.key.empty(); });
  const bool described = (keyless || choice.options.empty()) && described_list(lines, choice);
  list_above(lines, choice);
  complete_numbers(lines, choice);
  if (!described) complete_words(lines, choice);
  const std::size_t body = body_end(choice, lines);
  const std::size_t anchor = choice.options.empty() ? last_written(lines) : choice.options.front().line;
  const int cursor = screen.cursor_y ? *screen.cursor_y - screen.first_row : -1;
  const Top top = find_top(lines, anchor, choice.options.empty() ? cursor : -1);
  out.cut_off = screen.partial() && (!top.sure || choice.options.empty());
  const std::size_t last = choice.options.empty() ? anchor : choice.options.back().line;
  Rows dialog;
  take_rows(lines, top.first, std::min(lines.size(), last + 6), screen.width, dialog);
  if (choice.options.empty()) blank_field(dialog, cursor);
  read_options(dialog, choice, top.first, out.ask);
  read_text(dialog, body - top.first, top, out.ask);
  if (out.ask.options.empty()) {
    for (const AskLine& line : ask_lines(dialog.rows, 0, dialog.rows.size())) {
      if (auto keys = keys_in(line.text); !keys.empty()) out.ask.options = std::move(keys);
    }
  }
  if (out.ask.title.empty() && choice.options.empty() && !out.ask.options.empty())
    out.ask.title = last_line_above(lines, anchor);
  finish(out.ask);
  return out;
}

namespace {

bool has_words(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }) >= 8;
}

// A bar of work that is drawn over the blanks of the line.
std::string without_progress(std::string_view text) {
  std::string out(text);
  for (const std::string_view cell : {"⬝", "■"}) {
    for (std::size_t at = out.find(cell); at != std::string::npos; at = out.find(cell, at))
      out.replace(at, cell.size(), " ");
  }
  return std::string(trim(out));
}

}  // namespace

// One paragraph. Where its lines were wrapped matters little: they are read as one.
Ask read_sentence(const Screen& screen, std::string_view text, std::string_view kind) {
  constexpr std::size_t kMostRows = 8;
  Ask out;
  out.kind = std::string(kind);
  const ScreenLines lines(text);
  Rows rows;
  take_rows(lines, 0, std::min(lines.size(), kMostRows), screen.width, rows);
  for (const AskRow& row : rows.rows) {
    const std::string_view marked = without_mark(row.text), words = without_keys(marked);
    const bool another = marked.size() != row.text.size() || row.column > 20;
    if (!out.title.empty() && (words.empty() || another)) break;
    if (out.title.empty() && !has_words(words)) continue;
    if (!out.title.empty()) out.title += ' ';
    out.title += without_progress(words);
    if (out.title.ends_with(':') || out.title.ends_with('?')) break;
  }
  finish(out);
  return out;
}

}  // namespace orc
