// SPDX-License-Identifier: Apache-2.0
#include "live_screen.h"

#include <ncurses.h>

#include <algorithm>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "signals.h"

namespace orc::cli {

std::unique_ptr<LiveScreen> LiveScreen::open() {
  const char* term = std::getenv("TERM");
  if (term == nullptr || *term == '\0' || std::string_view(term) == "dumb") return nullptr;
  std::setlocale(LC_ALL, "");
  SCREEN* terminal = newterm(term, stdout, stdin);  // initscr() would end the program instead
  return terminal == nullptr ? nullptr : std::unique_ptr<LiveScreen>(new LiveScreen(terminal));
}

LiveScreen::LiveScreen(screen* terminal) : terminal_(terminal) {
  set_term(terminal_);
  noecho();
  raw();  // Ctrl-C comes as a key, so that the screen is given back in order
  curs_set(0);
  keypad(stdscr, TRUE);
}

LiveScreen::~LiveScreen() {
  endwin();
  delscreen(terminal_);
}

int LiveScreen::columns() const { return COLS; }

void LiveScreen::show(const std::vector<std::string>& lines) {
  erase();
  for (int row = 0; row < LINES - 1 && row < static_cast<int>(lines.size()); ++row) {
    mvaddstr(row, 0, lines[static_cast<std::size_t>(row)].c_str());
  }
  mvaddstr(LINES - 1, 0, "q leaves");
  refresh();
}

bool LiveScreen::wait_for_quit(Steady::time_point until) {
  for (;;) {
    timeout(std::min(poll_timeout(until, Steady::now()), 200));
    const int key = getch();
    if (key == 'q' || key == 'Q' || key == 3) return true;
    if (wait_for_stop(Steady::now())) return true;  // SIGTERM, SIGINT
    if (key == KEY_RESIZE || Steady::now() >= until) return false;
  }
}

}  // namespace orc::cli
