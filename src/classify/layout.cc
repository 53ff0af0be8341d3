// SPDX-License-Identifier: Apache-2.0
#include "layout.h"

#include <absl/strings/ascii.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "tmux_orc/base/text.h"

namespace orc {
namespace {

constexpr std::size_t kMaxBoxLines = 20;  // a longer draft scrolls inside its box

bool is_rule_char(char32_t c) {
  return (c >= 0x2500 && c <= 0x2501) || c == 0x2550 ||               // ─ ━ ═
         c == 0x2594 || c == 0x2581 || c == 0x2580 || c == 0x2584 ||  // ▔ ▁ ▀ ▄
         (c >= 0x254C && c <= 0x254D);                                // ╌ ╍
}

std::string_view ltrim(std::string_view line) {
  while (!line.empty()) {
    if (line.front() == ' ' || line.front() == '\t') {
      line.remove_prefix(1);
    } else if (line.starts_with("\xC2\xA0")) {
      line.remove_prefix(2);
    } else {
      break;
    }
  }
  return line;
}

// Text of a line inside a frame: without the border characters at both ends.
std::string_view without_borders(std::string_view line) {
  line = ltrim(line);
  for (const std::string_view border : {"│", "┃", "|"}) {
    if (line.starts_with(border)) {
      line.remove_prefix(border.size());
      if (line.ends_with(border)) line.remove_suffix(border.size());
      break;
    }
  }
  return rtrim(line);
}

struct Glyph {
  bool found = false;
  std::string_view text;  // after the glyph and one blank
};

// Where text is wrapped, some lose the blank behind the glyph: "❯the loader should" over two more rows.
bool begins_word(std::string_view rest) {
  const auto c = static_cast<unsigned char>(rest[0]);
  return std::isalpha(c) != 0 || (c >= 0xC3 && c < 0xE2);
}

// `wrapped`: more rows of the same text follow.
Glyph strip_glyph(std::string_view line, const std::vector<std::string>& glyphs, bool wrapped = false) {
  line = ltrim(line);
  if (glyphs.empty()) return {true, line};
  for (const std::string& glyph : glyphs) {
    if (!line.starts_with(glyph)) continue;
    std::string_view rest = line.substr(glyph.size());
    // Some draw the cursor themselves, in a narrow pane directly behind the glyph.
    if (rest.starts_with("▋") || rest.starts_with("█"))
      return {true, trim(rest.substr(std::string_view("█").size()))};
    // "›1" or ">>>" is no prompt: the glyph stands alone or before a blank.
    const bool apart = rest.empty() || rest[0] == ' ' || rest.starts_with("\xC2\xA0");
    if (!apart && !(wrapped && glyph.size() > 1 && begins_word(rest))) continue;
    return {true, trim(rest)};
  }
  return {};
}

// "› 1. Yes": a choice of a dialog that uses the prompt's glyph as its pointer.
bool is_choice(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
  return i > 0 && i <= 2 && i < text.size() && (text[i] == '.' || text[i] == ')');
}

struct Box {
  bool found = false;
  std::size_t first = 0, last = 0;             // with borders
  std::size_t input_first = 0, input_end = 0;  // the lines with what is typed
  bool bar = false;                            // what stands behind a gap in it is beside the prompt
  bool any = false;                            // found by find_any: its glyph is not the agent's
};

// Nonblank lines in [from, size).
std::size_t nonblank_after(const ScreenLines& lines, std::size_t from) {
  std::size_t n = 0;
  for (std::size_t i = from; i < lines.size(); ++i) n += lines[i].empty() ? 0u : 1u;
  return n;
}

// Dashed lines frame what a dialog shows (a command, a diff), never a prompt.
bool is_dashed(std::string_view line) {
  line = ltrim(line);
  return line.starts_with("╌") || line.starts_with("╍") || line.starts_with("┄");
}

// What may stand below the prompt: a footer, or a popup of any length where the cursor shows that one types
// above it.
bool too_far_up(const ScreenLines& lines, std::size_t i, const PromptSpec& prompt, int cursor) {
  return cursor > static_cast<int>(i) &&
         nonblank_after(lines, i + 1) > static_cast<std::size_t>(prompt.footer_lines);
}

// Rows between two rules that all begin with a bar, as an extension of pi draws them: the last one, below a
// bar alone, names the model.
std::size_t end_in_bars(const ScreenLines& lines, std::size_t first, std::size_t end) {
  if (end < first + 2) return end;
  const auto is_bare = [&](std::size_t i) { return lines[i] == "│" || lines[i] == "|"; };
  for (std::size_t i = first; i < end; ++i) {
    if (!lines[i].starts_with("│") && !lines[i].starts_with("|")) return end;
  }
  return is_bare(end - 2) && !is_bare(end - 1) ? end - 1 : end;
}

Box find_ruled(const ScreenLines& lines, const PromptSpec& prompt, int cursor) {
  std::size_t bottom = lines.size();
  for (std::size_t i = lines.size(); i-- > 0;) {
    if (bottom != lines.size() && bottom - i > kMaxBoxLines) break;
    if (!lines.is_rule(i) || is_dashed(lines[i])) continue;
    if (bottom != lines.size() && bottom - i >= 2 && strip_glyph(lines[i + 1], prompt.glyphs).found) {
      return {true, i, bottom, i + 1, end_in_bars(lines, i + 1, bottom)};
    }
    if (too_far_up(lines, i, prompt, cursor)) break;
    bottom = i;
  }
  return {};
}

// "╰───╯", with a label or not; not the "╰─ text" of a prompt.
bool is_bottom_edge(std::string_view line) {
  // "╰ ≋ Streaming ──── ~/app ──╯"
  if (line.starts_with("╰ ")) return line.ends_with("─╯");
  return line.starts_with("╰──") || line.starts_with("└──") || line.starts_with("╰─ ");
}

}  // namespace

bool ends_in_name_sign(std::string_view text) {
  text = trim(text);
  const std::size_t blank = text.rfind(' ');
  const std::string_view word = blank == std::string_view::npos ? text : text.substr(blank + 1);
  return word.starts_with("@") || word.starts_with("/") || word.starts_with("#");
}

namespace {

// "> Select Theme" over a list, in a frame as one types in: its last lines say how to take a row.
bool frames_a_list(const ScreenLines& lines, std::size_t first, std::size_t end) {
  if (end - first < 4) return false;
  for (std::size_t i = end - 3; i < end; ++i) {
    if (lines[i].find("Enter to select") != std::string_view::npos) return true;
  }
  return false;
}

bool holds_row(const Box& box, int row) {
  return row >= static_cast<int>(box.first) && row <= static_cast<int>(box.last);
}

// "enter select · esc back" below a glyph that the cursor is not at: it points at a row of a list.
bool names_list_keys(std::string_view line) {
  static constexpr std::array<std::string_view, 3> kArrows = {"↑/↓", "↑↓", "←/→"};
  const std::string lower = absl::AsciiStrToLower(std::string(line));
  const bool takes =
      lower.find("space toggle") != std::string::npos || lower.find("space to toggle") != std::string::npos ||
      lower.find("enter select") != std::string::npos || lower.find("enter to select") != std::string::npos ||
      lower.find("enter to confirm") != std::string::npos ||
      // "enter resume   esc start new   ↑/↓ browse", "←/→ tabs · enter details · esc close"
      (lower.find("enter ") != std::string::npos &&
       std::any_of(kArrows.begin(), kArrows.end(),
                   [&](std::string_view arrows) { return line.find(arrows) != std::string_view::npos; }));
  return takes && lower.find("esc") != std::string::npos;
}

// Rows of a list between the one that is pointed at and its keys: some agents wrap what they say of each.
constexpr std::size_t kLongestListBelow = 16;

// "› [x] Shell tool": a row with a box to tick behind the pointer.
bool is_ticked(std::string_view line) {
  const std::size_t blank = ltrim(line).find(' ');
  if (blank == std::string_view::npos || blank > 3) return false;
  const std::string_view text = ltrim(ltrim(line).substr(blank));
  return text.size() > 4 && text[0] == '[' && text[2] == ']' && text[3] == ' ';
}

// "Press space to select or enter to save", "space enable/disable · esc close"
bool names_space_key(std::string_view line) {
  const std::string lower = absl::AsciiStrToLower(std::string(trim(line)));
  return lower.starts_with("space ") || lower.starts_with("press space ");
}

bool points_in_list(const ScreenLines& lines, std::size_t at, int cursor) {
  if (cursor == static_cast<int>(at)) return false;
  const bool ticked = is_ticked(lines[at]);
  for (std::size_t i = at + 1; i < lines.size() && i < at + kLongestListBelow; ++i) {
    // In a narrow pane they are wrapped: "Enter to select · Type to search" over "· Esc to cancel".
    if (names_list_keys(i + 1 < lines.size() ? lines.span(i, i + 2) : lines[i])) return true;
    if (ticked && names_space_key(lines[i])) return true;
  }
  return false;
}

// A list of files or commands in a frame of its own, directly below the prompt whose last word it completes
// ("look at @"): the prompt. `top` is the list's first line.
Box prompt_over_popup(const ScreenLines& lines, const PromptSpec& prompt, std::size_t top) {
  constexpr std::size_t kMostBetween = 2;
  std::size_t end = top;
  while (end > 0 && lines[end - 1].empty() && top - end < kMostBetween) --end;
  if (end == 0 || !is_bottom_edge(ltrim(lines[end - 1]))) return {};
  const std::size_t last = end - 1;
  for (std::size_t i = last; i-- > 0 && last - i <= kMaxBoxLines;) {
    if (!ltrim(lines[i]).starts_with("╭")) continue;
    if (i + 1 >= last || !strip_glyph(without_borders(lines[i + 1]), prompt.glyphs).found) return {};
    for (std::size_t k = i + 1; k < last; ++k) {
      if (ends_in_name_sign(without_borders(lines[k]))) return {true, i, last, i + 1, last};
    }
    return {};
  }
  return {};
}

Box find_rounded(const ScreenLines& lines, const PromptSpec& prompt, int cursor) {
  for (std::size_t i = lines.size(); i-- > 0;) {
    if (too_far_up(lines, i, prompt, cursor)) return {};
    const std::string_view line = ltrim(lines[i]);
    if (!line.starts_with("╰") && !line.starts_with("└")) continue;
    if (!is_bottom_edge(line)) return {};
    for (std::size_t j = i; j-- > 0 && i - j <= kMaxBoxLines;) {
      const std::string_view top = ltrim(lines[j]);
      if (!top.starts_with("╭") && !top.starts_with("┌")) continue;
      const Box box{true, j, i, j + 1, i};
      if (j + 1 < i && strip_glyph(without_borders(lines[j + 1]), prompt.glyphs, j + 2 < i).found &&
          !frames_a_list(lines, j + 1, i) && (holds_row(box, cursor) || !points_in_list(lines, i, cursor)))
        return box;
      // A field in which one searches a list, or a list of what the prompt above it may name.
      return prompt_over_popup(lines, prompt, j);
    }
    return {};
  }
  return {};
}

// opencode in a wide pane: a column of its own stands right of the prompt ("LSPs are disabled"). A window
// over it ("Themes       esc") is none.
std::string_view without_sidebar(std::string_view text) {
  constexpr std::string_view kGap = "            ";
  const std::size_t gap = text.find(kGap);
  if (gap == std::string_view::npos || trim(text.substr(gap)) == "esc") return text;
  return text.substr(0, gap);
}

// The model's name, the last line above the bar's end, may be wrapped: a bar alone stands before it.
std::size_t end_of_typed(const ScreenLines& lines, std::size_t first, std::size_t end) {
  constexpr std::size_t kMostRows = 4;
  for (std::size_t i = end - 1; i > first && end - i <= kMostRows; --i) {
    if (ltrim(without_sidebar(lines[i - 1])) == "┃") return i - 1;
  }
  return end - 1;
}

// opencode: lines that begin with a heavy bar, closed by "╹▀▀▀"; the last line inside names the model.
Box find_bar(const ScreenLines& lines, const PromptSpec& prompt, int cursor) {
  for (std::size_t i = lines.size(); i-- > 0;) {
    if (too_far_up(lines, i, prompt, cursor)) return {};
    if (!ltrim(lines[i]).starts_with("╹")) continue;
    std::size_t first = i;
    while (first > 0 && i - first < kMaxBoxLines && ltrim(lines[first - 1]).starts_with("┃")) --first;
    // A popup list stands above the input, inside the same bar, each line closed by a bar at its end too.
    for (std::size_t j = i; j-- > first;) {
      if (lines[j].ends_with("┃") && ltrim(lines[j]) != "┃") {
        first = j + 1;
        break;
      }
    }
    if (i - first < 2) return {};
    Box box{true, first, i, first, end_of_typed(lines, first, i)};
    box.bar = true;
    return box;
  }
  return {};
}

bool begins_with_rule(std::string_view line) {
  line = ltrim(line);
  std::size_t pos = 0;
  for (int i = 0; i < 4; ++i) {
    if (pos >= line.size() || !is_rule_char(utf8_next(line, pos))) return false;
  }
  return true;
}

// The box of a prompt without borders may still have a rule a little above it (Gemini CLI, aider).
std::size_t rule_above(const ScreenLines& lines, std::size_t from) {
  for (std::size_t i = from; i-- > 0 && from - i <= 6;) {
    // "─ Worked for 3s ───" ends a turn and is no edge.
    if (lines.is_rule(i) && begins_with_rule(lines[i])) return i;
  }
  return from;
}

// "[default] 6% > ", "[reviewer] 16% λ > ", "[reviewer]> ": an agent's name and figures before the sign of
// its prompt.
std::string_view without_figures(std::string_view text) {
  const auto drop = [&](std::size_t end) { text = ltrim(text.substr(end + 1)); };
  constexpr std::size_t kMost = 44;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos || end > kMost || end + 1 >= text.size()) return text;
    if (text[end + 1] != ' ' && text[end + 1] != '>') return text;
    drop(end);
  }
  const std::size_t digits = text.find_first_not_of("0123456789");
  if (digits != 0 && digits != std::string_view::npos && text.substr(digits).starts_with("% ")) drop(digits);
  if (text.starts_with("λ >")) drop(std::string_view("λ").size());
  return text;
}

