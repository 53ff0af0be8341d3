// SPDX-License-Identifier: Apache-2.0
// FILE.backup of a configuration: what stood in FILE before the last change by `config set`; before the first
// one, what the first start found. So there is something to go back to from the first start on. Thread-safe.
#pragma once

#include <string>

#include "tmux_orc/base/result.h"

namespace orc::cli {

// `old`: what stands there now, or why it cannot be read; no file stands for everything at its default.
Result<void> write_backup(const std::string& path, const Result<std::string>& old, unsigned mode);

// At a start. A backup that is there stays; what cannot be written is left, the monitor does not need it.
void write_first_backup(const std::string& path);

}  // namespace orc::cli
