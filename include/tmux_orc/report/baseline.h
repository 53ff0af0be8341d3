// SPDX-License-Identifier: Apache-2.0
// The baseline: figures that are kept to compare later ones with. Pure but for hardware_text().
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tmux_orc/history/history_reader.h"

namespace orc {

// Rounds that a judgement needs: of fewer the p99 is the slowest one.
inline constexpr std::int64_t kEnoughRounds = 100;
// "12 rounds were recorded in this period: `what` needs 100"; empty if there are enough.
std::string too_few_rounds(std::int64_t rounds, const char* what);

// "2 x <CPU model>".
std::string hardware_text();

// What a baseline of these rounds keeps, on this machine.
nlohmann::ordered_json baseline_figures(const PerfSummary& summary);

// One line a figure that both have, and whether any is worse by more than 20%. Unlike loads or machines
// and too few rounds are shown and not judged: `unlike` says why then. No rows: the baseline cannot be read.
struct Comparison {
  std::vector<std::vector<std::string>> rows;
  bool regression = false;
  std::string unlike;
};
Comparison compare_with_baseline(const std::string& baseline, const nlohmann::ordered_json& now);
// In a sentence. Empty without rows.
std::string conclusion(const Comparison& comparison);

}  // namespace orc
