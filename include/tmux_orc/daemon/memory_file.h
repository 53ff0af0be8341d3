// SPDX-License-Identifier: Apache-2.0
// MonitorMemory on disk: what a daemon learned, for the next one. Not thread-safe for one path.
#pragma once

#include <string>

#include "tmux_orc/base/result.h"
#include "tmux_orc/daemon/monitor.h"

namespace orc {

Result<void> save_memory(const std::string& path, const MonitorMemory& memory);

// An empty memory if there is no file; an error (and nothing else lost) if it cannot be understood.
Result<MonitorMemory> load_memory(const std::string& path);

}  // namespace orc
