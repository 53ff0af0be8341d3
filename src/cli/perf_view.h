// SPDX-License-Identifier: Apache-2.0
// The live view of `perf watch` and the findings of `perf analyze`, as text. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tmux_orc/figures/records.h"

namespace orc::cli {

// Eight heights of bars for the values, scaled to their largest; the newest `width` of them.
std::string sparkline(const std::vector<double>& values, std::size_t width);

std::vector<std::string> perf_frame(const nlohmann::ordered_json& status,
                                    const std::vector<RoundRecord>& records, int columns);
std::string perf_line(const nlohmann::ordered_json& status, const std::vector<RoundRecord>& records);

// Where the time of the rounds went, the slowest of them and why, and what to change. Each finding has its
// figure.
// mode_reason: the switch or setting that made it sync; "" if none did.
std::vector<std::string> analyze_rounds(const std::vector<RoundRecord>& records, double check_interval_s,
                                        const std::string& mode_reason = "");

}  // namespace orc::cli