// A draft of many lines is not below the prompt but in it: the cursor stands in one of its lines, which are
// indented.
std::optional<std::size_t> prompt_over_cursor(const ScreenLines& lines, const PromptSpec& prompt,
                                              int cursor) {
  if (cursor < 0 || cursor >= static_cast<int>(lines.size())) return std::nullopt;
  auto i = static_cast<std::size_t>(cursor);
  std::size_t last = i;
  while (last + 1 < lines.size() && lines[last + 1].starts_with("  ") && last - i < kMaxBoxLines) ++last;
  if (nonblank_after(lines, last + 1) > static_cast<std::size_t>(prompt.footer_lines)) return std::nullopt;
  const std::size_t low = i > kMaxBoxLines ? i - kMaxBoxLines : 0;
  while (i > low && lines[i].starts_with("  ")) --i;
  if (lines[i].starts_with("  ") || i == static_cast<std::size_t>(cursor)) return std::nullopt;
  const Glyph glyph = strip_glyph(lines[i], prompt.glyphs);
  const bool is_list = is_choice(glyph.text) || points_in_list(lines, i, cursor);
  return glyph.found && !is_list ? std::optional(i) : std::nullopt;
}

// A command or a file is being named where the cursor is: what completes it may fill all that is below.
std::optional<std::size_t> names_at_cursor(const ScreenLines& lines, const PromptSpec& prompt, int cursor) {
  if (cursor < 0 || cursor >= static_cast<int>(lines.size())) return std::nullopt;
  const auto at = static_cast<std::size_t>(cursor);
  if (lines[at].starts_with("  ")) return std::nullopt;
  const Glyph glyph = strip_glyph(lines[at], prompt.glyphs);
  return glyph.found && ends_in_name_sign(glyph.text) ? std::optional(at) : std::nullopt;
}

