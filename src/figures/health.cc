// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/figures/health.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace orc {
namespace {

Level level_of(double value, const Threshold& t, bool more_is_better) {
  if (more_is_better)
    return value < t.alert ? Level::kCritical : value <= t.target ? Level::kWarned : Level::kOk;
  return value > t.alert ? Level::kCritical : value >= t.target ? Level::kWarned : Level::kOk;
}

struct Unit {
  const char* text;
  int digits;
};

HealthLine line(const char* name, double value, const Threshold& t, Unit unit, const char* action,
                bool more_is_better = false) {
  HealthLine out{name, "-", "", "", Level::kOk, action};
  out.target = fmt::format("{}{:g}{}", more_is_better ? ">" : "<", t.target, unit.text);
  out.alert = fmt::format("{}{:g}{}", more_is_better ? "<" : ">", t.alert, unit.text);
  if (value < 0) return out;  // nothing to judge yet
  out.value = fmt::format("{:.{}f}{}", value, unit.digits, unit.text);
  out.level = level_of(value, t, more_is_better);
  return out;
}

HealthLine last_round(const HealthFacts& f) {
  HealthLine out{"Last round",
                 fmt::format("{:.1f} s ago", f.last_round_age_s),
                 fmt::format("<{:g} s", f.allowed_age_s),
                 fmt::format(">{:g} s", f.allowed_age_s),
                 Level::kOk,
                 "the monitor stands still: see `tmux-orc status --emergency`"};
  if (f.last_round_age_s > f.allowed_age_s) out.level = Level::kCritical;
  return out;
}

// Where no server is reached nobody is watched, whoever's fault it is. One of several may be away.
HealthLine servers(const HealthFacts& f) {
  HealthLine out{"Servers",  fmt::format("{} of {} reached", f.reachable, f.servers),         "all", "-",
                 Level::kOk, "is tmux running? `tmux-orc status` says why one is not reached"};
  if (f.reachable < f.servers) out.level = f.reachable == 0 ? Level::kCritical : Level::kWarned;
  return out;
}

}  // namespace

std::string_view to_string(Level level) {
  return level == Level::kOk ? "ok" : level == Level::kWarned ? "warned" : "critical";
}

std::vector<HealthLine> judge(const Window& w, const Thresholds& t, const HealthFacts& facts) {
  std::vector<HealthLine> lines;
  lines.push_back(last_round(facts));
  lines.push_back(servers(facts));
  lines.push_back(line("Cycle time", w.rounds == 0 ? -1 : w.cycle_ms.p95 / 1000, t.cycle_time_s, {" s", 3},
                       "investigate: `tmux-orc perf analyze --realtime`"));
  lines.push_back(line("CPU usage", w.cpu_percent, t.cpu_percent, {"%", 1},
                       "check resource constraints, or raise monitoring.check_interval"));
  lines.push_back(line("Memory usage", w.rounds == 0 ? -1 : w.resident_mb, t.memory_mb, {" MB", 1},
                       "investigate: `tmux-orc status --detailed`; restart with `tmux-orc monitor restart`"));
  lines.push_back(line("Error rate", w.rounds == 0 ? -1 : w.error_percent, t.error_percent, {"%", 2},
                       "check the log: `tmux-orc monitor logs`"));
  lines.push_back(line("Pool utilization", w.rounds == 0 ? -1 : w.pool_percent, t.pool_percent, {"%", 0},
                       "raise monitoring.async.pool.max_size"));
  lines.push_back(line("Cache hit rate", w.hits.unchanged_rate < 0 ? -1 : 100 * w.hits.unchanged_rate,
                       t.hit_percent, {"%", 0}, "raise monitoring.async.cache.max_size or default_ttl",
                       true));
  for (const std::string& problem : facts.problems) {
    lines.push_back({"Problem", problem, "none", "-", Level::kWarned, "`tmux-orc status --detailed`"});
  }
  return lines;
}

Level worst(const std::vector<HealthLine>& lines) {
  Level out = Level::kOk;
  for (const HealthLine& l : lines) out = std::max(out, l.level);
  return out;
}

}  // namespace orc
