// SPDX-License-Identifier: Apache-2.0
// The agent's own word and the screen, as one verdict. Pure; thread-safe.
#pragma once

#include "tmux_orc/base/model.h"
#include "tmux_orc/base/own_word.h"

namespace orc {

// What both together say. "Busy" is working, of which kind the screen knows; "waiting" is waiting, but for a
// menu that a rule knows by name where the agent only says that a dialog is open; "idle" proves nothing
// alone. The words of a session's log (base/turn_word.h) only
// confirm, and speak where the screen says nothing.
Verdict joined(const OwnWord& own, bool settled, Verdict by_screen);

// The screen shows work, a prompt or an end, so no dialog.
bool shows_no_dialog(const Verdict& by_screen);

// Whether the two can be true of one moment.
bool agree(const OwnWord& own, const Verdict& by_screen);

}  // namespace orc
