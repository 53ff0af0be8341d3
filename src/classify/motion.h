// SPDX-License-Identifier: Apache-2.0
// Motion: whether an agent at work gets anywhere. Two looks at it give the same number while nothing moved
// but spinners, clocks and counters of time. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tmux_orc/base/evidence.h"

namespace re2 {
class RE2;
}

namespace orc {

// What of a text counts as movement: words and numbers. Not what is drawn (spinners, frames, bars of blocks),
// not times of day and durations; of ASCII signs only runs that can tell progress ("....", "=====>").
std::string moving_text(std::string_view text);

// Of the title and the rows around the cursor, which partial and whole captures have alike. `still`: what the
// agent writes only to show that it lives, null if nothing. Never 0.
std::uint64_t motion_of(const Screen& screen, const re2::RE2* still);

}  // namespace orc
