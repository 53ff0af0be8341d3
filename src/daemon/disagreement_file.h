// SPDX-License-Identifier: Apache-2.0
// Screens on which an agent's own word and its screen disagree, kept for whoever repairs the one that is read
// wrongly.
#pragma once

#include <cstdint>
#include <string>

#include "tmux_orc/evidence/observer.h"

namespace orc {

// Writes the look, secrets blanked, into `folder`, if that has fewer than `most_a_day` of today's. Gives the
// file, "" if there are enough.
Result<std::string> keep_disagreement(const std::string& folder, int most_a_day, const Observer::Look& look,
                                      const std::string& agent, const std::string& word, std::int64_t at_ms);

}  // namespace orc
