// SPDX-License-Identifier: Apache-2.0
// Changing one setting in a configuration file's text, with comments, order and everything else kept.
// Pure; thread-safe.
#pragma once

#include <string>

#include "tmux_orc/base/result.h"

namespace orc {

// The text with `path` set to `value`. The result is read again: it must be valid, have the new value and be
// equal in all others, or the change is refused (kInvalid) with the reason. `file_name` is for messages.
Result<std::string> edit_setting(const std::string& yaml, const std::string& path, const std::string& value,
                                 const std::string& file_name);

}  // namespace orc
