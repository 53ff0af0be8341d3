// Reads one pane of a live server with everything known about it: for `explain` and `record`.
#pragma once

#include <string>
#include <vector>

#include "command.h"
#include "tmux_orc/base/model.h"
#include "tmux_orc/base/result.h"

namespace orc::cli {

struct LivePane {
  PaneRef ref;
  std::string text;        // the screen
  std::string ansi;        // with colours
  std::string scrollback;  // the last 200 lines above it and the screen
  std::vector<Process> processes;
};

// `pane` is %N, or session:window.pane as `status` prints it.
Result<LivePane> read_pane(const Globals& globals, const std::string& pane);

}  // namespace orc::cli
