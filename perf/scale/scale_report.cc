// SPDX-License-Identifier: Apache-2.0
#include "scale_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "terminal.h"

namespace orc::perf {
namespace {

using Json = nlohmann::ordered_json;
using Row = std::vector<std::string>;

std::string number(double value) {
  return fmt::format("{:.{}f}", value, value < 10 ? 2 : value < 100 ? 1 : 0);
}

std::string number(std::optional<double> value) { return value ? number(*value) : "-"; }

std::string percent(std::optional<double> value) { return value ? fmt::format("{:+.0f}%", *value) : "-"; }

Json maybe(std::optional<double> value) { return value ? Json(*value) : Json(nullptr); }

template <typename Get>
std::optional<double> of(const std::optional<ModeResult>& measured, Get get) {
  return measured ? std::optional<double>(get(*measured)) : std::nullopt;
}

std::optional<double> cycle(const Half& h) {
  return of(h.measured, [](const auto& m) { return m.cycle_ms.p50; });
}
std::optional<double> least(const Half& h) {
  return of(h.measured, [](const auto& m) { return m.cycle_ms.min; });
}
std::optional<double> our_cpu(const Half& h) {
  return of(h.measured, [](const auto& m) { return m.cpu_ms; });
}
std::optional<double> server_cpu(const Half& h) {
  return of(h.measured, [](const auto& m) { return m.server_cpu_ms; });
}

Json half_json(const Half& h) {
  const SimulatedRound& s = h.simulated;
  Json out;
  out["measured"] = nullptr;
  if (h.measured) {
    const ModeResult& m = *h.measured;
    out["measured"] = {
        {"cycle_ms", {{"p50", m.cycle_ms.p50}, {"p95", m.cycle_ms.p95}, {"min", m.cycle_ms.min}}},
        {"our_cpu_ms", m.cpu_ms},
        {"server_cpu_ms", m.server_cpu_ms},
        {"captures", m.captures},
        {"bytes", m.bytes},
        {"errors", m.errors}};
  }
  out["simulated"] = {{"cycle_ms", s.cycle},
                      {"list_ms", s.list},
                      {"gate_ms", s.gate},
                      {"capture_ms", s.capture},
                      {"aggregate_ms", s.aggregate},
                      {"our_cpu_ms", s.our_cpu},
                      {"server_cpu_ms", s.server_cpu},
                      {"captures", s.captures},
                      {"bytes", s.bytes},
                      {"panes", s.panes},
                      {"agents", s.agents},
                      {"errors", s.errors}};
  out["error_percent"] = {{"cycle", maybe(error_percent(s.cycle, cycle(h)))},
                          {"our_cpu", maybe(error_percent(s.our_cpu, our_cpu(h)))},
                          {"server_cpu", maybe(error_percent(s.server_cpu, server_cpu(h)))}};
  return out;
}

// Name and value, with its unit in the name.
std::vector<std::pair<const char*, double>> model_parts(const CostModel& m) {
  return {{"connection_us", m.connection / 1e3},
          {"connection_us_per_pane", m.connection_pane / 1e3},
          {"listed_us", m.listed / 1e3},
          {"capture_us", m.capture / 1e3},
          {"output_us_per_kib", m.byte * 1024 / 1e3},
          {"output_us_per_kib_and_1000_panes", m.byte_pane * 1024 * 1000 / 1e3},
          {"passes_shared", m.shared},
          {"painting_ms_per_s", m.painting * 1e3},
          {"our_connection_us", m.our_connection / 1e3},
          {"our_output_us_per_kib", m.our_byte * 1024 / 1e3},
          {"latency_us", m.latency / 1e3},
          {"inspect_us", m.inspect_pane / 1e3},
          {"ps_ms", m.ps / 1e6},
          {"ps_us_per_process", m.ps_process / 1e3}};
}

Json model_json(const CostModel& m) {
  Json out;
  for (const auto& [name, value] : model_parts(m)) out[name] = value;
  return out;
}

std::string name_of(const Scenario& s) { return fmt::format("{} x {}", s.hosts, s.panes_per_host); }

std::string cycle_cell(const Half& h) {
  return h.measured ? fmt::format("{} ({})", number(*cycle(h)), number(*least(h))) : "-";
}

// Measured, simulated and error, once cold and once warm.
template <typename Simulated>
std::string side_by_side(const ScaleReport& report, const std::string& what, Simulated simulated,
                         std::optional<double> (*measured)(const Half&),
                         std::string (*cell)(const Half&) = nullptr) {
  std::vector<Row> rows = {{"hosts x panes", "cold measured", "cold simulated", "error", "warm measured",
                            "warm simulated", "error"}};
  for (const Scenario& s : report.scenarios) {
    Row row = {name_of(s)};
    for (const Half* h : {&s.cold, &s.warm}) {
      row.push_back(cell ? cell(*h) : number(measured(*h)));
      row.push_back(number(simulated(h->simulated)));
      row.push_back(percent(error_percent(simulated(h->simulated), measured(*h))));
    }
    rows.push_back(std::move(row));
  }
  return fmt::format("\n{}\n{}", what, cli::table(rows, {false, true, true, true, true, true, true}));
}

std::string phases(const ScaleReport& report) {
  std::vector<Row> rows = {{"hosts x panes", "", "list", "gate", "capture", "aggregate", "captures", "KiB"}};
  for (const Scenario& s : report.scenarios) {
    for (const Half* h : {&s.cold, &s.warm}) {
      const SimulatedRound& r = h->simulated;
      rows.push_back({name_of(s), h == &s.cold ? "cold" : "warm", number(r.list), number(r.gate),
                      number(r.capture), number(r.aggregate), fmt::format("{:.0f}", r.captures),
                      number(r.bytes / 1024)});
    }
  }
  return fmt::format("\nParts of a simulated cycle, ms, and what it reads\n{}",
                     cli::table(rows, {false, false, true, true, true, true, true, true}));
}

std::string model_text(const ScaleReport& report) {
  std::string on;
  for (const int n : report.calibrated_on) on += fmt::format("{}{}", on.empty() ? "" : " and ", n);
  std::string out = fmt::format("\nCalibrated in this run, on servers of {} panes\n", on);
  for (const auto& [name, value] : model_parts(report.model))
    out += fmt::format("  {:<34} {:.3f}\n", name, value);
  return out;
}

}  // namespace

std::optional<double> error_percent(double simulated, std::optional<double> measured) {
  if (!measured || *measured <= 0) return std::nullopt;
  return 100 * (simulated / *measured - 1);
}

Json scale_json(const ScaleReport& r) {
  Json out = {{"machine", r.machine},
              {"cores", r.cores},
              {"load", {r.load_before, r.load_after}},
              {"tmux_version", r.tmux_version},
              {"size", fmt::format("{}x{}", r.cols, r.rows)},
              {"painting_percent", 100 * r.painting},
              {"round_trip_ms", r.round_trip_ms},
              {"measured_rounds", r.measured_rounds},
              {"calibrated_on", r.calibrated_on},
              {"calibrated", model_json(r.model)}};
  for (const Observation& o : r.observations) {
    out["observations"].push_back({{"server_panes", o.server_panes},
                                   {"connections", o.connections},
                                   {"listed", o.listed},
                                   {"captures", o.captures},
                                   {"bytes", o.bytes},
                                   {"server_us", o.server_ns / 1e3},
                                   {"model_us", r.model.server_ns(o) / 1e3},
                                   {"our_us", o.our_ns / 1e3},
                                   {"wall_us", o.wall_ns / 1e3}});
  }
  for (const Scenario& s : r.scenarios) {
    out["scenarios"].push_back({{"hosts", s.hosts},
                                {"panes_per_host", s.panes_per_host},
                                {"panes", s.hosts * s.panes_per_host},
                                {"cold", half_json(s.cold)},
                                {"warm", half_json(s.warm)}});
  }
  return out;
}

std::string scale_text(const ScaleReport& r) {
  std::string out = fmt::format(
      "{}\ntmux {}, panes of {}x{}, {:.0f}% painting, {} measured rounds, load {:.1f} to {:.1f}, "
      "round trip to other machines {:g} ms (assumed)\n",
      r.machine, r.tmux_version, r.cols, r.rows, 100 * r.painting, r.measured_rounds, r.load_before,
      r.load_after, r.round_trip_ms);
  out += side_by_side(
      r, "Cycle, ms (measured: median and least)", [](const SimulatedRound& s) { return s.cycle; }, cycle,
      cycle_cell);
  out +=
      side_by_side(r, "Our CPU time a round, ms", [](const SimulatedRound& s) { return s.our_cpu; }, our_cpu);
  out += side_by_side(
      r, "CPU time of all tmux servers a round, ms", [](const SimulatedRound& s) { return s.server_cpu; },
      server_cpu);
  return out + phases(r) + model_text(r);
}

}  // namespace orc::perf
