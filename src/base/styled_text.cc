// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/base/styled_text.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "tmux_orc/base/text.h"

namespace orc {
namespace {

enum class Ink { kFull, kDim, kOther };

// Of RGB: a grey that is neither near black nor near white, on whatever ground. Gemini's has 175, Qwen's 108
// to 134 (a bluish one), opencode's 128; what is typed has the terminal's own colour, or more than 200.
Ink ink_of(int r, int g, int b) {
  const auto [low, high] = std::minmax({r, g, b});
  if (high - low > 40) return Ink::kOther;
  if (high < 60 || low > 200) return Ink::kFull;
  return Ink::kDim;
}

// Of the 256: the first 16 as terminals draw them, the cube, the greys.
Ink ink_of(int n) {
  if (n == 8) return Ink::kDim;
  if (n < 16) return n == 0 || n == 7 || n == 15 ? Ink::kFull : Ink::kOther;
  if (n >= 232) return ink_of(8 + (n - 232) * 10, 8 + (n - 232) * 10, 8 + (n - 232) * 10);
  const auto level = [](int step) { return step == 0 ? 0 : 55 + step * 40; };
  return ink_of(level((n - 16) / 36), level((n - 16) / 6 % 6), level((n - 16) % 6));
}

// The colour and weight that stand at some place of a line.
class Pen {
 public:
  // The parameters of an SGR: "0;38;2;175;175;175".
  void take(std::string_view parameters) {
    std::array<int, 32> n{};
    std::size_t count = 1;
    for (const char c : parameters) {
      if (c == ';' || c == ':') {
        if (++count > n.size()) return;
      } else if (c >= '0' && c <= '9') {
        n[count - 1] = std::min(n[count - 1] * 10 + (c - '0'), 9999);
      }
    }
    for (std::size_t i = 0; i < count; ++i) i += one(&n[i], count - i - 1);
  }
  Ink ink() const { return faint_ ? Ink::kDim : ink_; }

 private:
  // Gives how many more belong to it.
  std::size_t one(const int* n, std::size_t more) {
    if (*n == 0) {
      *this = {};
    } else if (*n == 2) {
      faint_ = true;
    } else if (*n == 22) {
      faint_ = false;
    } else if (*n == 39) {
      ink_ = Ink::kFull;
    } else if (*n >= 30 && *n <= 37) {
      ink_ = ink_of(*n - 30);
    } else if (*n >= 90 && *n <= 97) {
      ink_ = ink_of(*n - 90 + 8);
    } else if (*n == 38 || *n == 48 || *n == 58) {
      const bool text = *n == 38;
      if (more >= 2 && n[1] == 5) {
        if (text) ink_ = ink_of(n[2]);
        return 2;
      }
      if (more >= 4 && n[1] == 2) {
        if (text) ink_ = ink_of(n[2], n[3], n[4]);
        return 4;
      }
    }
    return 0;
  }

  bool faint_ = false;
  Ink ink_ = Ink::kFull;
};

// The sequence at text[at], which is an escape: where it ends. `sgr` are its parameters, if it is one.
std::size_t sequence_end(std::string_view text, std::size_t at, std::string_view& sgr) {
  sgr = {};
  const std::size_t line = std::min(text.find('\n', at), text.size());
  if (at + 1 >= line) return at + 1;
  if (text[at + 1] == '[') {
    std::size_t end = at + 2;
    while (end < line && (text[end] < '@' || text[end] > '~')) ++end;
    if (end < line && text[end] == 'm') sgr = text.substr(at + 2, end - at - 2);
    return std::min(end + 1, line);
  }
  if (text[at + 1] == ']') {  // a link
    const std::size_t end = std::min({text.find("\x1b\\", at + 2), text.find('\a', at + 2), line});
    if (end == line) return line;
    return end + (text[end] == '\a' ? 1 : 2);
  }
  return at + 2;
}

bool is_shift(char c) { return c == '\x0e' || c == '\x0f'; }  // around what an old program draws frames with

// visit(CHARACTER, INK) for each character of a line.
template <typename Visit>
void for_each_cell(std::string_view styled, Pen& pen, Visit&& visit) {
  for (std::size_t at = 0; at < styled.size();) {
    if (styled[at] == '\x1b') {
      std::string_view sgr;
      at = sequence_end(styled, at, sgr);
      if (sgr.data() != nullptr) pen.take(sgr);
      continue;
    }
    const std::size_t from = at;
    utf8_next(styled, at);
    if (!is_shift(styled[from])) visit(styled.substr(from, at - from), pen.ink());
  }
}

bool is_border(std::string_view cell) { return cell == "│" || cell == "┃" || cell == "║" || cell == "▌"; }

}  // namespace

std::string without_styles(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '\x1b') {
      std::string_view sgr;
      at = sequence_end(text, at, sgr);
      continue;
    }
    if (text[at] == '\n') {
      while (!out.empty() && out.back() == ' ') out.pop_back();
    }
    if (!is_shift(text[at])) out += text[at];
    ++at;
  }
  return out;
}

std::optional<bool> is_dim_from(std::string_view styled, int x, int y) {
  const auto lines = split_lines(styled);
  if (x < 0 || y < 0 || static_cast<std::size_t>(y) >= lines.size()) return std::nullopt;
  Pen pen;
  // A style goes on over the end of a line.
  for (int row = 0; row < y; ++row)
    for_each_cell(lines[static_cast<std::size_t>(row)], pen, [](auto, auto) {});
  int column = 0, dim = 0, full = 0, all = 0;
  std::optional<Ink> first;
  bool ended = false;
  for_each_cell(lines[static_cast<std::size_t>(y)], pen, [&](std::string_view cell, Ink ink) {
    const int at = column;
    column += display_width(cell);
    if (ended || at < x || cell == " ") return;
    if (is_border(cell)) {
      ended = true;
    } else if (at == x) {
      first = ink;
    } else {
      ++all;
      dim += ink == Ink::kDim ? 1 : 0;
      full += ink == Ink::kFull ? 1 : 0;
    }
  });
  if (all == 0 && first) {
    all = 1;
    dim = *first == Ink::kDim ? 1 : 0;
    full = *first == Ink::kFull ? 1 : 0;
  }
  if (dim * 2 > all) return true;
  if (full * 2 > all) return false;
  return std::nullopt;
}

}  // namespace orc
