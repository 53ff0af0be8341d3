// Looks at one pane of a live server: for `explain` and `record`.
#pragma once

#include <string>

#include "command.h"
#include "tmux_orc/base/result.h"
#include "tmux_orc/evidence/observer.h"

namespace orc::cli {

// `pane` is %N, or session:window.pane as `status` prints it.
Result<Observer::Look> look_at(const Globals& globals, const std::string& pane);

// What a record has for people beside the evidence.
struct ForPeople {
  std::string ansi;        // the screen with colours
  std::string scrollback;  // the last 200 lines above it and the screen
};
Result<ForPeople> capture_for_people(const Globals& globals, PaneId pane);

}  // namespace orc::cli