// A prompt drawn with a bar before each of its rows (Codex of 2025): its first row, not the last one.
std::size_t first_of_bar_rows(const ScreenLines& lines, std::size_t last) {
  std::size_t i = last;
  while (i > 0 && last - i < kMaxBoxLines && lines[i].starts_with("▌") && lines[i - 1].starts_with("▌")) --i;
  return i;
}

// `under_rule`: the prompt must have a rule above it, or it is a message of the user in the transcript.
Box find_glyph(const ScreenLines& lines, const PromptSpec& prompt, bool under_rule, int cursor) {
  if (const auto over = under_rule ? std::nullopt : prompt_over_cursor(lines, prompt, cursor)) {
    auto last = static_cast<std::size_t>(cursor);
    while (last + 1 < lines.size() && lines[last + 1].starts_with("  ") && last - *over < kMaxBoxLines)
      ++last;
    return {true, rule_above(lines, *over), last, *over, last + 1};
  }
  if (const auto at = under_rule ? std::nullopt : names_at_cursor(lines, prompt, cursor))
    return {true, rule_above(lines, *at), *at, *at, *at + 1};
  for (std::size_t i = lines.size(); i-- > 0;) {
    if (nonblank_after(lines, i + 1) > static_cast<std::size_t>(prompt.footer_lines)) return {};
    if (lines[i].empty() || lines[i].starts_with("  ")) continue;  // the glyph stands in column 0 or 1
    // What stands before the sign is known for the prompt's only where one types.
    const bool typed_in = cursor == static_cast<int>(i);
    const Glyph glyph = strip_glyph(typed_in ? without_figures(lines[i]) : lines[i], prompt.glyphs);
    if (!glyph.found) continue;
    const std::size_t first = rule_above(lines, i);
    if (is_choice(glyph.text) || (under_rule && first == i) || points_in_list(lines, i, cursor)) return {};
    std::size_t last = i;  // a draft's further lines are indented; the footer comes after a blank line
    while (last + 1 < lines.size() && lines[last + 1].starts_with("  ") && last - i < kMaxBoxLines) ++last;
    if (last + 1 == lines.size()) last = i;  // no blank line: those are the footer
    const std::size_t top = first_of_bar_rows(lines, i);
    return {true, std::min(first, top), last, top, last + 1};
  }
  return {};
}

