// SPDX-License-Identifier: Apache-2.0
// When a usage limit ends, from what agents and their services print: "resets 3pm (Europe/Berlin)", "try
// again in 2h 5m", "resets tomorrow at 9:30 AM GMT+1", "Retry-After: 120", "limit reached|1795528800". Pure;
// thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace orc {

// The last phrase in the text that names such a time, on one line: "in 2h 5m" or "at 3pm (Europe/Berlin)"; ""
// if there is none.
std::string find_reset_phrase(std::string_view text);

struct ResetTime {
  std::int64_t at_ms = 0;  // Unix time
  bool clock_only =
      false;  // a time of the day without a day: the next one, so that an old text tells a wrong day
};

// The moment it means, for somebody who printed it at `printed_ms`, in the zone it names or else the
// machine's. A day without a time is its midnight. Nothing if it cannot be understood: an unknown zone, 11/12
// (which is the month?).
std::optional<ResetTime> parse_reset(const std::string& phrase, std::int64_t printed_ms);

}  // namespace orc
