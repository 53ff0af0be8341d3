// SPDX-License-Identifier: Apache-2.0
#include "bench_report.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <tuple>
#include <utility>

#include "terminal.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/figures/json.h"

namespace orc::cli {
namespace {

constexpr int kEnoughBenchRounds = 20;  // the p95 of fewer is the slowest one

double ratio(double over, double under) { return under <= 0 ? 0 : over / under; }

std::string factor(double value) {
  return value <= 0 ? "-" : value >= 10 ? fmt::format("{:.0f}x", value) : fmt::format("{:.2f}x", value);
}

const ModeResult* mode_of(const BenchReport& report, const std::string& name) {
  const auto found = std::find_if(report.modes.begin(), report.modes.end(),
                                  [&](const ModeResult& m) { return m.name == name; });
  return found == report.modes.end() ? nullptr : &*found;
}

// Why the benchmark's rounds are no match for the recorded ones; empty if they are.
std::string unlike_bench(const BenchReport& report, const ModeResult& mode,
                         const nlohmann::ordered_json& baseline) {
  if (report.rounds < kEnoughBenchRounds)
    return fmt::format("{} measured, {} are needed",
                       counted(static_cast<std::uint64_t>(report.rounds), "round"), kEnoughBenchRounds);
  const double panes = baseline.value("panes", 0.0), captures = baseline.value("captures", 0.0);
  if (std::llround(panes) != report.agents)
    return fmt::format("{:.0f} panes then, {} now", panes, report.agents);
  if (const std::string transport = baseline.value("transport", ""); transport != report.transport)
    return fmt::format("transport {} then, {} now", transport, report.transport);
  if (std::abs(mode.captures - captures) > std::max(2.0, 0.2 * captures))
    return fmt::format("{:.0f} screens read a round then, {:.0f} now", captures, mode.captures);
  return "";
}

std::string text_of(const std::tuple<std::string, State, std::string>& v) {
  return fmt::format("{} {} {}", std::get<0>(v), to_string(std::get<1>(v)), std::get<2>(v));
}

}  // namespace

std::string machine_text() {
  utsname name{};
  ::uname(&name);
  return fmt::format("{}, Linux {}", hardware_text(), name.release);
}

double median_of(const BenchReport& report, const std::string& mode) {
  const ModeResult* found = mode_of(report, mode);
  return found == nullptr ? 0 : found->cycle_ms.p50;
}

std::string auto_mode(const BenchReport& report, const std::string& warmth) {
  return "async+" + report.transport + " " + warmth;
}

bool verdicts_match(const BenchReport& report, std::vector<std::string>* differences) {
  const ModeResult* first = nullptr;
  bool same = true;
  for (const ModeResult& m : report.modes) {
    if (m.is_floor) continue;
    if (first == nullptr) {
      first = &m;
      continue;
    }
    for (const auto& [pane, verdict] : first->verdicts) {
      const auto other = m.verdicts.find(pane);
      if (other != m.verdicts.end() && other->second == verdict) continue;
      same = false;
      if (differences != nullptr) {
        differences->push_back(fmt::format("%{}: {} says {}, {} says {}", pane, first->name, text_of(verdict),
                                           m.name,
                                           other == m.verdicts.end() ? "nothing" : text_of(other->second)));
      }
    }
    if (m.verdicts.size() != first->verdicts.size()) same = false;
  }
  return same;
}

Comparison compare_bench(const BenchReport& report, const std::string& baseline) {
  const ModeResult* mode = mode_of(report, auto_mode(report, "warm"));
  const auto then = parse_json(baseline);
  if (mode == nullptr || !then || !then->is_object()) return {};
  std::string unlike;
  try {
    unlike = unlike_bench(report, *mode, *then);
  } catch (const nlohmann::json::exception&) {
    return {};  // a value of another type: not one of ours
  }
  Comparison out = compare_with_baseline(baseline, {{"cycle_p50_ms", rounded(mode->cycle_ms.p50)},
                                                    {"cycle_p95_ms", rounded(mode->cycle_ms.p95)},
                                                    {"machine", hardware_text()}});
  if (unlike.empty() || out.rows.empty() || !out.unlike.empty()) return out;
  out.unlike = std::move(unlike);
  out.regression = false;
  for (auto& row : out.rows) {
    if (row.back() == "REGRESSION") row.back().clear();
  }
  return out;
}

nlohmann::ordered_json bench_json(const BenchReport& r) {
  nlohmann::ordered_json j;
  j["agents"] = r.agents;
  j["rounds"] = r.rounds;
  j["size"] = fmt::format("{}x{}", r.cols, r.rows);
  j["active_percent"] = r.active_percent;
  j["machine"] = r.machine;
  j["tmux"] = r.tmux_version;
  j["modes"] = nlohmann::ordered_json::array();
  for (const ModeResult& m : r.modes) {
    j["modes"].push_back({{"name", m.name},
                          {"cycle_ms",
                           {{"p50", rounded(m.cycle_ms.p50)},
                            {"p95", rounded(m.cycle_ms.p95)},
                            {"p99", rounded(m.cycle_ms.p99)},
                            {"min", rounded(m.cycle_ms.min)}}},
                          {"captures", rounded(m.captures)},
                          {"bytes", rounded(m.bytes)},
                          {"spawns", rounded(m.spawns)},
                          {"cpu_ms", rounded(m.cpu_ms)},
                          {"server_cpu_ms", rounded(m.server_cpu_ms)},
                          {"hit_rate", rounded(m.hit_rate)},
                          {"errors", m.errors}});
  }
  const double old_way = median_of(r, "sync+spawn"), cold = median_of(r, auto_mode(r, "cold")),
               warm = median_of(r, auto_mode(r, "warm"));
  j["speedup"] = rounded(ratio(old_way, cold));
  j["speedup_warm"] = rounded(ratio(old_way, warm));
  j["speedup_spawn"] = rounded(ratio(old_way, median_of(r, "async+spawn cold")));
  j["speedup_threads"] = rounded(ratio(median_of(r, "sync+" + r.transport), cold));
  j["transport"] = r.transport;
  j["verdicts_match"] = verdicts_match(r, nullptr);
  const Comparison& c = r.against_baseline;
  j["baseline"] = nullptr;
  if (!c.rows.empty()) j["baseline"] = {{"regression", c.regression}, {"unlike", c.unlike}, {"rows", c.rows}};
  return j;
}

// What rounds take beside the least that tmux could be asked: as factors, of medians.
struct Floors {
  std::string cold, warm;
};
Floors over_floors(const BenchReport& r, const std::string& transport) {
  const auto over = [&](const char* warmth, const char* floor) {
    return factor(ratio(median_of(r, fmt::format("async+{} {}", transport, warmth)),
                        median_of(r, fmt::format("{} {}", floor, transport))));
  };
  return {over("cold", "floor"), over("warm", "list")};
}

std::string bench_text(const BenchReport& r) {
  std::vector<std::vector<std::string>> rows = {{"mode", "p50 ms", "p95 ms", "p99 ms", "min ms", "captures",
                                                 "KB", "processes", "CPU ms", "tmux CPU ms", "hit rate",
                                                 "errors"}};
  for (const ModeResult& m : r.modes) {
    rows.push_back({m.name, fmt::format("{:.2f}", m.cycle_ms.p50), fmt::format("{:.2f}", m.cycle_ms.p95),
                    fmt::format("{:.2f}", m.cycle_ms.p99), fmt::format("{:.2f}", m.cycle_ms.min),
                    fmt::format("{:.0f}", m.captures), fmt::format("{:.0f}", m.bytes / 1024),
                    fmt::format("{:.0f}", m.spawns), fmt::format("{:.2f}", m.cpu_ms),
                    fmt::format("{:.2f}", m.server_cpu_ms),
                    m.hit_rate > 0 ? fmt::format("{:.0f}%", 100 * m.hit_rate) : "-",
                    std::to_string(m.errors)});
  }
  std::string out =
      fmt::format("{} agents of {}x{}, {:.0f}% painting, {} rounds a mode, tmux {}, {}\n\n", r.agents, r.cols,
                  r.rows, r.active_percent, r.rounds, r.tmux_version, r.machine);
  out +=
      table(rows, std::vector<bool>{false, true, true, true, true, true, true, true, true, true, true, true});
  const double old_way = median_of(r, "sync+spawn"), cold = median_of(r, auto_mode(r, "cold")),
               warm = median_of(r, auto_mode(r, "warm"));
  if (old_way > 0) {
    out += fmt::format("\nSpeed-up over sync+spawn (medians): {} cold {}, warm {}; batched spawn cold {}\n",
                       r.transport, factor(ratio(old_way, cold)), factor(ratio(old_way, warm)),
                       factor(ratio(old_way, median_of(r, "async+spawn cold"))));
    out += fmt::format("Over sync+{0} (what batches and threads give): cold {1}\n", r.transport,
                       factor(ratio(median_of(r, "sync+" + r.transport), cold)));
    const Floors native = over_floors(r, "native"), spawn = over_floors(r, "spawn");
    out +=
        fmt::format("Cold over its floor: native {}, spawn {}; warm over a bare list: native {}, spawn {}\n",
                    native.cold, spawn.cold, native.warm, spawn.warm);
    std::vector<std::string> differences;
    const bool same = verdicts_match(r, &differences);
    out += same ? "All modes gave the same verdicts.\n" : "THE MODES DISAGREE:\n";
    for (std::size_t i = 0; i < differences.size() && i < 20; ++i) out += "  " + differences[i] + "\n";
  } else if (median_of(r, "list " + r.transport) > 0) {
    const Floors floors = over_floors(r, r.transport);
    out +=
        fmt::format("\nCold over its floor (bare captures): {}; warm over a bare list of two variables: {}\n",
                    floors.cold, floors.warm);
  }
  if (const Comparison& c = r.against_baseline; !c.rows.empty()) {
    out += fmt::format("\nWarm rounds against the baseline of recorded ones:\n{}{}\n",
                       table(c.rows, {false, true, true, true}), conclusion(c));
  }
  return out;
}

nlohmann::ordered_json latency_json(const LatencyTarget& target, const Latency& l) {
  const auto times = [](const Percentiles& p, double max) {
    return nlohmann::ordered_json{{"p50", p.p50}, {"p95", p.p95}, {"p99", p.p99}, {"max", max}};
  };
  nlohmann::ordered_json ways;
  for (int i = 0; i < kFlipWays; ++i) {
    const Latency::Way& w = l.ways[i];
    std::string name = name_of(static_cast<FlipBy>(i));
    std::replace(name.begin(), name.end(), ' ', '_');
    ways[name] = {{"flips", w.flips},
                  {"unseen", w.unseen},
                  {"untold", w.untold},
                  {"transition_ms", times(w.transition_ms, w.max_transition_ms)},
                  {"channel_ms", times(w.channel_ms, w.max_channel_ms)}};
  }
  return {{"agents", target.agents},
          {"flips_per_s", target.flips_per_s},
          {"flips_by", std::move(ways)},
          {"looks_per_s", l.looks_per_s},
          {"monitor_cpu_percent", l.monitor_cpu_percent},
          {"server_cpu_percent_alone", l.server_cpu_percent_alone},
          {"server_cpu_percent_watched", l.server_cpu_percent_watched},
          {"resident_mb", l.resident_mb},
          {"machine", machine_text()}};
}

std::string latency_text(const LatencyTarget& target, double active_percent, const Latency& l) {
  std::vector<std::vector<std::string>> rows = {{"FLIP BY", "FLIPS", "UNSEEN", "p50 ms", "p95 ms", "p99 ms",
                                                 "max ms", "CHANNEL p50 ms", "p95 ms", "p99 ms"}};
  for (int i = 0; i < kFlipWays; ++i) {
    const Latency::Way& w = l.ways[i];
    const auto ms = [](double v) { return fmt::format("{:.0f}", v); };
    rows.push_back({name_of(static_cast<FlipBy>(i)), std::to_string(w.flips), std::to_string(w.unseen),
                    ms(w.transition_ms.p50), ms(w.transition_ms.p95), ms(w.transition_ms.p99),
                    ms(w.max_transition_ms), ms(w.channel_ms.p50), ms(w.channel_ms.p95),
                    ms(w.channel_ms.p99)});
  }
  return fmt::format(
      "From a flip to its transition and to a command channel's start: {} agents, {:.0f}% painting,\n"
      "{:g} flips a second, default settings, {}\n\n{}\n"
      "{:.1f} looks a second. CPU: monitor {:.2f}% of a core, tmux {:.2f}% alone, {:.2f}% watched. Resident: "
      "{:.1f} MB\n",
      target.agents, active_percent, target.flips_per_s, machine_text(),
      table(rows, {false, true, true, true, true, true, true, true, true, true}), l.looks_per_s,
      l.monitor_cpu_percent, l.server_cpu_percent_alone, l.server_cpu_percent_watched, l.resident_mb);
}

}  // namespace orc::cli
