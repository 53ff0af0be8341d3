// SPDX-License-Identifier: Apache-2.0
// When something was, as another program's file says it. Pure; thread-safe.
#pragma once

#include <cstdint>

namespace orc {

constexpr std::int64_t kLatest_ms = 4'102'444'800'000;  // the year 2100

// 0, which is none, for what no clock says: nothing can be added to the largest number, and beside a moment
// of the far future all others are long over.
constexpr std::int64_t possible_moment(std::int64_t at_ms) {
  return at_ms > 0 && at_ms < kLatest_ms ? at_ms : 0;
}

}  // namespace orc
