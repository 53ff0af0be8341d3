// LiveScreen: a full-screen view on the terminal, with ncurses. For one thread.
#pragma once

#include <string>
#include <vector>

#include "tmux_orc/base/clock.h"

namespace orc::cli {

class LiveScreen {
 public:
  LiveScreen();
  ~LiveScreen();
  LiveScreen(const LiveScreen&) = delete;
  LiveScreen& operator=(const LiveScreen&) = delete;

  int columns() const;
  void show(const std::vector<std::string>& lines);
  // True when the person asked to leave (q, Ctrl-C) before `until`. A resized window ends the wait with
  // false.
  bool wait_for_quit(Steady::time_point until);
};

}  // namespace orc::cli
