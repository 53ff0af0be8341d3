// SPDX-License-Identifier: Apache-2.0
// Local days and their limits, right across daylight-saving changes, by absl::time. The zone is $TZ, else the
// machine's; of a $TZ that is no name of the zone database (a POSIX rule, "CET-1CEST") nothing is known: then
// it is UTC. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace orc {

// The local date as 20261124.
int local_day(std::int64_t ms);
// The moment at which the local day begins, ms since 1970. Days before or after it: `offset`.
std::int64_t day_start(std::int64_t ms, int offset = 0);
// The same of a day as local_day() gives it.
std::int64_t day_start_of(int day);
// Minutes since midnight, as a clock on the wall shows them.
int minute_of_day(std::int64_t ms);
// "2026-11-24", "2026-11-24 13:05:07 CET" and "13:05:07"; others as strftime() would write them.
std::string day_text(int day);
std::string time_text(std::int64_t ms);
std::string clock_text(std::int64_t ms);
std::string local_text(std::int64_t ms, const char* format);
// Back, by the same format; nothing if it is another text.
std::optional<std::int64_t> parse_local(const std::string& text, const char* format);

}  // namespace orc
