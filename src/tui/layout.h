// SPDX-License-Identifier: Apache-2.0
// Where the parts of the cockpit stand on a screen of a given size. Pure.
#pragma once

#include "tmux_orc/tui/cockpit.h"

namespace orc::tui {

struct Rect {
  int x = 0, y = 0, width = 0, height = 0;
  bool contains(int column, int row) const {
    return column >= x && column < x + width && row >= y && row < y + height;
  }
};

struct Layout {
  Rect bar;             // counts by state
  Rect header;          // the columns' names; height 0 where there is no room
  Rect list;            // agents
  Rect preview;         // the selected pane, with a title line; height 0: none
  Rect changes;         // transitions, with a title line; height 0: none
  Rect footer;          // keys, the filter, or what just happened
  bool beside = false;  // the preview stands beside the list, not below
};

Layout layout_of(Form form, int width, int height, bool preview);

}  // namespace orc::tui
