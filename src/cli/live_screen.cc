// SPDX-License-Identifier: Apache-2.0
#include "live_screen.h"

#include <ncurses.h>

#include <algorithm>

#include "signals.h"

namespace orc::cli {

std::unique_ptr<LiveScreen> LiveScreen::open() {
  auto terminal = tui::Terminal::open();
  return terminal == nullptr ? nullptr : std::unique_ptr<LiveScreen>(new LiveScreen(std::move(terminal)));
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
