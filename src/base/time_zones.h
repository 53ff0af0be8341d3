// SPDX-License-Identifier: Apache-2.0
// Zones of time as people write them. Pure, thread-safe.
#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string>

namespace orc {

// "Europe/Berlin", "PT", "PDT", "UTC", "GMT+1", "UTC-03:30", "+0530", "Z"; "" is the machine's own. Nothing
// for a name that nobody knows. Of names with several meanings the most used: IST is India's, CST and EST
// America's, BST Britain's.
std::optional<absl::TimeZone> find_time_zone(const std::string& name);

}  // namespace orc
