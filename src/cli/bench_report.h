// SPDX-License-Identifier: Apache-2.0
// What the benchmark measured, as a table and as JSON. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tmux_orc/bench/latency.h"
#include "tmux_orc/bench/modes.h"
#include "tmux_orc/report/baseline.h"

namespace orc::cli {

struct BenchReport {
  int agents = 0, rounds = 0, cols = 0, rows = 0;
  double active_percent = 0;
  std::string machine, tmux_version, transport;  // transport: what `auto` chose
  std::vector<ModeResult> modes;
  bool live = false;
  Comparison against_baseline;  // without rows if there is no baseline
};

std::string machine_text();  // "2 x <CPU model>, <kernel>"

// Median of a mode; 0 if the mode was not run.
double median_of(const BenchReport& report, const std::string& mode);
std::string auto_mode(const BenchReport& report, const std::string& warmth);  // "async+native cold"

bool verdicts_match(const BenchReport& report, std::vector<std::string>* differences);
// The warm rounds over the transport that `auto` chose, which are what a monitor does, against a baseline of
// recorded ones. Judged only if machine, transport, number of panes and screens read are the same.
Comparison compare_bench(const BenchReport& report, const std::string& baseline);

nlohmann::ordered_json bench_json(const BenchReport& report);
std::string bench_text(const BenchReport& report);

nlohmann::ordered_json latency_json(const LatencyTarget& target, const Latency& latency);
std::string latency_text(const LatencyTarget& target, double active_percent, const Latency& latency);

}  // namespace orc::cli
