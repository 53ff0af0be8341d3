// SPDX-License-Identifier: Apache-2.0
#include "grid.h"

#include <algorithm>

#include "tmux_orc/base/text.h"

namespace orc::tui {

std::string utf8_of(char32_t c) {
  std::string out;
  const auto byte = [&](char32_t value) { out += static_cast<char>(value); };
  if (c < 0x80) {
    byte(c);
  } else if (c < 0x800) {
    byte(0xC0 | (c >> 6));
    byte(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    byte(0xE0 | (c >> 12));
    byte(0x80 | ((c >> 6) & 0x3F));
    byte(0x80 | (c & 0x3F));
  } else {
    byte(0xF0 | (c >> 18));
    byte(0x80 | ((c >> 12) & 0x3F));
    byte(0x80 | ((c >> 6) & 0x3F));
    byte(0x80 | (c & 0x3F));
  }
  return out;
}

int width_of(char32_t c) { return c >= 0x20 && c < 0x7F ? 1 : display_width(utf8_of(c)); }

int width_of(const Line& line) {
  int width = 0;
  for (const Span& span : line) width += display_width(printable(span.text));
  return width;
}

Grid::Grid(int width, int height)
    : width_(std::max(width, 0)),
      height_(std::max(height, 0)),
      cells_(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_)) {}

// A wide character whose half is overwritten must not leave the other half behind.
void Grid::free_cell(int x, int y) {
  if (at(x, y).width == 0 && x > 0) cells_[index(x - 1, y)] = {U' ', 0, 1, at(x - 1, y).style};
  if (at(x, y).width == 2 && x + 1 < width_) cells_[index(x + 1, y)] = {U' ', 0, 1, at(x, y).style};
}

void Grid::set(int x, int y, const Cell& cell) {
  free_cell(x, y);
  cells_[index(x, y)] = cell;
  if (cell.width != 2) return;
  free_cell(x + 1, y);
  cells_[index(x + 1, y)] = {U' ', 0, 0, cell.style};
}

int Grid::put(int x, int y, std::string_view text, Style style, int columns) {
  const std::string safe = printable(text);
  std::vector<Cell> cells;
  for (std::size_t pos = 0; pos < safe.size();) {
    const char32_t c = utf8_next(safe, pos);
    const int width = width_of(c);
    if (width > 0)
      cells.push_back({c, 0, static_cast<std::uint8_t>(width), style});
    else if (!cells.empty() && cells.back().mark == 0)
      cells.back().mark = c;
  }
  int used = 0;
  for (const Cell& cell : cells) {
    if (used + cell.width > columns || x + used + cell.width > width_) break;
    used += cell.width;
  }
  put(x, y, cells, columns);
  return used;
}

int Grid::put(int x, int y, const Line& line, int columns) {
  int used = 0;
  for (const Span& span : line) used += put(x + used, y, span.text, span.style, columns - used);
  return used;
}

void Grid::put(int x, int y, const std::vector<Cell>& cells, int columns) {
  if (y < 0 || y >= height_) return;
  const int end = std::min(width_, columns > width_ ? width_ : x + columns);
  for (const Cell& cell : cells) {
    if (cell.width == 0) continue;
    if (x + cell.width > end) return;
    if (x >= 0) set(x, y, cell);
    x += cell.width;
  }
}

void Grid::fill(int x, int y, int width, int height, Style style) {
  for (int row = std::max(y, 0); row < std::min(y + height, height_); ++row) {
    for (int column = std::max(x, 0); column < std::min(x + width, width_); ++column)
      set(column, row, {U' ', 0, 1, style});
  }
}

void Grid::add_style(int x, int y, int width, std::uint8_t attributes) {
  if (y < 0 || y >= height_) return;
  for (int column = std::max(x, 0); column < std::min(x + width, width_); ++column) {
    Style& style = cells_[index(column, y)].style;
    style = style.with(attributes);
  }
}

std::string Grid::text() const {
  std::string out;
  for (int y = 0; y < height_; ++y) {
    std::string row;
    for (int x = 0; x < width_; ++x) {
      const Cell& cell = at(x, y);
      if (cell.width == 0) continue;
      row += utf8_of(cell.ch);
      if (cell.mark != 0) row += utf8_of(cell.mark);
    }
    out.append(rtrim(row)).push_back('\n');
  }
  return out;
}

}  // namespace orc::tui
