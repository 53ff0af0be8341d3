// SPDX-License-Identifier: Apache-2.0
// tmux-orc health: the monitor's figures against their thresholds.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "cmd_report.h"
#include "command.h"
#include "other_monitors.h"
#include "setup.h"
#include "status_source.h"
#include "status_view.h"
#include "terminal.h"
#include "tmux_orc/daemon/instance.h"
#include "tmux_orc/report/baseline.h"

namespace orc::cli {
namespace {

constexpr int kWarnedCode = 1, kCriticalCode = 2, kNoAnswer = 3;

struct HealthOptions {
  bool critical = false, strict = false;
};

int exit_code(Level level, bool strict) {
  if (level == Level::kCritical) return kCriticalCode;
  return level == Level::kWarned && strict ? kWarnedCode : kOk;
}

int not_running(const Paths& paths, const Error& error, bool json) {
  const int pid = running_instance(paths);
  const std::string what =
      pid == 0 ? fmt::format("no monitor of environment {} is running; {}", paths.environment,
                             where_a_monitor_is(paths))
               : fmt::format("the monitor, pid {}, does not answer: {} (tmux-orc status --emergency)", pid,
                             error.message);
  if (json)
    fmt::print("{}\n",
               dump({{"level", "down"}, {"error", what}, {"lines", nlohmann::ordered_json::array()}}, 2));
  else
    complain(what);
  return kNoAnswer;
}

constexpr std::size_t kFewestRounds = 20;  // one slow round of three is no regression

// "cycle_p50_ms 2.310 (+35%)": what is worse, or the first figure if nothing is.
std::string baseline_value(const Comparison& c) {
  std::string out;
  for (std::size_t i = 1; i < c.rows.size(); ++i) {
    if (c.rows[i].back().empty()) continue;
    out += fmt::format("{}{} {} ({})", out.empty() ? "" : ", ", c.rows[i][0], c.rows[i][2], c.rows[i][3]);
  }
  return !out.empty() ? out : fmt::format("{} {} ({})", c.rows[1][0], c.rows[1][2], c.rows[1][3]);
}

// The running monitor's rounds against the stored baseline, if there is one. Its percentiles further up are
// of too few rounds to compare.
std::optional<HealthLine> baseline_line(const Globals& globals, const Paths& paths) {
  const auto reader = open_history(globals);
  if (!reader) return std::nullopt;
  const auto baseline = (*reader)->baseline().value_or(std::nullopt);
  const auto status = ask_monitor(paths, "GET", "/api/v1/status");
  if (!baseline || !status) return std::nullopt;
  const auto window = window_from_json((*status)["window"]);
  if (!window || window->rounds < kFewestRounds) return std::nullopt;
  const Comparison c = compare_with_baseline(baseline->second, {{"cycle_p50_ms", window->cycle_ms.p50},
                                                                {"resident_mb", window->resident_mb},
                                                                {"panes", window->panes},
                                                                {"machine", hardware_text()}});
  if (c.rows.empty()) return std::nullopt;
  HealthLine line{
      "Baseline", "",
      "<+20%",    "-",
      Level::kOk, "`tmux-orc perf report` compares; `tmux-orc baseline update` if this is the new normal"};
  line.value = c.unlike.empty() ? baseline_value(c) : "not judged: " + c.unlike;
  if (c.regression) line.level = Level::kWarned;
  return line;
}

int run(const Globals& globals, const HealthOptions& o) {
  const auto paths = paths_of(globals);
  if (!paths) return report(paths.error());
  const auto answer = ask_monitor(*paths, "GET", "/api/v1/health");
  if (!answer) return not_running(*paths, answer.error(), globals.json);
  auto lines = health_from_json((*answer)["lines"]);
  if (!lines) return not_running(*paths, lines.error(), globals.json);
  if (auto line = baseline_line(globals, *paths)) lines->push_back(std::move(*line));
  const Level level = worst(*lines);
  if (o.critical) std::erase_if(*lines, [](const HealthLine& l) { return l.level != Level::kCritical; });
  if (globals.json) {
    fmt::print("{}\n", dump({{"level", to_string(level)}, {"lines", to_json(*lines)}}, 2));
  } else {
    if (!lines->empty())
      fmt::print("{}\n", wrapped(health_table(*lines, use_color(STDOUT_FILENO)), terminal_columns()));
    fmt::print("Health: {}\n", to_string(level));
  }
  return exit_code(level, o.strict);
}

void add_health(CLI::App& app, Globals& globals, Action& action) {
  auto o = std::make_shared<HealthOptions>();
  auto* sub = app.add_subcommand("health", "The running monitor's figures against their thresholds");
  sub->add_flag("--critical", o->critical, "only the lines that are critical");
  sub->add_flag("--strict", o->strict, "exit code 1 when something is warned");
  sub->footer(
      "Exit code: 0 well or only warned, 1 warned with --strict, 2 critical, 3 not running or no answer "
      "within 2 s, 2 also for wrong use.\n"
      "Example: tmux-orc health && echo well");
  sub->callback([o, &globals, &action] { action = [o, &globals] { return run(globals, *o); }; });
}

const Registration kHealth(90, add_health, {{"health", kNoServer}});

}  // namespace
}  // namespace orc::cli
