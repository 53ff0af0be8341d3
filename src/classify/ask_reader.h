// SPDX-License-Identifier: Apache-2.0
// AskReader: what a dialog on the screen asks, by its shape, so that dialogs nobody has written rules for are
// read as well. Pure, thread-safe.
#pragma once

#include <string_view>

#include "layout.h"
#include "tmux_orc/base/ask.h"
#include "tmux_orc/base/evidence.h"

namespace orc {

struct AskRead {
  Ask ask;               // id 0: there is nothing that looks like a question
  bool cut_off = false;  // the dialog's top is not among the lines given
};

// The dialog at the screen's end, on a screen that is known to wait for a person. `kind` becomes the ask's.
AskRead read_dialog(const Screen& screen, const ScreenLines& lines, std::string_view kind);

// The sentence in which `text` begins, up to a blank line: of an error, a limit.
Ask read_sentence(const Screen& screen, std::string_view text, std::string_view kind);

}  // namespace orc
