// SPDX-License-Identifier: Apache-2.0
// What the reports have in common: how a period, a number and a day's sums are written. Pure.
#pragma once

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "tmux_orc/history/history_reader.h"

namespace orc {

std::string subtitle_of(const Period& period);
nlohmann::ordered_json period_json(const Period& period);
inline double rounded(double v) { return std::round(v * 1000) / 1000; }

}  // namespace orc
