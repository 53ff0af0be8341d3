// SPDX-License-Identifier: Apache-2.0
// What was measured and what was simulated, side by side: as tables and as JSON. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "fake_fleet.h"

namespace orc::perf {

struct Half {  // cold or warm
  std::optional<ModeResult> measured;
  SimulatedRound simulated;
};

struct Scenario {
  std::size_t hosts = 1, panes_per_host = 0;
  Half cold, warm;
};

struct ScaleReport {
  std::string machine, tmux_version;
  double load_before = 0, load_after = 0;  // of the machine, with this program's own
  double painting = 0, round_trip_ms = 0;
  int cols = 0, rows = 0, cores = 0, measured_rounds = 0;
  std::vector<int> calibrated_on;  // sizes of the servers that the model was fitted to
  std::vector<Observation> observations;
  CostModel model;
  std::vector<Scenario> scenarios;
};

// Simulated over measured, minus one, in percent; nothing where one is missing.
std::optional<double> error_percent(double simulated, std::optional<double> measured);

nlohmann::ordered_json scale_json(const ScaleReport& report);
std::string scale_text(const ScaleReport& report);

}  // namespace orc::perf
