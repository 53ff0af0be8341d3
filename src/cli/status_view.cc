// SPDX-License-Identifier: Apache-2.0
#include "status_view.h"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "snapshot_view.h"
#include "terminal.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/daemon/plan.h"

namespace orc::cli {
namespace {

using nlohmann::ordered_json;

// A problem of several lines as one.
std::string one_line(std::string text) {
  for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at))
    text.replace(at, 1, "; ");
  return printable(text);
}

std::string percent(double rate) { return rate < 0 ? "-" : fmt::format("{:.0f}%", 100 * rate); }

std::string pool_line(const Snapshot& s, const Window& w) {
  const PoolFigures& p = s.round.pool;
  return fmt::format("Pool: {} of {} connections at the peak of the last round, {:.0f}% at most, {} opened\n",
                     p.peak, p.max_size, w.pool_percent, w.opened);
}

std::string cache_line(const ordered_json& j, const Snapshot& s, const Window& w) {
  if (!j["cache"].value("enabled", true)) return "Cache: off\n";
  const CacheFigures& c = s.round.cache;
  return fmt::format(
      "Cache: {} of unchanged screens; pane_content {} hits, {} entries; agent_status {} hits, {} entries; "
      "{} evictions, {} expiries\n",
      percent(w.hits.unchanged_rate), percent(w.hits.content_rate), c.pane_content.entries,
      percent(w.hits.status_rate), c.agent_status.entries, w.hits.evictions, w.hits.expiries);
}

std::string rounds_lines(const ordered_json& j, const Window& w) {
  std::string out = fmt::format("Rounds: {} in {}, every {:g} s\n", w.rounds,
                                format_duration_ms(static_cast<std::int64_t>(w.seconds * 1000)),
                                j.value("check_interval_s", 0.0));
  out += fmt::format("Cycle time: p50 {:.1f} ms, p95 {:.1f}, p99 {:.1f}, max {:.1f}\n", w.cycle_ms.p50,
                     w.cycle_ms.p95, w.cycle_ms.p99, w.cycle_ms.max);
  out += fmt::format("Phases (p50): list {:.1f} ms, capture and classify {:.1f}, aggregate {:.2f}\n",
                     w.list_ms.p50, w.capture_ms.p50, w.aggregate_ms.p50);
  return out;
}

std::string rollout_line(const ordered_json& j, const Snapshot& s) {
  const PathFigures &a = s.round.async_path, &b = s.round.sync_path;
  return fmt::format(
      "Rollout: {:g}% async; last round: async {} panes, {} captures, {:.1f} ms; sync {} panes, {} captures, "
      "{:.1f} ms\n",
      100 * j.value("rollout", 1.0), a.panes, a.captures, a.ms, b.panes, b.captures, b.ms);
}

// Nobody answered: because none runs, because another server or mode was asked for, or because it hangs.
std::string nobody_text(const ordered_json& j) {
  const int pid = j.value("running_pid", 0);
  if (pid == 0)
    return fmt::format("Monitor: not running; this is one look ({})\n",
                       j.value("where_a_monitor_is", "start it: tmux-orc monitor start"));
  if (j.value("own_look", "") == "not asked")
    return fmt::format(
        "Monitor: not asked; this is one look of our own, as the options want it (pid {} runs)\n", pid);
  return fmt::format(
      "Monitor: pid {}, DOES NOT ANSWER; this is one look (see: tmux-orc status --emergency)\n", pid);
}

}  // namespace

std::string without_contract_words(std::string text) {
  for (const std::string_view word : {"Pool", "Cache", "Memory"}) {
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at)) {
      text[at] = static_cast<char>(text[at] - 'A' + 'a');
    }
  }
  return text;
}

std::string mode_text(const ordered_json& j) {
  return mode_line(j.value("mode", "") == "async", j.value("rollout", 1.0), j.value("mode_reason", "")) +
         "\n";
}

