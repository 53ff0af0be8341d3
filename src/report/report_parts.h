// SPDX-License-Identifier: Apache-2.0
// What the reports have in common: how a period, a number and a day's sums are written. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tmux_orc/history/history_reader.h"

namespace orc {

std::string subtitle_of(const Period& period);
nlohmann::ordered_json period_json(const Period& period);
// The newest run may still be alive: it is seen again with its next round.
inline bool is_alive(const std::vector<RunRow>& runs, std::size_t i, const Period& p) {
  const RunRow& r = runs[i];
  return i + 1 == runs.size() && !r.stopped &&
         p.to_ms - r.seen_ms <= longest_gap_ms(static_cast<double>(r.interval_ms) / 1000);
}

}  // namespace orc
