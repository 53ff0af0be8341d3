// SPDX-License-Identifier: Apache-2.0
// Local days and their limits, right across daylight-saving changes. Uses the process's time zone (TZ).
// Thread-safe.
#pragma once

#include <cstdint>
#include <string>

namespace orc {

// The local date as 20261124.
int local_day(std::int64_t ms);
// The moment at which the local day begins, ms since 1970. Days before or after it: `offset`.
std::int64_t day_start(std::int64_t ms, int offset = 0);
// The same of a day as local_day() gives it.
std::int64_t day_start_of(int day);
// "2026-11-24", and "2026-11-24 13:05:07 CET".
std::string day_text(int day);
std::string time_text(std::int64_t ms);

}  // namespace orc
