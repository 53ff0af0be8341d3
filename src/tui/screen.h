// SPDX-License-Identifier: Apache-2.0
// Screen: the terminal in full-screen mode, by ncursesw: shows Grids, of which only what changed is written,
// and reads keys. Always gives the terminal back as it was. For one thread; one at a time.
#pragma once

#include <memory>
#include <optional>

#include "grid.h"
#include "keys.h"
#include "tmux_orc/base/clock.h"
#include "tmux_orc/tui/terminal.h"

namespace orc::tui {

class Screen {
 public:
  // Nothing where the terminal cannot do it: TERM is unset, "dumb" or unknown.
  static std::unique_ptr<Screen> open();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  int width() const;
  int height() const;
  bool unicode() const { return unicode_; }  // the locale can show UTF-8
  bool color() const { return color_; }      // the terminal has colours and NO_COLOR is not set

  void show(const Grid& grid);
  // A key that is there already; kNone with `ch` 0 if none is, with another `ch` for one that means nothing.
  Key read_key();
  // Takes the terminal's new size.
  void resize();
  // The next show() writes everything.
  void forget();
  // The terminal is another program's until come_back().
  void leave();
  void come_back();

 private:
  explicit Screen(std::unique_ptr<Terminal> terminal);
  void draw(const Grid& grid, int x, int y);
  int pair_of(const Style& style) const;
  int color_of(int color) const;
  std::optional<Key> mouse_key();
  bool is_second_click(const Key& key);

  std::unique_ptr<Terminal> terminal_;
  bool unicode_ = false, color_ = false, direct_ = false;
  std::optional<Grid> shown_;
  int clicked_x_ = -1, clicked_y_ = -1;
  Steady::time_point clicked_at_{};
};

// The nearest of the 256 colours to an RGB one, and the other way.
int nearest_of_256(int rgb);
int rgb_of_256(int color);

}  // namespace orc::tui
