// SPDX-License-Identifier: Apache-2.0
// Health: the figures of a window of rounds against their thresholds. Pure; thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tmux_orc/base/thresholds.h"
#include "tmux_orc/figures/records.h"

namespace orc {

enum class Level { kOk, kWarned, kCritical };
std::string_view to_string(Level level);

struct HealthLine {
  std::string name;   // "Cycle time"
  std::string value;  // "0.012 s", or "-" when there is nothing to judge yet
  std::string target, alert;
  Level level = Level::kOk;
  std::string action;  // what to do when it is not well
};

// What health needs to know beside the figures.
struct HealthFacts {
  double last_round_age_s = 0;  // since the last round ended
  double allowed_age_s = 60;    // when that is too long
  std::size_t servers = 0, reachable = 0;
  std::vector<std::string> problems;  // of configuration, history, log: each a warned line
};

std::vector<HealthLine> judge(const Window& window, const Thresholds& thresholds, const HealthFacts& facts);
Level worst(const std::vector<HealthLine>& lines);

}  // namespace orc
