// SPDX-License-Identifier: Apache-2.0
#include "screen_text.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "tmux_orc/base/text.h"

namespace orc {
namespace {

constexpr std::string_view kSelector = "\xEF\xB8";  // U+FE0E and U+FE0F begin with these two bytes
constexpr std::array<std::string_view, 12> kBars = {"┃", "█", "│", "║", "▐", "▕",
                                                    "▄", "▀", "░", "▒", "▓", "╿"};
constexpr int kLeastColumn = 16;
constexpr std::size_t kLeastBars = 3;  // fewer in one column are somebody's drawing

bool is_selector(std::string_view text, std::size_t at) {
  return at + 2 < text.size() && (text[at + 2] == '\x8E' || text[at + 2] == '\x8F');
}

std::string without_selectors(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  std::size_t from = 0;
  for (std::size_t at = text.find(kSelector); at != std::string_view::npos;
       at = text.find(kSelector, at + 2)) {
    if (!is_selector(text, at)) continue;
    out.append(text.substr(from, at - from));
    from = at + 3;
  }
  out.append(text.substr(from));
  return out;
}

// Blocks may stand directly behind a frame, lines there are the frame's.
bool is_block(std::string_view bar) { return bar == "█" || bar == "▄" || bar == "▀"; }

// A bar behind blanks at the line's end; 0 if none. A line that begins with a frame ends with one, too.
std::size_t bar_size(std::string_view line) {
  if (line.size() < 3 || line[line.size() - 3] != '\xE2') return 0;
  for (const std::string_view bar : kBars) {
    if (!line.ends_with(bar)) continue;
    const std::string_view before = line.substr(0, line.size() - bar.size());
    if (!before.empty() && before.back() != ' ' && !(is_block(bar) && before.ends_with("│"))) return 0;
    std::size_t start = line.find_first_not_of(' ');
    for (const std::string_view frame : {"│", "┃", "║", "╭", "╰", "┌", "└"}) {
      const bool corner =
          frame[2] == '\xAD' || frame[2] == '\xB0' || frame[2] == '\x8C' || frame[2] == '\x94';
      const bool framed = corner || bar == frame;
      if (framed && line.substr(start).starts_with(frame) && start + frame.size() < line.size()) return 0;
    }
    return bar.size();
  }
  return 0;
}

// Columns of the bars; the scrollbar is the rightmost of them and nothing stands right of it.
struct Bars {
  std::vector<std::size_t> bar;  // bytes to drop, by line
  std::size_t lines = 0;
};

Bars find_scrollbar(const std::vector<std::string_view>& lines) {
  Bars out;
  std::vector<int> column(lines.size(), -1);
  int right = -1;
  out.bar.assign(lines.size(), 0);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = rtrim(lines[i]);
    const std::size_t bar = bar_size(line);
    if (bar == 0) continue;
    out.bar[i] = bar;
    column[i] = display_width(line) - 1;
    right = std::max(right, column[i]);
  }
  if (right < kLeastColumn) return out;
  for (const std::string_view raw : lines) {
    const std::string_view line = rtrim(raw);
    if (line.size() > static_cast<std::size_t>(right) + 1 && display_width(line) > right + 1) return out;
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (column[i] != right)
      out.bar[i] = 0;
    else
      ++out.lines;
  }
  return out;
}

std::string without_scrollbar(std::string_view text, bool& found) {
  const auto lines = split_lines(text);
  const Bars bars = find_scrollbar(lines);
  found = bars.lines >= kLeastBars;
  std::string out;
  if (!found) return out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string_view line = lines[i];
    if (bars.bar[i] != 0) {
      line = rtrim(line);
      line.remove_suffix(bars.bar[i]);
    }
    out.append(line);
    out += '\n';
  }
  return out;
}

// Without some bars behind blanks at lines' ends there is no scrollbar to look for. A frame's own right side
// is none: agents that frame all they show would pay for that with each look.
bool may_have_scrollbar(std::string_view text) {
  std::size_t n = 0;
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    if (at < 6 || static_cast<unsigned char>(text[at - 3]) != 0xE2) continue;
    if (text[at - 4] != ' ' && text.substr(at - 6, 3) != "│") continue;
    const auto second = static_cast<unsigned char>(text[at - 2]);
    if (second != 0x94 && second != 0x95 && second != 0x96) continue;
    const std::size_t before = text.rfind('\n', at - 1);
    const std::size_t start = before == std::string_view::npos ? 0 : before + 1;
    if (bar_size(text.substr(start, at - start)) != 0 && ++n >= kLeastBars) return true;
  }
  return false;
}

}  // namespace

std::string_view clean_screen(std::string_view text, std::string& storage) {
  if (text.find(kSelector) != std::string_view::npos) {
    storage = without_selectors(text);
    text = storage;
  }
  if (!may_have_scrollbar(text)) return text;
  bool found = false;
  std::string cleaned = without_scrollbar(text, found);
  if (!found) return text;
  storage = std::move(cleaned);
  return storage;
}

}  // namespace orc
