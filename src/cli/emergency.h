// SPDX-License-Identifier: Apache-2.0
// status --emergency: what must be known in an incident, read from files alone, so that it works while the
// monitor hangs.
#pragma once

#include "command.h"

namespace orc::cli {

// Exit code 0: it runs and its files are fresh; 1: not so.
int print_emergency(const Paths& paths, const Globals& globals);

}  // namespace orc::cli
