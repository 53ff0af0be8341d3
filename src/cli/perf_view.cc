// SPDX-License-Identifier: Apache-2.0
#include "perf_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "status_view.h"
#include "terminal.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/figures/calendar.h"
#include "tmux_orc/figures/json.h"

namespace orc::cli {
namespace {

constexpr std::size_t kEnoughRounds = 20;  // below, one odd round is all that a percentile shows
constexpr double kNoise_ms = 1;

std::vector<double> cycle_times(const std::vector<RoundRecord>& records) {
  std::vector<double> values;
  for (const RoundRecord& r : records) values.push_back(r.round.phase.total);
  return values;
}

std::string percent_text(double value, double scale = 1) {
  return value < 0 ? "-" : fmt::format("{:.1f}%", value * scale);
}

std::string percentiles_text(const Percentiles& p) {
  return fmt::format("p50 {:7.2f} ms   p95 {:7.2f}   p99 {:7.2f}   max {:7.2f}", p.p50, p.p95, p.p99, p.max);
}

std::string states_text(const RoundRecord& r) {
  std::string out;
  for (const auto& [state, count] : r.counts)
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", count, to_string(state));
  return out.empty() ? "none" : out;
}

double share(double part, double whole) { return whole <= 0 ? 0 : 100 * part / whole; }

std::string why_slow(const RoundRecord& r, const Window& w) {
  std::vector<std::string> reasons;
  if (r.round.timeouts > 0) reasons.push_back(fmt::format("{} timeouts", r.round.timeouts));
  if (static_cast<double>(r.round.captures) > 2 * w.captures + 3) {
    reasons.push_back(fmt::format("{} captures where {:.0f} are usual", r.round.captures, w.captures));
  }
  if (static_cast<double>(r.round.spawns) > w.spawns + 1)
    reasons.push_back(counted(r.round.spawns, "process", "processes") + " started");
  if (r.reachable < r.servers)
    reasons.push_back(fmt::format("{} of {} servers not reached", r.servers - r.reachable, r.servers));
  if (r.round.phase.list > 3 * w.list_ms.p50 + 1)
    reasons.push_back(
        fmt::format("listing took {:.1f} ms, usually {:.1f}", r.round.phase.list, w.list_ms.p50));
  if (reasons.empty()) return "no sign in the figures; a busy machine or a busy tmux";
  return fmt::format("{}", fmt::join(reasons, ", "));
}

// At most three that took more than twice the usual time, and a millisecond more: below that a round is slow
// by the machine's own noise.
std::vector<std::string> slow_rounds(std::vector<RoundRecord> records, const Window& w) {
  std::erase_if(records, [&](const RoundRecord& r) {
    return r.round.phase.total < 2 * w.cycle_ms.p50 || r.round.phase.total < w.cycle_ms.p50 + kNoise_ms;
  });
  std::sort(records.begin(), records.end(),
            [](const auto& a, const auto& b) { return a.round.phase.total > b.round.phase.total; });
  std::vector<std::string> out;
  for (std::size_t i = 0; i < std::min<std::size_t>(3, records.size()); ++i) {
    const RoundRecord& r = records[i];
    // The first round opens the connections; it says nothing of those after it.
    const std::string why =
        r.round.number == 1 ? "the first one, which opens the connections" : why_slow(r, w);
    out.push_back(fmt::format("Slow: round {} at {}, {:.2f} ms: {}", r.round.number, clock_text(r.at_ms),
                              r.round.phase.total, why));
  }
  return out;
}

}  // namespace

std::string sparkline(const std::vector<double>& values, std::size_t width) {
  static constexpr const char* kBars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const std::size_t from = values.size() - std::min(values.size(), width);
  double most = 0;
  for (std::size_t i = from; i < values.size(); ++i) most = std::max(most, values[i]);
  std::string out;
  for (std::size_t i = from; i < values.size(); ++i) {
    const double height = most <= 0 ? 0 : values[i] / most * 7;
    out += kBars[static_cast<std::size_t>(std::clamp(height + 0.5, 0.0, 7.0))];
  }
  return for_locale(std::move(out));
}

std::vector<std::string> perf_frame(const nlohmann::ordered_json& status,
                                    const std::vector<RoundRecord>& records, int columns) {
  std::vector<std::string> lines;
  const auto add = [&](const std::string& line) { lines.push_back(fit_width(line, columns)); };
  if (records.empty()) return {"no round is done yet"};
  const RoundRecord& last = records.back();
  const Window w = summarize(records);
  add(fmt::format("tmux-orc perf  {}  {} agents in {} panes  every {:g} s", clock_text(last.at_ms),
                  last.round.agents, last.round.panes, status.value("check_interval_s", 0.0)));
  std::string who = mode_text(status) + monitor_text(status);
  for (const auto line : split_lines(who)) add(std::string(line));
  add("");
  add(fmt::format("Cycle      {}", percentiles_text(w.cycle_ms)));
  add("           " + sparkline(cycle_times(records), static_cast<std::size_t>(std::max(columns - 12, 10))));
  add(fmt::format("  list     {}", percentiles_text(w.list_ms)));
  add(fmt::format("  capture  {}", percentiles_text(w.capture_ms)));
  add(fmt::format("  aggreg.  {}", percentiles_text(w.aggregate_ms)));
  add("");
  add(fmt::format("Pool       {} of {} connections at the peak, {:.0f}% at most", last.round.pool.peak,
                  last.round.pool.max_size, w.pool_percent));
  add(fmt::format("Cache      {} of unchanged screens; gate {}, known texts {}",
                  percent_text(w.hits.unchanged_rate, 100), percent_text(w.hits.content_rate, 100),
                  percent_text(w.hits.status_rate, 100)));
  add(fmt::format("CPU        {} of a core", percent_text(w.cpu_percent)));
  add(fmt::format("Memory     {:.1f} MB", w.resident_mb));
  add(fmt::format("Errors     {:.2f}% of the looks", w.error_percent));
  add(fmt::format("Captures   {} in the last round, {:.1f} a round", last.round.captures, w.captures));
  add("");
  add("Agents     " + states_text(last));
  return lines;
}

std::string perf_line(const nlohmann::ordered_json& status, const std::vector<RoundRecord>& records) {
  if (records.empty()) return "no round is done yet";
  const RoundRecord& last = records.back();
  const Window w = summarize(records);
  return fmt::format(
      "{} {} cycle {:.2f} ms (p50 {:.2f}, p99 {:.2f}), list {:.2f}, capture {:.2f}, {} captures, pool {}/{}, "
      "cache {}, "
      "cpu {}, memory {:.1f} MB, errors {:.2f}%, agents {}: {}",
      clock_text(last.at_ms), status.value("mode", ""), last.round.phase.total, w.cycle_ms.p50,
      w.cycle_ms.p99, last.round.phase.list, last.round.phase.capture, last.round.captures,
      last.round.pool.peak, last.round.pool.max_size, percent_text(w.hits.unchanged_rate, 100),
      percent_text(w.cpu_percent), w.resident_mb, w.error_percent, last.round.agents, states_text(last));
}

std::vector<std::string> analyze_rounds(const std::vector<RoundRecord>& records, double check_interval_s,
                                        const std::string& mode_reason) {
  if (records.empty()) return {"no round is done yet"};
  const Window w = summarize(records);
  double total = 0, list = 0, capture = 0, aggregate = 0, retries = 0, captures = 0;
  for (const RoundRecord& r : records) {
    total += r.round.phase.total;
    list += r.round.phase.list;
    capture += r.round.phase.capture;
    aggregate += r.round.phase.aggregate;
    retries += static_cast<double>(r.round.partial_retries);
    captures += static_cast<double>(r.round.captures);
  }
  std::vector<std::string> out;
  out.push_back(fmt::format("{} rounds: cycle p50 {:.2f} ms, p95 {:.2f}, p99 {:.2f}, max {:.2f}",
                            records.size(), w.cycle_ms.p50, w.cycle_ms.p95, w.cycle_ms.p99, w.cycle_ms.max));
  out.push_back(fmt::format(
      "The time went to: listing panes {:.0f}%, capturing and classifying {:.0f}%, aggregating {:.0f}%",
      share(list, total), share(capture, total), share(aggregate, total)));
  for (std::string& line : slow_rounds(records, w)) out.push_back(std::move(line));
  const std::size_t said = out.size();
  if (records.size() < kEnoughRounds) {
    out.push_back(
        fmt::format("{} rounds are too few to judge by: {} are wanted; a monitor keeps the last ones",
                    records.size(), kEnoughRounds));
    return out;
  }
  const RoundRecord& last = records.back();
  if (last.round.mode == "sync") {
    const std::string slow = "sync mode reads one pane after the other; ";
    // A restart changes nothing while a switch or the configuration says so.
    out.push_back(mode_reason.empty()
                      ? "Change: " + slow + "`tmux-orc monitor restart --async` reads them in batches"
                      : "Noted: " + slow + "it is on because of this: " + mode_reason);
  }
  if (w.spawns >= 1)
    out.push_back(
        fmt::format("Change: {:.1f} processes a round were started: the native transport is not in use; "
                    "`tmux-orc status` says why",
                    w.spawns));
  if (retries > captures / 4 && captures > 0)
    out.push_back(
        fmt::format("Noted: {:.0f} of {:.0f} captures had to be repeated whole; the screens are unusual for "
                    "their agents' rules",
                    retries, captures));
  if (w.pool_percent > 80)
    out.push_back(
        fmt::format("Change: {:.0f}% of the connections were in use: raise monitoring.async.pool.max_size",
                    w.pool_percent));
  if (w.hits.evictions > 0)
    out.push_back(
        fmt::format("Change: {} entries were evicted: raise monitoring.async.cache.max_size above twice the "
                    "number of panes ({})",
                    w.hits.evictions, w.panes));
  if (w.cycle_ms.p95 > 500 * check_interval_s)
    out.push_back(fmt::format(
        "Change: a round takes more than half of the interval of {:g} s: raise monitoring.check_interval",
        check_interval_s));
  if (out.size() == said) out.push_back("Nothing to change.");
  return out;
}

}  // namespace orc::cli