// A prompt that fits no kind: a glyph that prompts use, on the cursor's line or beside a frame near the end.
// Omp: "╰─ text" under a status line; nanocoder: "┃ > text" between two bars.
const std::vector<std::string>& any_glyphs() {
  static const std::vector<std::string> list = {"❯", "›", ">", "▌", "➜", "λ", "╰─", "└─", "→", "▶", "●"};
  return list;
}

// "❯ 2. No": what is to be chosen from is no list of things.
bool is_pointed_at(std::string_view line) {
  const Glyph glyph = strip_glyph(ltrim(without_borders(line)), any_glyphs());
  return glyph.found && !glyph.text.empty();
}

bool is_bar_alone(std::string_view line) {
  line = trim(line);
  return line == "┃" || line == "│" || line == "▌" || line == "║";
}

bool is_edge(std::string_view line) {
  line = ltrim(line);
  return is_rule_line(line) || line.starts_with("╭") || line.starts_with("╰") || line.starts_with("┌") ||
         line.starts_with("└") || is_bar_alone(line);
}

// The cursor stands in line `from` or in lines that go on with it: further in, and none of them blank.
bool is_draft_between(const ScreenLines& lines, std::size_t from, int cursor) {
  if (cursor < static_cast<int>(from) || cursor - static_cast<int>(from) > static_cast<int>(kMaxBoxLines))
    return false;
  for (std::size_t i = from + 1; i <= static_cast<std::size_t>(cursor); ++i) {
    if (i >= lines.size() || !lines[i].starts_with("  ")) return false;
  }
  return true;
}

