// SPDX-License-Identifier: Apache-2.0
// What the cockpit remembers for the next time: a small file. Thread-safe: no shared state.
#pragma once

#include <string>

#include "view_model.h"

namespace orc::tui {

// A file that is absent or cannot be understood gives the defaults: it only holds conveniences.
Remembered load_remembered(const std::string& path);
Result<void> save_remembered(const std::string& path, const Remembered& remembered);

}  // namespace orc::tui
