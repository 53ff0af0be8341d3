// SPDX-License-Identifier: Apache-2.0
// Who owns a terminal: ancestry alone does not say who draws on it. Pure; thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "tmux_orc/base/model.h"

namespace orc {

// What the kernel says of a process and its terminal.
struct TerminalFacts {
  char state = 0;
  int parent = 0;
  int group = 0;
  int tty = 0;         // 0: none
  int foreground = 0;  // the terminal's foreground group
  std::uint64_t started = 0;
};

// "state ppid pgrp session tty tpgid ...", as /proc/PID/stat has it behind the name.
std::optional<TerminalFacts> parse_stat(std::string_view after_name);

// Where the facts come from.
class TerminalView {
 public:
  virtual ~TerminalView() = default;
  virtual std::optional<TerminalFacts> facts(int pid) const = 0;
  virtual bool is_idle_shell(int pid) const = 0;
  // Whether its output goes to that terminal. True where that cannot be told.
  virtual bool draws_on(int pid, int tty) const = 0;
};

// How the process `pid`, below the pane's process, stands to the pane's terminal.
Standing standing_of(const TerminalView& view, int pane_pid, int pid, const TerminalFacts& facts);

}  // namespace orc
