#include "terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

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

// Width on screen, without colour codes.
int shown_width(std::string_view cell) {
  std::string plain;
  for (std::size_t i = 0; i < cell.size(); ++i) {
    if (cell[i] == '\x1b') {
      i = std::min(cell.find('m', i), cell.size() - 1);
    } else {
      plain += cell[i];
    }
  }
  return display_width(plain);
}

}  // namespace

std::string table(const std::vector<std::vector<std::string>>& rows, const std::vector<bool>& right) {
  std::vector<int> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], shown_width(row[c]));
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string pad(static_cast<std::size_t>(widths[c] - shown_width(row[c])), ' ');
      if (c > 0) line += "  ";
      line += c < right.size() && right[c] ? pad + row[c] : row[c] + pad;
    }
    out.append(rtrim(line)).push_back('\n');
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
