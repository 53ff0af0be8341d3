// SPDX-License-Identifier: Apache-2.0
// A key or mouse event, as the screen reads it and the model takes it. Plain data.
#pragma once

#include <cstdint>

namespace orc::tui {

struct Key {
  enum Code : std::uint8_t {
    kNone,
    kChar,  // `ch` says which
    kUp,
    kDown,
    kLeft,
    kRight,
    kPageUp,
    kPageDown,
    kHome,
    kEnd,
    kEnter,
    kEscape,
    kBackspace,
    kClick,  // at x, y
    kDoubleClick,
    kWheelUp,
    kWheelDown,
    kInterrupt,  // Ctrl-C
    kRedraw,     // Ctrl-L
  };
  Code code = kNone;
  char32_t ch = 0;
  int x = 0, y = 0;
};

}  // namespace orc::tui
