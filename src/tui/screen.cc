// SPDX-License-Identifier: Apache-2.0
#include "screen.h"

#include <langinfo.h>
#include <ncurses.h>
#include <sys/ioctl.h>
#include <term.h>
#include <unistd.h>
#include <wchar.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string_view>
#include <utility>

// term.h's macros are in the way of ordinary names.
#undef columns
#undef lines
#undef tab

namespace orc::tui {
namespace {

constexpr auto kDoubleClick = std::chrono::milliseconds(400);
constexpr int kEscapeDelay_ms = 25;  // a lone Escape must not feel slow; keys of a terminal come in one piece

attr_t attributes_of(const Style& s) {
  attr_t out = A_NORMAL;
  if ((s.attributes & kBold) != 0) out |= A_BOLD;
  if ((s.attributes & kDim) != 0) out |= A_DIM;
  if ((s.attributes & kItalic) != 0) out |= A_ITALIC;
  if ((s.attributes & kUnderline) != 0) out |= A_UNDERLINE;
  if ((s.attributes & kReverse) != 0) out |= A_REVERSE;
  return out;
}

bool no_color_wanted() {
  const char* value = std::getenv("NO_COLOR");
  return value != nullptr && *value != '\0';
}

Key::Code code_of(int key) {
  switch (key) {
    case KEY_UP:
      return Key::kUp;
    case KEY_DOWN:
      return Key::kDown;
    case KEY_LEFT:
      return Key::kLeft;
    case KEY_RIGHT:
      return Key::kRight;
    case KEY_PPAGE:
      return Key::kPageUp;
    case KEY_NPAGE:
      return Key::kPageDown;
    case KEY_HOME:
      return Key::kHome;
    case KEY_END:
      return Key::kEnd;
    case KEY_ENTER:
      return Key::kEnter;
    case KEY_BACKSPACE:
      return Key::kBackspace;
    default:
      return Key::kNone;
  }
}

Key key_of(wint_t c) {
  switch (c) {
    case '\r':
    case '\n':
      return {Key::kEnter};
    case 0x1b:
      return {Key::kEscape};
    case 0x7f:
    case '\b':
      return {Key::kBackspace};
    case 3:
      return {Key::kInterrupt};
    case 12:
      return {Key::kRedraw};
    default:
      break;
  }
  if (c < 0x20) return {};
  return {Key::kChar, static_cast<char32_t>(c)};
}

}  // namespace

std::unique_ptr<Screen> Screen::open() {
  auto terminal = Terminal::open();
  return terminal == nullptr ? nullptr : std::unique_ptr<Screen>(new Screen(std::move(terminal)));
}

Screen::Screen(std::unique_ptr<Terminal> terminal) : terminal_(std::move(terminal)) {
  nonl();
  nodelay(stdscr, TRUE);
  set_escdelay(kEscapeDelay_ms);
  mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, nullptr);
  mouseinterval(0);  // a click is told at once: ncurses would wait for a second one
  unicode_ = std::string_view(nl_langinfo(CODESET)) == "UTF-8";
  color_ = !no_color_wanted() && has_colors() && start_color() == OK && use_default_colors() == OK;
  direct_ = color_ && tigetflag("RGB") > 0;
}

int Screen::width() const { return COLS; }
int Screen::height() const { return LINES; }

int Screen::color_of(int color) const {
  if (color < 0 || !color_) return -1;
  const bool rgb = (color & kRgb) != 0;
  if (direct_) return rgb ? color & 0xFFFFFF : color < 8 ? color : rgb_of_256(color);
  int palette = rgb ? nearest_of_256(color & 0xFFFFFF) : color;
  if (palette < COLORS) return palette;
  // Eight colours: the same hue, by which channels are strong.
  if (palette < 16) return palette - 8;
  const int value = rgb_of_256(palette);
  return ((value >> 23) & 1) | ((value >> 15) & 1) << 1 | ((value >> 7) & 1) << 2;
}

int Screen::pair_of(const Style& style) const {
  const int fg = color_of(style.fg), bg = color_of(style.bg);
  if (fg < 0 && bg < 0) return 0;
  const int pair = alloc_pair(fg, bg);  // the least used one is given up when there are too many
  return std::max(pair, 0);
}

void Screen::draw(const Grid& grid, int x, int y) {
  const Cell& cell = grid.at(x, y);
  if (cell.width == 0) return;
  wchar_t text[3] = {static_cast<wchar_t>(cell.ch), static_cast<wchar_t>(cell.mark), L'\0'};
  // Where the C library thinks otherwise of a character's width, ncurses would shift what follows.
  const int width = ::wcwidth(text[0]);
  if (width != cell.width) {
    text[0] = width > 0 && width < cell.width ? text[0] : L'?';
    text[1] = L'\0';
    if (cell.width == 2) mvaddch(y, x + 1, ' ');
  }
  if (text[1] != L'\0' && ::wcwidth(text[1]) != 0) text[1] = L'\0';
  int pair = pair_of(cell.style);
  cchar_t out;
  if (setcchar(&out, text, attributes_of(cell.style), static_cast<short>(pair & 0x7FFF), &pair) == OK)
    mvadd_wch(y, x, &out);
}

void Screen::show(const Grid& grid) {
  const bool anew = !shown_ || shown_->width() != grid.width() || shown_->height() != grid.height();
  if (anew) erase();
  const int height = std::min(grid.height(), LINES), width = std::min(grid.width(), COLS);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      // Either half of a wide character that changed draws the whole.
      const bool changed =
          anew || grid.at(x, y) != shown_->at(x, y) ||
          (grid.at(x, y).width == 2 && x + 1 < width && grid.at(x + 1, y) != shown_->at(x + 1, y));
      if (changed) draw(grid, x, y);
    }
  }
  shown_ = grid;
  refresh();
}

bool Screen::is_second_click(const Key& key) {
  const auto now = Steady::now();
  const bool second = key.x == clicked_x_ && key.y == clicked_y_ && now - clicked_at_ < kDoubleClick;
  clicked_x_ = key.x;
  clicked_y_ = key.y;
  clicked_at_ = second ? Steady::time_point{} : now;
  return second;
}

std::optional<Key> Screen::mouse_key() {
  MEVENT event;
  if (getmouse(&event) != OK) return std::nullopt;
  Key key;
  key.x = event.x;
  key.y = event.y;
  if ((event.bstate & BUTTON4_PRESSED) != 0)
    key.code = Key::kWheelUp;
  else if ((event.bstate & BUTTON5_PRESSED) != 0)
    key.code = Key::kWheelDown;
  else if ((event.bstate & BUTTON1_PRESSED) != 0)
    key.code = is_second_click(key) ? Key::kDoubleClick : Key::kClick;
  return key;
}

Key Screen::read_key() {
  wint_t c = 0;
  const int kind = get_wch(&c);
  if (kind == ERR) return {};
  if (kind == KEY_CODE_YES && c == KEY_MOUSE) return mouse_key().value_or(Key{});
  // What is no key of ours still says that there may be more behind it.
  if (kind == KEY_CODE_YES) return {code_of(static_cast<int>(c)), U'\xFFFD'};
  const Key key = key_of(c);
  return key.code == Key::kNone ? Key{Key::kNone, U'\xFFFD'} : key;
}

void Screen::resize() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) return;
  resizeterm(size.ws_row, size.ws_col);
  forget();
}

void Screen::forget() {
  shown_.reset();
  clearok(stdscr, TRUE);
}

void Screen::leave() {
  def_prog_mode();
  endwin();
}

void Screen::come_back() {
  reset_prog_mode();
  resize();
  forget();
}

}  // namespace orc::tui
