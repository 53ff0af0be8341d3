// SPDX-License-Identifier: Apache-2.0
// Which environment is the active one: all observe, only it notifies and acts. One small file, replaced as a
// whole, so that there is exactly one at any moment, whatever is killed when. Thread-safe, also between
// processes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/result.h"
#include "tmux_orc/config/paths.h"

namespace orc {

struct Active {
  std::string active, previous;  // previous: "" before the first switch
  std::int64_t since_ms = 0;
};

// Nothing if no environment was ever started. kIo for a file that cannot be read or understood.
Result<std::optional<Active>> read_active(const Paths& paths);

// Makes `paths.environment` the active one if there is none yet.
Result<Active> claim_active(const Paths& paths, const Clock& clock);

// Makes `paths.environment` the active one; what was active becomes the previous one.
Result<Active> switch_active(const Paths& paths, const Clock& clock);

}  // namespace orc
