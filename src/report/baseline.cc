// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/report/baseline.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <thread>

#include "report_parts.h"
#include "tmux_orc/figures/json.h"

namespace orc {
namespace {

using nlohmann::ordered_json;

constexpr double kWorse = 1.2;
// Loads that differ by more are not compared: twice the panes take twice the time, which is no regression.
constexpr double kUnlike = 0.2;
constexpr double kUnlikePanes = 2;

// What is compared, and the difference below which it is noise however many percent it makes.
struct Figure {
  const char* name;
  double floor;
};
constexpr Figure kFigures[] = {{"cycle_p50_ms", 0.1}, {"cycle_p95_ms", 0.1}, {"cycle_p99_ms", 0.1},
                               {"cpu_percent", 0.1},  {"resident_mb", 5},    {"error_percent", 0.1}};

std::optional<double> number_in(const ordered_json& j, const char* name) {
  const auto found = j.find(name);
  return found == j.end() || !found->is_number() ? std::nullopt : std::optional(found->get<double>());
}

std::string text_in(const ordered_json& j, const char* name) {
  const auto found = j.find(name);
  return found == j.end() || !found->is_string() ? "" : found->get<std::string>();
}

std::string unlike_text(const ordered_json& then, const ordered_json& now) {
  if (const auto rounds = number_in(then, "rounds"); rounds && *rounds < kEnoughRounds)
    return fmt::format("the baseline is of {:.0f} rounds, {} are needed", *rounds, kEnoughRounds);
  if (const auto rounds = number_in(now, "rounds"); rounds && *rounds < kEnoughRounds)
    return fmt::format("{:.0f} rounds now, {} are needed", *rounds, kEnoughRounds);
  const std::string machine = text_in(then, "machine"), here = text_in(now, "machine");
  if (!machine.empty() && !here.empty() && machine != here)
    return fmt::format("the baseline is of another machine ({})", machine);
  const auto before = number_in(then, "panes"), panes = number_in(now, "panes");
  if (before && panes && std::abs(*panes - *before) > std::max(kUnlikePanes, kUnlike * *before))
    return fmt::format("{:.0f} panes then, {:.0f} now", *before, *panes);
  return "";
}

}  // namespace

std::string too_few_rounds(std::int64_t rounds, const char* what) {
  if (rounds >= kEnoughRounds) return "";
  return fmt::format("{} recorded in this period: {} needs {}",
                     rounds == 1 ? "1 round was" : fmt::format("{} rounds were", rounds), what,
                     kEnoughRounds);
}

std::string hardware_text() {
  std::string model = "unknown CPU", line;
  std::ifstream in("/proc/cpuinfo");
  while (std::getline(in, line)) {
    const auto colon = line.find(": ");
    if (!line.starts_with("model name") || colon == std::string::npos) continue;
    model = line.substr(colon + 2);
    break;
  }
  return fmt::format("{} x {}", std::thread::hardware_concurrency(), model);
}

ordered_json baseline_figures(const PerfSummary& s) {
  return {{"cycle_p50_ms", rounded(s.p50_ms)},
          {"cycle_p95_ms", rounded(s.p95_ms)},
          {"cycle_p99_ms", rounded(s.p99_ms)},
          {"cpu_percent", rounded(s.cpu_percent)},
          {"resident_mb", rounded(s.resident_mb)},
          {"error_percent", rounded(s.error_percent)},
          {"rounds", s.rounds},
          {"agents", rounded(s.agents)},
          {"panes", rounded(s.panes)},
          {"captures", rounded(s.captures)},
          {"transport", s.spawns < 0.5 ? "native" : "spawn"},
          {"machine", hardware_text()}};
}

Comparison compare_with_baseline(const std::string& baseline, const ordered_json& now) {
  Comparison out;
  const auto then = parse_json(baseline);
  if (!then || !then->is_object()) return out;
  out.unlike = unlike_text(*then, now);
  for (const Figure& figure : kFigures) {
    const auto a = number_in(*then, figure.name), b = number_in(now, figure.name);
    if (!a || !b) continue;
    const bool worse = out.unlike.empty() && *b > kWorse * *a && *b - *a > figure.floor;
    out.regression = out.regression || worse;
    out.rows.push_back({figure.name, fmt::format("{:.3f}", *a), fmt::format("{:.3f}", *b),
                        *a <= 0 ? "-" : fmt::format("{:+.0f}%", 100 * (*b / *a - 1)),
                        worse ? "REGRESSION" : ""});
  }
  if (!out.rows.empty()) out.rows.insert(out.rows.begin(), {"figure", "baseline", "now", "change", ""});
  return out;
}

std::string conclusion(const Comparison& c) {
  if (c.rows.empty()) return "";
  if (!c.unlike.empty()) return fmt::format("Not judged: {}.", c.unlike);
  return c.regression ? "WORSE by more than 20%." : "No figure is worse by more than 20%.";
}

}  // namespace orc