// In a pane too narrow for it by a column or two, each row of such a prompt is followed by an empty one.
bool is_gap_between_bars(const ScreenLines& lines, std::size_t i) {
  return lines[i].empty() && i > 0 && i + 1 < lines.size() && ltrim(lines[i - 1]).starts_with("┃") &&
         ltrim(lines[i + 1]).starts_with("┃");
}

// "┃ ⠇ Press Esc to cancel": a row of its own below what is typed, while it works.
bool is_turning(std::string_view row) {
  const std::string_view text = ltrim(without_borders(row));
  return text.size() > 3 && text[0] == '\xE2' && text[1] >= '\xA0' && text[1] <= '\xA3';  // Braille
}

// A draft of several rows between two bars ("┃ > one", "┃ two"), or one above the row of its work. What an
// answer is framed with looks the same, but more than the line of the mode stands below it.
Box find_between_bars(const ScreenLines& lines) {
  constexpr std::size_t kMostBelow = 1;
  std::size_t written = 0, last = lines.size();
  for (std::size_t i = lines.size(); i-- > 0 && written <= kMostBelow;) {
    if (is_bar_alone(lines[i])) {
      last = i;
      break;
    }
    written += lines[i].empty() ? 0u : 1u;
  }
  if (last == lines.size()) return {};
  const std::size_t bottom = last;
  if (last > 2 && is_bar_alone(lines[last - 2]) && is_turning(lines[last - 1])) last -= 2;
  std::size_t rows = 0, top = last;
  for (std::size_t i = last; i-- > 0 && last - i <= kMaxBoxLines;) {
    if (is_gap_between_bars(lines, i)) continue;
    if (!ltrim(lines[i]).starts_with("┃")) break;
    if (!is_bar_alone(lines[i])) {
      ++rows;
      top = i;
      continue;
    }
    if (rows < 2 && bottom - i < 3) return {};  // one row is find_any's
    Box box{true, i, bottom, top, last};
    box.any = true;
    return box;
  }
  return {};
}

// Then the bars above it frame an answer. "▶ normal mode on" is no option.
bool is_option_below(const ScreenLines& lines, std::size_t from) {
  for (std::size_t i = from; i < lines.size(); ++i) {
    const std::string_view text = ltrim(lines[i]);
    if (!text.starts_with("▶") && is_pointed_at(text)) return true;
  }
  return false;
}

Box find_any(const ScreenLines& lines, const PromptSpec& prompt, int cursor) {
  constexpr std::size_t kFarthest = 24;
  const bool own = std::find(prompt.glyphs.begin(), prompt.glyphs.end(), "┃") != prompt.glyphs.end();
  if (own) {
    if (const Box box = find_between_bars(lines); box.found) return box;
  }
  std::size_t written = 0;
  for (std::size_t i = lines.size(); i-- > 0 && written <= static_cast<std::size_t>(prompt.footer_lines) &&
                                     lines.size() - i <= kFarthest;) {
    written += lines[i].empty() ? 0u : 1u;
    const std::string_view text = without_figures(ltrim(without_borders(lines[i])));
    const Glyph glyph = strip_glyph(text, any_glyphs());
    const bool between_bars = own && i > 0 && i + 1 < lines.size() && is_bar_alone(lines[i - 1]) &&
                              is_bar_alone(lines[i + 1]) && text.size() + 1 < lines[i].size() &&
                              !is_option_below(lines, i + 2);
    const bool tail = text.starts_with("╰─") || text.starts_with("└─");
    // "╰─ 1. read it" is typed: nothing points at an option like that.
    if ((!glyph.found && !between_bars) || (!tail && !between_bars && is_choice(glyph.text))) continue;
    const bool framed = i > 0 && is_edge(lines[i - 1]) && (i + 1 >= lines.size() || is_edge(lines[i + 1]));
    if (!framed && !tail && cursor != static_cast<int>(i)) continue;
    const bool seen = cursor >= 0 && cursor < static_cast<int>(lines.size());
    if (tail && seen && !is_draft_between(lines, i, cursor)) continue;
    Box box{true, i, i, i, i + 1};
    if (tail && seen) box.last = static_cast<std::size_t>(cursor), box.input_end = box.last + 1;
    if (framed) box = {true, i - 1, std::min(i + 1, lines.size() - 1), i, i + 1};
    if (tail && i > 0 && !lines[i - 1].empty()) box.first = i - 1;
    box.any = true;
    return box;
  }
  return {};
}

