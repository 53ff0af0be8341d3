// What the benchmark measured, as a table and as JSON. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench_modes.h"

namespace orc::cli {

struct BenchReport {
  int agents = 0, rounds = 0, cols = 0, rows = 0;
  double active_percent = 0;
  std::string machine, tmux_version, transport;  // transport: what `auto` chose
  std::vector<ModeResult> modes;
  bool live = false;
};

std::string machine_text();  // "2 x <CPU model>, <kernel>"

// Median of a mode; 0 if the mode was not run.
double median_of(const BenchReport& report, const std::string& mode);
std::string auto_mode(const BenchReport& report, const std::string& warmth);  // "async+native cold"

bool verdicts_match(const BenchReport& report, std::vector<std::string>* differences);
nlohmann::ordered_json bench_json(const BenchReport& report);
std::string bench_text(const BenchReport& report);

}  // namespace orc::cli
