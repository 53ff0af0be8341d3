// When a usage limit ends, from what agents print: "resets 3pm (Europe/Berlin)", "try again in 2h 5m",
// "resets Oct 9 at 5:30 PM UTC", "retry after 120s". Pure; thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace orc {

// The last phrase in the text that names such a time, on one line; "" if there is none.
std::string find_reset_phrase(std::string_view text);

// The moment it means, for somebody who printed it at `printed_ms`: a clock time is the next one from then
// on, in the zone it names or else the machine's. Nothing if it cannot be understood.
std::optional<std::int64_t> parse_reset(const std::string& phrase, std::int64_t printed_ms);

}  // namespace orc