// Between two horizontal rules with the cursor in it, whatever sign the line begins with.
Box find_between_rules(const ScreenLines& lines, const PromptSpec& prompt, int cursor) {
  constexpr std::size_t kMostLines = 8;
  if (cursor <= 0 || cursor + 1 >= static_cast<int>(lines.size())) return {};
  const auto row = static_cast<std::size_t>(cursor);
  std::size_t first = row, last = row;
  const auto is_rule = [&](std::size_t i) { return lines.is_rule(i) && !is_dashed(lines[i]); };
  while (first > 0 && row - first < kMostLines && !is_rule(first)) --first;
  while (last + 1 < lines.size() && last - row < kMostLines && !is_rule(last)) ++last;
  if (first == row || last == row || !is_rule(first) || !is_rule(last)) return {};
  if (nonblank_after(lines, last + 1) > static_cast<std::size_t>(prompt.footer_lines)) return {};
  Box box{true, first, last, first + 1, last};
  box.any = true;
  return box;
}

Box find_any_or_between(const ScreenLines& lines, const PromptSpec& prompt, int cursor) {
  const Box box = find_any(lines, prompt, cursor);
  return box.found ? box : find_between_rules(lines, prompt, cursor);
}

Box find_box(const ScreenLines& lines, const PromptSpec& prompt, int cursor) {
  Box best;
  for (const BoxKind kind : prompt.boxes) {
    const Box box = kind == BoxKind::kRuled     ? find_ruled(lines, prompt, cursor)
                    : kind == BoxKind::kRounded ? find_rounded(lines, prompt, cursor)
                    : kind == BoxKind::kBar     ? find_bar(lines, prompt, cursor)
                    : kind == BoxKind::kAny     ? find_any_or_between(lines, prompt, cursor)
                                                : find_glyph(lines, prompt, kind == BoxKind::kOpen, cursor);
    if (!box.found) continue;
    // One types where the cursor is; a box below that belongs to a status line. Else the lowest counts.
    const bool typed_in = holds_row(box, cursor), best_typed_in = best.found && holds_row(best, cursor);
    if (!best.found || (typed_in != best_typed_in ? typed_in : box.last > best.last)) best = box;
  }
  return best;
}

// "─╯" behind the text of a prompt that begins with "╰─" and ends in its frame's corner.
std::string_view without_corner(std::string_view text) {
  text = trim(text);
  for (const std::string_view corner : {"─╯", "─┘", "╯", "┘"}) {
    if (text.ends_with(corner)) return trim(text.substr(0, text.size() - corner.size()));
  }
  return text;
}

void read_input(const ScreenLines& lines, const PromptSpec& prompt, const Box& box, Layout& out) {
  out.many_rows = box.input_end == box.last && box.input_end > box.input_first + 1;
  for (std::size_t i = box.input_first; i < box.input_end; ++i) {
    std::string_view text = without_borders(lines[i]);
    if (box.bar) text = without_sidebar(text);
    if (i > box.input_first && text.starts_with("▌")) text.remove_prefix(std::string_view("▌").size());
    if (i == box.input_first) {
      Glyph glyph = box.any ? strip_glyph(without_figures(ltrim(text)), any_glyphs())
                            : strip_glyph(ltrim(text), prompt.glyphs, out.many_rows);
      if (!glyph.found && !box.any) glyph = strip_glyph(without_figures(ltrim(text)), prompt.glyphs);
      if (glyph.found) {
        const auto offset = static_cast<std::size_t>(glyph.text.data() - lines[i].data());
        out.input_column = glyph.text.empty() ? 2 : display_width(lines[i].substr(0, offset));
        text = box.any ? without_corner(glyph.text) : glyph.text;
      } else if (box.any) {
        out.input_column = display_width(lines[i].substr(0, lines[i].size() - ltrim(lines[i]).size()));
      }
    }
    text = trim(text);
    if (!text.empty()) {
      if (!out.input.empty()) out.input += '\n';
      out.input += text;
    }
  }
}

bool starts_turn(std::string_view line, const std::vector<std::string>& turns) {
  return std::any_of(turns.begin(), turns.end(), [&](const std::string& t) { return line.starts_with(t); });
}

// The first line of the round box that line `i` is within, kWholeBoxLines above `end` at most; else `i`.
std::size_t box_start(const ScreenLines& lines, std::size_t i, std::size_t end) {
  std::size_t first = i;
  while (first > 0 && end - first < kWholeBoxLines && lines[first].starts_with("│")) --first;
  return lines[first].starts_with("╭") ? first : i;
}

