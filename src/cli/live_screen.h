// SPDX-License-Identifier: Apache-2.0
// LiveScreen: a full-screen view on the terminal, with ncurses. For one thread.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tmux_orc/base/clock.h"
#include "tmux_orc/tui/terminal.h"

namespace orc::cli {

class LiveScreen {
 public:
  // Nothing where the terminal cannot do it: TERM is unset, "dumb" or unknown.
  static std::unique_ptr<LiveScreen> open();
  LiveScreen(const LiveScreen&) = delete;
  LiveScreen& operator=(const LiveScreen&) = delete;

  int columns() const;
  void show(const std::vector<std::string>& lines);
  // True when the person asked to leave (q, Ctrl-C) before `until`. A resized window ends the wait with
  // false.
  bool wait_for_quit(Steady::time_point until);

 private:
  explicit LiveScreen(std::unique_ptr<tui::Terminal> terminal) : terminal_(std::move(terminal)) {}
  std::unique_ptr<tui::Terminal> terminal_;
};

}  // namespace orc::cli
