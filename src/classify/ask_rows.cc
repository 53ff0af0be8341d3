// SPDX-License-Identifier: Apache-2.0
#include "ask_rows.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>

#include "compiled_agent.h"
#include "lazy_regex.h"
#include "shapes.h"
#include "tmux_orc/base/text.h"

namespace orc {
namespace {

constexpr std::array<std::string_view, 3> kBorders = {"│", "┃", "║"};

bool starts_with_corner(std::string_view text, const std::array<std::string_view, 3>& corners) {
  return std::any_of(corners.begin(), corners.end(), [&](std::string_view c) {
    if (!text.starts_with(c)) return false;
    const std::string_view rest = text.substr(c.size());
    return rest.starts_with("─") || rest.starts_with("━") || rest.starts_with("═");
  });
}

bool is_top(std::string_view text) { return starts_with_corner(text, {"╭", "┌", "╔"}); }
bool is_bottom(std::string_view text) { return starts_with_corner(text, {"╰", "└", "╚"}); }

bool is_dashed_edge(std::string_view text) {
  return text.starts_with("╌") || text.starts_with("╍") || text.starts_with("┄");
}

// A narrow pane's rules are shorter than is_rule_line() wants: a line of nothing else.
bool is_plain_rule(std::string_view text) {
  if (text.size() < 9) return false;
  for (std::size_t pos = 0; pos < text.size();) {
    const char32_t c = utf8_next(text, pos);
    if (c < 0x2500 || c > 0x259F) return false;
  }
  return true;
}

// Where the room of a line ends: at its right border, else at the pane's edge.
int room_of(std::string_view line, int width) {
  for (const std::string_view border : kBorders) {
    if (line.ends_with(border) && line.size() > border.size()) return display_width(line) - 2;
  }
  // Beside a bar at the left the same is free at the right.
  return trim(line).starts_with("┃") ? width - 3 : width;
}

// A scrollbar's piece inside of a frame.
std::string_view without_bar(std::string_view text) {
  for (const std::string_view bar : {"█", "▀", "▄", "▐", "▕", "│", "┃", "▲", "▼"}) {
    if (text.ends_with(bar) && text.size() > bar.size() + 1)
      return rtrim(text.substr(0, text.size() - bar.size()));
  }
  return text;
}

bool is_written(std::string_view text) {
  for (std::size_t pos = 0; pos < text.size();) {
    const char32_t c = utf8_next(text, pos);
    const bool ascii_word = c < 0x80 && c != ' ';
    if (ascii_word || (c >= 0xA1 && c < 0x2000) || (c >= 0x2C00 && c != 0xFFFD)) return true;
  }
  return false;
}

// Beside a bar at the left stands what has nothing to do with it, in a wide pane: far right of it.
std::string_view beside_bar(std::string_view line, const Inner& inner) {
  constexpr int kFar = 40;
  constexpr std::string_view kGap = "                    ";
  if (!trim(line).starts_with("┃")) return inner.text;
  const int bar = display_width(line.substr(0, line.find("┃")));
  if (inner.column - bar > kFar) return {};
  const std::size_t gap = inner.text.find(kGap);
  return gap == std::string_view::npos ? inner.text : rtrim(inner.text.substr(0, gap));
}

bool is_mark(char32_t c) {
  return (c >= 0x2010 && c <= 0x2BFF) || (c >= 0x1F300 && c <= 0x1FAFF) || c == 0xB7;
}

int first_word_width(std::string_view text) {
  const std::size_t end = text.find(' ');
  return display_width(text.substr(0, end));
}

// A row of a diff ("107 +     let mut sum = 0;") begins anew, however full the one above is; so does a label
// with what it names ("Destination: ...") below another.
bool begins_anew(std::string_view row, std::string_view next) {
  static const RE2 numbered(R"(^\d{1,5} *[+-](?: |$))", regex_options());
  static const RE2 label(R"(^[A-Z]\w+: )", regex_options());
  if (is_counter(row)) return true;
  // An id below what it names fills a narrow pane's row.
  static const RE2 id(R"(^[0-9a-f]{8}-[0-9a-f]{4}-)", regex_options());
  if (next.size() > 8 && next[8] == '-' && RE2::PartialMatch(piece(next), id)) return true;
  const bool digit = next[0] >= '0' && next[0] <= '9';
  if (digit) return RE2::PartialMatch(piece(next), numbered);
  // "Why this needs approval: step": no command goes on like that.
  static const RE2 phrase(R"(^[A-Z]\w+(?: \w+){2,5}: )", regex_options());
  if (row.starts_with("↳ ") && RE2::PartialMatch(piece(next), phrase)) return true;
  const bool capitals = next[0] >= 'A' && next[0] <= 'Z' && row[0] >= 'A' && row[0] <= 'Z';
  return capitals && RE2::PartialMatch(piece(next), label) && RE2::PartialMatch(piece(row), label);
}

}  // namespace

bool is_counter(std::string_view text) {
  static const RE2 re(R"(^[A-Z]\w+ \d{1,2}/\d{1,2}(?: \([^()]*\))?$)", regex_options());
  return text.find('/') != std::string_view::npos && RE2::PartialMatch(piece(text), re);
}

std::vector<AskRow> ask_rows(const ScreenLines& lines, std::size_t first, std::size_t end, int width) {
  std::vector<AskRow> out;
  out.reserve(end - first);
  // Of an odd number of dashed edges the first closes what begins above.
  std::size_t dashes = 0;
  for (std::size_t i = first; i < end; ++i) dashes += is_dashed_edge(lines.inner(i).text) ? 1u : 0u;
  bool framed = false, dashed = dashes % 2 == 1;
  for (std::size_t i = first; i < end; ++i) {
    const Inner& inner = lines.inner(i);
    AskRow row{i,
               without_bar(beside_bar(lines[i], inner)),
               inner.column,
               room_of(lines[i], width),
               framed || dashed,
               false};
    if (is_dashed_edge(inner.text)) {
      dashed = !dashed;
      row.edge = true;
    } else if (is_top(inner.text) || is_bottom(inner.text)) {
      // The outer frame's own edge is not among the lines.
      framed = is_top(inner.text);
      row.edge = true;
    } else if (is_rule_line(inner.text) || is_plain_rule(inner.text)) {
      row.edge = true;
    }
    if (row.edge || !is_written(row.text)) row.text = {};
    out.push_back(row);
  }
  return out;
}

bool is_wrapped(const AskRow& row, const AskRow& next) {
  if (row.text.empty() || next.text.empty() || row.quoted != next.quoted || row.right == 0) return false;
  // Agents leave up to three columns free at the edge.
  constexpr int kMargin = 3;
  if (begins_anew(row.text, next.text)) return false;
  return row.column + display_width(row.text) + 1 + first_word_width(next.text) > row.right - kMargin;
}

std::vector<AskLine> ask_lines(const std::vector<AskRow>& rows, std::size_t first, std::size_t end) {
  std::vector<AskLine> out;
  bool gap = true;
  for (std::size_t i = first; i < end; ++i) {
    const AskRow& row = rows[i];
    if (row.text.empty()) {
      gap = true;
      continue;
    }
    // Of lines set in the middle the next may be full, too: what is asked has ended.
    const bool asked = !gap && rows[i - 1].text.ends_with('?') && row.column > out.back().column + 3;
    const bool goes_on =
        !gap && !asked && row.column + 2 >= out.back().column && is_wrapped(rows[i - 1], row);
    if (goes_on) {
      // A word that was as long as the room goes on without a blank.
      const bool cut_word = rows[i - 1].column + display_width(rows[i - 1].text) >= rows[i - 1].right &&
                            rows[i - 1].text.find(' ') == std::string_view::npos;
      if (!cut_word) out.back().text += ' ';
      out.back().text += row.text;
      out.back().last = i;
    } else {
      const bool paragraph = gap || out.back().quoted != row.quoted;
      out.push_back({std::string(row.text), i, i, row.column, row.quoted, paragraph});
    }
    gap = false;
  }
  return out;
}

std::string_view without_mark(std::string_view text) {
  if (text.ends_with(" ←")) text = rtrim(text.substr(0, text.size() - std::string_view("←").size()));
  std::size_t pos = 0;
  if (text.empty() || (!is_mark(utf8_next(text, pos)) && text[0] != '?')) return text;
  const std::string_view rest = trim(text.substr(pos));
  return rest.empty() || rest.size() == text.size() - pos ? text : rest;
}

}  // namespace orc