// First line of the region above `end`: at most kAboveLines up, not past the last message of the user. A run
// of blank lines counts as one: in a tall pane a short transcript stands at the top and the prompt at the
// bottom. A box that would be cut through is taken whole: its head says what it is.
std::size_t above_start(const ScreenLines& lines, const PromptSpec& prompt, std::size_t end, bool& cut) {
  std::size_t i = end, counted = 0;
  while (i > 0 && counted < kAboveLines) {
    --i;
    const bool in_run = lines[i].empty() && i > 0 && lines[i - 1].empty();
    counted += in_run ? 0u : 1u;
    if (starts_turn(lines[i], prompt.turns)) return i + 1;
  }
  if (i == 0 && counted < kAboveLines) cut = true;
  return box_start(lines, i, end);
}

// A dim hint at the right edge, directly above the prompt ("Ctrl+Y to paste", a session's name).
bool is_right_aligned(std::string_view line) {
  constexpr std::size_t kMargin = 24;
  const std::size_t blanks = line.find_first_not_of(' ');
  return blanks != std::string_view::npos && blanks >= kMargin && line.size() - blanks < blanks * 2 &&
         line.size() - blanks <= 60;
}

// The text above messages of the user that nothing answers yet; nothing where the prompt stands below other
// text. `end` is behind the last written line above the box.
std::string_view text_over_queue(const ScreenLines& lines, const PromptSpec& prompt, std::size_t end) {
  constexpr std::size_t kMostQueued = 12;
  std::size_t i = end, last = end;
  while (i > 0 && end - i < kMostQueued) {
    --i;
    if (starts_turn(lines[i], prompt.turns))
      last = i;
    else if (!lines[i].empty() && !lines[i].starts_with("  "))
      break;
  }
  if (last == end) return {};
  std::size_t stop = last;
  while (stop > 0 && lines[stop - 1].empty()) --stop;
  std::size_t first = stop;
  for (std::size_t n = 0; first > 0 && n < 4 && !starts_turn(lines[first - 1], prompt.turns); ++n) --first;
  return lines.span(first, stop);
}

std::size_t paragraph_start(const ScreenLines& lines, std::size_t end) {
  std::size_t i = end;
  while (i > 0 && end - i < kStatusLines && !lines[i - 1].empty()) --i;
  return i;
}

void cut_around_box(const ScreenLines& lines, const PromptSpec& prompt, Layout& out) {
  auto& region = out.region;
  region[static_cast<int>(Region::kInput)] = out.input;
  region[static_cast<int>(Region::kFooter)] = lines.span(out.box_last + 1, lines.size());
  std::size_t end = out.box_first;
  while (end > 0 && lines[end - 1].empty()) --end;
  const std::size_t above = above_start(lines, prompt, end, out.cut_off);
  std::size_t text = end;
  while (text > 0 && (lines[text - 1].empty() || is_right_aligned(lines[text - 1]))) --text;
  out.over_queue = text_over_queue(lines, prompt, end);
  // A hint alone is no status; one beside nothing else is all there is.
  if (text > above) end = text;
  region[static_cast<int>(Region::kAbove)] = lines.span(above, end);
  region[static_cast<int>(Region::kStatus)] = lines.span(std::max(above, paragraph_start(lines, end)), end);
}

void cut_without_box(const ScreenLines& lines, Layout& out) {
  const std::size_t end = lines.size();
  const std::size_t start = end > kBottomLines ? end - kBottomLines : 0;
  if (end < kBottomLines) out.cut_off = true;
  auto& region = out.region;
  region[static_cast<int>(Region::kBottom)] = lines.span(start, end);
  std::size_t dialog = start;
  for (std::size_t i = end; i-- > start;) {
    if (lines.is_rule(i)) {
      dialog = i + 1;
      break;
    }
  }
  region[static_cast<int>(Region::kDialog)] = lines.span(dialog, end);
}

}  // namespace

ScreenLines::ScreenLines(std::string_view text) : lines_(split_lines(text)) {
  for (auto& line : lines_) line = rtrim(line);
  while (!lines_.empty() && lines_.back().empty()) lines_.pop_back();
  facts_.resize(lines_.size());
}

bool ScreenLines::is_rule(std::size_t i) const {
  Known& known = facts_[i].rule;
  if (known == Known::kNot) known = is_rule_line(lines_[i]) ? Known::kYes : Known::kNo;
  return known == Known::kYes;
}

bool ScreenLines::is_frame(std::size_t i) const {
  Known& known = facts_[i].frame;
  if (known == Known::kNot) known = is_frame_line(lines_[i]) ? Known::kYes : Known::kNo;
  return known == Known::kYes;
}

const Inner& ScreenLines::inner(std::size_t i) const {
  Inner& known = facts_[i].inner;
  if (known.column < 0) known = inside_frame(lines_[i]);
  return known;
}

std::string_view skip_blanks(std::string_view text, int& column) {
  while (!text.empty()) {
    if (text.front() == ' ' || text.front() == '\t') {
      text.remove_prefix(1);
    } else if (text.starts_with("\xC2\xA0")) {
      text.remove_prefix(2);
    } else {
      break;
    }
    ++column;
  }
  return text;
}

