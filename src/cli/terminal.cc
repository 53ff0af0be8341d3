// SPDX-License-Identifier: Apache-2.0
#include "terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "tmux_orc/base/state_style.h"
#include "tmux_orc/base/text.h"

namespace orc::cli {

bool use_color(int fd) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return ::isatty(fd) == 1 && (no_color == nullptr || *no_color == '\0') &&
         (term == nullptr || std::string_view(term) != "dumb");
}

std::string paint_state(State state, std::string_view text, bool color) {
  if (!color) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", style_of(state).sgr, text);
}

namespace {

constexpr int kLeastColumn = 6, kGap = 2;

// Calls `text` for what is shown and `code` for colour codes, in order.
template <typename Text, typename Code>
void each_part(std::string_view cell, Text text, Code code) {
  while (!cell.empty()) {
    const bool escape = cell.front() == '\x1b';
    const std::size_t end =
        escape ? std::min(cell.find('m') + 1, cell.size()) : std::min(cell.find('\x1b'), cell.size());
    escape ? code(cell.substr(0, end)) : text(cell.substr(0, end));
    cell.remove_prefix(end);
  }
}

// Width on screen, without colour codes.
int shown_width(std::string_view cell) {
  int width = 0;
  each_part(
      cell, [&](std::string_view part) { width += display_width(part); }, [](std::string_view) {});
  return width;
}

std::string cut(const std::string& cell, int width) {
  if (shown_width(cell) <= width) return cell;
  std::string out;
  int left = width;
  const auto take = [&](std::string_view part) {
    if (left <= 0) return;
    out += fit_width(part, left);
    left -= display_width(part);
  };
  each_part(cell, take, [&](std::string_view code) { out += code; });
  return out;
}

// Takes from the widest columns but `whole` until all fit; where all are narrow already, the last ones go.
void shrink(std::vector<int>& widths, int width, std::size_t whole) {
  int excess = kGap * (static_cast<int>(widths.size()) - 1) - width;
  for (const int w : widths) excess += w;
  for (; excess > 0; --excess) {
    int* widest = nullptr;
    for (std::size_t c = 0; c < widths.size(); ++c) {
      if (c != whole && (widest == nullptr || widths[c] > *widest)) widest = &widths[c];
    }
    if (widest == nullptr || *widest <= kLeastColumn) break;
    --*widest;
  }
  for (; excess > 0 && widths.size() > whole + 1; widths.pop_back()) excess -= widths.back() + kGap;
}

int columns_of(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

bool locale_is_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    const std::string_view v = value;
    return v.find("UTF-8") != v.npos || v.find("utf8") != v.npos || v.find("UTF8") != v.npos ||
           v.find("utf-8") != v.npos;
  }
  return false;
}

}  // namespace

int terminal_columns() { return columns_of(STDOUT_FILENO); }
int stderr_columns() { return columns_of(STDERR_FILENO); }

void to_stderr(const std::string& text) {
  const std::string lines = wrapped(text, stderr_columns());
  fmt::print(stderr, "{}{}", lines, lines.ends_with('\n') ? "" : "\n");
}

void complain(const std::string& text) { to_stderr("tmux-orc: " + text); }

std::string for_locale(std::string text) {
  if (locale_is_utf8()) return text;
  static constexpr std::pair<std::string_view, std::string_view> kPlain[] = {
      {"…", "~"}, {"≥", ">="}, {"±", "+-"}, {"▁", "_"}, {"▂", "."}, {"▃", "-"},
      {"▄", "="}, {"▅", "+"},  {"▆", "*"},  {"▇", "%"}, {"█", "#"}};
  for (const auto& [sign, plain] : kPlain) {
    for (std::size_t at = text.find(sign); at != std::string::npos; at = text.find(sign, at + plain.size()))
      text.replace(at, sign.size(), plain);
  }
  return text;
}

std::string table(const std::vector<std::vector<std::string>>& rows, const std::vector<bool>& right,
                  std::size_t whole) {
  return table_for(terminal_columns(), rows, right, whole);
}

std::string table_for(int width, const std::vector<std::vector<std::string>>& rows,
                      const std::vector<bool>& right, std::size_t whole) {
  std::vector<int> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], shown_width(row[c]));
  }
  if (width > 0) shrink(widths, width, whole);
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < std::min(row.size(), widths.size()); ++c) {
      const std::string cell = cut(row[c], widths[c]);
      const std::string pad(static_cast<std::size_t>(std::max(0, widths[c] - shown_width(cell))), ' ');
      if (c > 0) line += "  ";
      line += c < right.size() && right[c] ? pad + cell : cell + pad;
    }
    out.append(rtrim(line)).push_back('\n');
  }
  return for_locale(std::move(out));
}

std::string wrapped(const std::string& text, int width) {
  if (width <= 0) return text;
  std::string out;
  for (const std::string_view line : split_lines(text)) {
    if (shown_width(line) <= width) {
      out.append(line).push_back('\n');
      continue;
    }
    int used = 0;
    for (std::size_t at = 0; at < line.size();) {
      const std::size_t blank = std::min(line.find(' ', at), line.size());
      const std::string_view word = line.substr(at, blank - at);
      if (used > 2 && used + 1 + shown_width(word) > width) {
        out = rtrim(out);
        out += "\n  ";
        used = 2;
      } else if (at > 0) {
        out += ' ';
        ++used;
      }
      out += word;
      used += shown_width(word);
      at = blank + 1;
    }
    out += '\n';
  }
  return out;
}

Progress::Progress(bool enabled) : enabled_(enabled && ::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (shown_) fmt::print(stderr, "\r\x1b[K");
}

void Progress::show(const std::string& text) {
  if (!enabled_) return;
  shown_ = true;
  fmt::print(stderr, "\r\x1b[K{}", text);
}

}  // namespace orc::cli
