// SPDX-License-Identifier: Apache-2.0
// Blanks what must not leave the machine in what a screen shows: keys, tokens, passwords, e-mail addresses.
// Pure, thread-safe.
#pragma once

#include <string>

namespace orc {

// Each secret's characters become 'x' (line lengths stay, so that the screen's layout does).
std::string blank_secrets(std::string text);

}  // namespace orc