std::string monitor_text(const ordered_json& j) {
  if (j.value("pid", 0) == 0) return nobody_text(j);
  const std::int64_t at = j["snapshot"].is_object() ? j["snapshot"].value("at_ms", std::int64_t{0}) : 0;
  const std::string active = j.value("active_environment", "");
  const std::string role = j.value("active", false) ? "active"
                           : active.empty()         ? "observing; none is active"
                                                    : fmt::format("observing; active is {}", active);
  std::string out = fmt::format("Monitor: pid {}, environment {} ({}), up {}\n", j.value("pid", 0),
                                j.value("environment", ""), role,
                                format_duration_ms(at - j.value("started_ms", std::int64_t{0})));
  const std::string problem = j["config"].value("problem", "");
  if (!problem.empty())
    out += fmt::format("Configuration NOT taken, the old one stays: {}\n", one_line(problem));
  for (const auto& p : j["problems"]) out += fmt::format("Problem: {}\n", one_line(p.get<std::string>()));
  return out;
}

std::string unreached_text(const ordered_json& j) {
  std::string out;
  if (!j["snapshot"].is_object()) return out;
  for (const auto& server : j["snapshot"]["servers"]) {
    if (server.value("reachable", true)) continue;
    out += fmt::format("Server: {}  NOT REACHED: {}\n", server.value("name", ""),
                       one_line(server.value("note", "")));
  }
  return out;
}

std::string agreement_text(const ordered_json& w) {
  const auto looks = [&](const char* kind) { return w.at("looks").value(kind, 0.0); };
  const double both = looks("both");
  const double all = both + looks("own_word_against_screen") + looks("screen_against_own_word");
  return all > 0 ? fmt::format("{:.1f}%", 100 * both / all) : "-";
}

std::string disagreements_text(const ordered_json& w) {
  std::string out;
  for (const auto& [word, count] : w.at("disagreements").items())
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", printable(word), count.get<std::uint64_t>());
  return out;
}

std::string detailed_text(const ordered_json& j, const Snapshot& s, const Window& w) {
  std::string free = rounds_lines(j, w) + rollout_line(j, s);
  free += fmt::format("Captures: {:.1f} a round, {:.1f} KB, {:.1f} processes started\n", w.captures,
                      w.bytes / 1024, w.spawns);
  free += fmt::format("Errors: {:.2f}% of the looks\n", w.error_percent);
  free += fmt::format("CPU: {}\n",
                      w.cpu_percent < 0 ? std::string("-") : fmt::format("{:.2f}% of a core", w.cpu_percent));
  free += fmt::format("Threads: {}, descriptors: {}\n", j["process"].value("threads", 0),
                      j["process"].value("descriptors", 0));
  for (const auto& witness : j.value("witnesses", ordered_json::array())) {
    if (witness.value("changed_ms", std::int64_t{0}) == 0) continue;
    const std::string episodes = disagreements_text(witness);
    free += fmt::format("Own word: {} agrees with its screen at {} of the looks{}\n",
                        printable(witness.value("agent", "")), agreement_text(witness),
                        episodes.empty() ? "" : "; disagreed: " + episodes);
  }
  const std::string file = j["config"].value("file", "");
  free += fmt::format("Configuration: {}\n", file.empty() ? "defaults" : printable(file));
  if (j.value("pid", 0) != 0) free += fmt::format("Log: {}\n", printable(j.value("log", "")));
  return without_contract_words(free) + pool_line(s, w) + cache_line(j, s, w) +
         fmt::format("Memory: {:.1f} MB\n", j["process"].value("resident_mb", 0.0));
}

std::string health_table(const std::vector<HealthLine>& lines, bool color) {
  constexpr int kLongestValue = 30;
  std::vector<std::vector<std::string>> rows = {{"", "VALUE", "TARGET", "ALERT", "LEVEL"}};
  std::string below;  // what is wrong and what to do, as long as it needs
  for (const HealthLine& l : lines) {
    std::string level(to_string(l.level));
    if (color && l.level != Level::kOk) {
      level = fmt::format("\x1b[{}m{}\x1b[0m", l.level == Level::kCritical ? "1;31" : "1;33", level);
    }
    const bool is_long = display_width(one_line(l.value)) > kLongestValue;
    rows.push_back({l.name, is_long ? "see below" : one_line(l.value), l.target, l.alert, level});
    if (l.level == Level::kOk && !is_long) continue;
    below += l.name + ": ";
    if (is_long) below += one_line(l.value) + (l.action.empty() ? "" : "; ");
    below += l.action + "\n";
  }
  return table(rows, {false, true, true, true}) + (below.empty() ? "" : "\n" + below);
}

}  // namespace orc::cli
