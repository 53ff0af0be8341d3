// SPDX-License-Identifier: Apache-2.0
// Terminal: the terminal in full-screen mode, in ncurses' hands, and given back as it was. For one thread;
// one at a time.
#pragma once

#include <memory>

struct screen;

namespace orc::tui {

class Terminal {
 public:
  // Nothing where the terminal cannot do it: TERM is unset, "dumb" or unknown.
  static std::unique_ptr<Terminal> open();
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

 private:
  explicit Terminal(screen* terminal);
  screen* terminal_;  // ncurses' SCREEN
};

}  // namespace orc::tui
