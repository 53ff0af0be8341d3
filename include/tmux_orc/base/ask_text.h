// SPDX-License-Identifier: Apache-2.0
// What an agent asks, as one line for people. Pure, thread-safe.
#pragma once

#include <string>

#include "tmux_orc/base/model.h"

namespace orc {

inline constexpr int kAskColumns = 120;

// "run `make all`?", "Do you want to create hello.py?", "Trust this folder? `/srv/work`"; at most `columns`
// wide, without backticks but those around the subject. Escaping for HTML, Pango and the like is up to who
// shows it.
std::string ask_text(const Ask& ask, int columns = kAskColumns);

// The same for an agent; "" where it asks nothing.
std::string asks_text(const Verdict& verdict, int columns = kAskColumns);

// "waits for a person: run `make all`?"; "waits for a person (command)" where the question is not known.
std::string waits_text(const std::string& detail, const std::string& asks);

}  // namespace orc
