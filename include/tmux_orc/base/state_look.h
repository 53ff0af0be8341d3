// How a state looks: its sign and colour, the same in the cockpit, the tables and tmux's status line. Pure;
// thread-safe.
#pragma once

#include <string_view>

#include "tmux_orc/base/model.h"

namespace orc {

struct StateLook {
  std::string_view sign;   // one column wide
  std::string_view ascii;  // where the terminal has no UTF-8
  int color = -1;          // of the terminal's first 8, so that the user's palette decides; -1: its default
  bool bold = false, dim = false;
};

const StateLook& look_of(State state);

// Whether a person is wanted: something waits, broke, or stands still until somebody comes.
bool needs_person(State state);

}  // namespace orc