Inner inside_frame(std::string_view line) {
  Inner out;
  std::string_view text = skip_blanks(line, out.column);
  for (int depth = 0; depth < 2; ++depth) {
    bool framed = false;
    if (!text.starts_with('\xE2')) break;  // all of them begin with that byte; few lines do
    for (const std::string_view border : {"│", "┃", "║", "▌", "▎"}) {
      if (!text.starts_with(border)) continue;
      text.remove_prefix(border.size());
      ++out.column;
      framed = true;
      text = rtrim(text);
      if (text.ends_with(border)) text.remove_suffix(border.size());
      text = rtrim(text);
      break;
    }
    if (!framed) break;
    text = skip_blanks(text, out.column);
  }
  out.text = rtrim(text);
  return out;
}

bool is_frame_line(std::string_view line) {
  const Inner inner = inside_frame(line);
  if (!inner.text.starts_with('\xE2')) return false;
  if (is_rule_line(inner.text)) return true;
  for (const std::string_view corner : {"╭", "╰", "┌", "└", "╹", "╺", "├"}) {
    if (inner.text.starts_with(corner)) return true;
  }
  return false;
}

std::string_view ScreenLines::span(std::size_t from, std::size_t to) const {
  if (from >= to) return {};
  const char* begin = lines_[from].data();
  const std::string_view last = lines_[to - 1];
  return {begin, static_cast<std::size_t>(last.data() + last.size() - begin)};
}

bool is_rule_line(std::string_view line) {
  line = trim(line);
  constexpr std::size_t kBytes = 3;  // of a rule's character
  if (line.size() < 8 * kBytes || static_cast<unsigned char>(line[0]) != 0xE2) return false;
  // Most rules are one character again and again.
  if (line.size() % kBytes == 0 && line.substr(kBytes) == line.substr(0, line.size() - kBytes)) {
    std::size_t at = 0;
    return is_rule_char(utf8_next(line, at));
  }
  std::size_t pos = 0, rules = 0, all = 0, run = 0, longest = 0;
  bool first_is_rule = false, last_is_rule = false;
  while (pos < line.size()) {
    last_is_rule = is_rule_char(utf8_next(line, pos));
    if (all == 0) first_is_rule = last_is_rule;
    if (all == 0 && !first_is_rule) return false;
    ++all;
    rules += last_is_rule ? 1u : 0u;
    run = last_is_rule ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  // Labels may interrupt the rule ("──── topic ──") and stand at either end ("─ mock ─── ctx 0% ─", "──
  // Working ──").
  constexpr std::size_t kWide = 30;  // so much between two rule characters is a rule with long labels
  // A word behind a long rule ("──────── INSERT") is a label as well.
  if (!last_is_rule) return longest >= 16 && rules * 10 >= all * 7;
  return (longest >= 6 && rules * 4 >= all) || (rules >= 4 && all >= kWide);
}

std::string_view last_lines(const ScreenLines& lines) {
  const std::size_t end = lines.size();
  return lines.span(end > kLastLines ? end - kLastLines : 0, end);
}

std::size_t panel_gap(const ScreenLines& lines) {
  constexpr std::size_t kMostPanel = 14, kLeastGap = 4;
  std::size_t first = lines.size(), blank = 0;  // the panel's first line
  for (std::size_t i = lines.size(); i-- > 0;) {
    if (lines[i].empty()) {
      ++blank;
      continue;
    }
    if (blank >= kLeastGap) {
      for (std::size_t k = first; k < lines.size(); ++k) {
        if (is_pointed_at(lines[k])) return 0;
      }
      return i + 1;
    }
    if (lines.size() - i > kMostPanel) return 0;
    first = i;
    blank = 0;
  }
  return 0;
}

void find_layout(const ScreenLines& lines, const PromptSpec& prompt, std::string_view title, int first_row,
                 std::optional<int> cursor_row, Layout& out) {
  // An unknown cursor is below everything: then a footer's length decides.
  const int cursor = cursor_row ? *cursor_row - first_row : static_cast<int>(lines.size());
  const Box box = find_box(lines, prompt, cursor);
  out.has_box = box.found;
  out.any = box.any;
  out.box_first = box.first;
  out.box_last = box.last;
  out.input_first = box.input_first;
  if (box.found) {
    read_input(lines, prompt, box, out);
    cut_around_box(lines, prompt, out);
  } else {
    cut_without_box(lines, out);
  }
  const std::size_t end = lines.size();
  out.region[static_cast<int>(Region::kTitle)] = title;
  out.region[static_cast<int>(Region::kScreen)] = lines.span(0, end);
  out.region[static_cast<int>(Region::kLast)] = last_lines(lines);
  if (first_row == 0) out.cut_off = false;
}

}  // namespace orc
