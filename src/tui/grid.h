// SPDX-License-Identifier: Apache-2.0
// Grid: a screenful of styled cells, drawn by pure code and shown by Screen. What is put into it is made
// printable on the way, so that no byte of a pane can reach a terminal as control. For one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace orc::tui {

// A colour is -1 (the terminal's own), 0 to 255, or kRgb | 0xRRGGBB.
inline constexpr int kRgb = 1 << 24;

enum Attribute : std::uint8_t {
  kBold = 1,
  kDim = 2,
  kItalic = 4,
  kUnderline = 8,
  kReverse = 16,
  kStrike = 32,
};

struct Style {
  int fg = -1, bg = -1;
  std::uint8_t attributes = 0;
  Style with(std::uint8_t more) const {
    Style s = *this;
    s.attributes = static_cast<std::uint8_t>(s.attributes | more);
    return s;
  }
  friend bool operator==(const Style&, const Style&) = default;
};

struct Cell {
  char32_t ch = U' ';
  char32_t mark = 0;       // a combining character on it, 0 if none
  std::uint8_t width = 1;  // 2: it covers the next cell too, whose width is 0
  Style style;
  friend bool operator==(const Cell&, const Cell&) = default;
};

struct Span {  // a piece of text in one style
  std::string text;
  Style style;
};
using Line = std::vector<Span>;

// Columns of one character: 0, 1 or 2.
int width_of(char32_t c);
int width_of(const Line& line);

class Grid {
 public:
  Grid(int width, int height);
  int width() const { return width_; }
  int height() const { return height_; }
  const Cell& at(int x, int y) const { return cells_[index(x, y)]; }

  // Puts text at (x, y), at most `columns` of it, cut at the grid's edge; a wide character that does not fit
  // is left out. Gives the columns used. Outside of the grid nothing happens.
  int put(int x, int y, std::string_view text, Style style, int columns = 1 << 20);
  // The same for a line of spans.
  int put(int x, int y, const Line& line, int columns = 1 << 20);
  // Puts cells as they are, from a parsed pane.
  void put(int x, int y, const std::vector<Cell>& cells, int columns);
  void fill(int x, int y, int width, int height, Style style);
  // Changes the style of cells that stand there, as for a selected row.
  void add_style(int x, int y, int width, std::uint8_t attributes);

  // Each row's text without blanks at its end, ended by '\n'.
  std::string text() const;

 private:
  std::size_t index(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x);
  }
  void set(int x, int y, const Cell& cell);
  void free_cell(int x, int y);

  int width_, height_;
  std::vector<Cell> cells_;
};

std::string utf8_of(char32_t c);

}  // namespace orc::tui
