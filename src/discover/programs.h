// SPDX-License-Identifier: Apache-2.0
// What a program's name and command line say: a shell, an interpreter, one that hides what runs behind it.
// Pure; thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "tmux_orc/base/model.h"

namespace orc {

std::string_view base_name(std::string_view path);

bool is_shell(const Process& process);
// A shell that takes commands from whoever types: without a script or inline code to run.
bool is_idle_shell(const Process& process);
// Programs behind which an agent may run unseen: other machines, containers, other sessions.
bool is_opaque(const Process& process);
// Programs that give what they run a terminal of its own and show it in part, later or not at all.
bool is_terminal_host(const Process& process);

// The name under which people know the program: of an interpreter its script's.
std::string shown_name(const Process& process);

}  // namespace orc
