// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/tui/terminal.h"

#include <ncurses.h>

#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace orc::tui {

std::unique_ptr<Terminal> Terminal::open() {
  const char* term = std::getenv("TERM");
  if (term == nullptr || *term == '\0' || std::string_view(term) == "dumb") return nullptr;
  std::setlocale(LC_ALL, "");
  SCREEN* terminal = newterm(term, stdout, stdin);  // initscr() would end the program instead
  return terminal == nullptr ? nullptr : std::unique_ptr<Terminal>(new Terminal(terminal));
}

Terminal::Terminal(screen* terminal) : terminal_(terminal) {
  set_term(terminal_);
  noecho();
  raw();  // Ctrl-C comes as a key, so that the screen is given back in order
  curs_set(0);
  keypad(stdscr, TRUE);
}

Terminal::~Terminal() {
  endwin();
  delscreen(terminal_);
}

}  // namespace orc::tui
