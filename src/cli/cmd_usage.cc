// SPDX-License-Identifier: Apache-2.0
// tmux-orc usage: what agents use of their accounts, as they say it themselves.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cmd_report.h"
#include "command.h"
#include "setup.h"
#include "snapshot_view.h"
#include "status_source.h"
#include "status_view.h"
#include "terminal.h"
#include "tmux_orc/about/place.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/figures/calendar.h"
#include "tmux_orc/figures/json.h"
#include "tmux_orc/figures/usage.h"
#include "tmux_orc/history/history_reader.h"
#include "tmux_orc/report/reports.h"

namespace orc::cli {
namespace {

using nlohmann::ordered_json;

struct UsageOptions {
  bool day = false, week = false, month = false;
  RunFlags flags;
};

std::string cost_text(const std::optional<double>& cost) {
  return cost ? fmt::format("${:.2f}", *cost) : "-";
}
std::string percent_text(const std::optional<double>& percent) {
  return percent ? fmt::format("{:.0f}%", *percent) : "-";
}
std::string or_dash(const std::string& text, int width) {
  return text.empty() ? "-" : fit_width(printable(text), width);
}

std::string quotas_text(const Usage& u) {
  std::string out;
  for (const Quota& q : u.quotas)
    out += fmt::format("{}{} {:.0f}%", out.empty() ? "" : ", ", printable(q.name), q.used_percent);
  return out.empty() ? "-" : out;
}

std::string agents_text(const Snapshot& s) {
  std::vector<std::vector<std::string>> rows = {
      {"PROJECT", "AGENT", "MODEL", "CONTEXT", "IN", "OUT", "COST", "QUOTA", "PANE", "ID"}};
  for (const AgentStatus& a : s.agents) {
    if (!a.usage && a.about.model.empty()) continue;
    const Usage u = a.usage.value_or(Usage{});
    rows.push_back({or_dash(place_text(a.about), 30), a.verdict.agent, or_dash(a.about.model, 30),
                    percent_text(u.context_percent), tokens_text(u.tokens_in), tokens_text(u.tokens_out),
                    cost_text(u.cost_usd), quotas_text(u), fit_width(printable(a.pane.target()), 30),
                    fmt::format("%{}", a.pane.key.pane)});
  }
  if (rows.size() == 1) return "No agent says what it uses.\n";
  return table(rows, {false, false, false, true, true, true, true});
}

std::string panes_text(const Snapshot& s, const std::vector<std::size_t>& indices) {
  std::string out;
  for (const std::size_t i : indices)
    out += (out.empty() ? "" : ", ") +
           fmt::format("{} (%{})", printable(s.agents[i].pane.target()), s.agents[i].pane.key.pane);
  return out.empty() ? "-" : fit_width(out, 60);
}

std::string limits_text(const Snapshot& s) {
  const auto limits = shared_limits(s);
  if (limits.empty()) return "";
  std::vector<std::vector<std::string>> rows = {{"AGENT", "LIMIT", "USED", "ENDS", "PARKED", "AT WORK"}};
  for (const SharedLimit& l : limits) {
    const std::string ends =
        l.resets_at_ms > 0 ? local_text(l.resets_at_ms, "%a %H:%M") : or_dash(l.phrase, 30);
    rows.push_back({l.agent, printable(l.name), percent_text(l.used_percent), ends, panes_text(s, l.parked),
                    panes_text(s, l.working)});
  }
  return "\nLimits, by the end that agents name\n" + table(rows, {false, false, true});
}

int show_now(const Globals& globals, const UsageOptions& o) {
  auto source = open_status_source(globals, o.flags);
  if (!source) return report(source.error());
  const auto look = look_at(**source);
  if (!look) return report(look.error());
  const Snapshot& s = look->snapshot;
  if (globals.json)
    fmt::print("{}\n", dump(usage_json(s), 2));
  else
    fmt::print("{}{}{}", unreached_text(look->status), agents_text(s), limits_text(s));
  return any_reached(s) ? kOk : kUnavailable;
}

std::string sums_text(const std::vector<UsageSum>& sums) {
  if (sums.empty()) return "Nothing was recorded: no agent said what it used.\n";
  std::vector<std::vector<std::string>> rows = {
      {"PROJECT", "AGENT", "MODEL", "SESSIONS", "IN", "OUT", "COST"}};
  UsageSum all;
  for (const UsageSum& u : sums) {
    rows.push_back({or_dash(u.project, 30), u.agent, or_dash(u.model, 30), std::to_string(u.sessions),
                    tokens_text(u.tokens_in), tokens_text(u.tokens_out), cost_text(u.cost_usd)});
    all.tokens_in += u.tokens_in;
    all.tokens_out += u.tokens_out;
    if (u.cost_usd) all.cost_usd = all.cost_usd.value_or(0) + *u.cost_usd;
  }
  rows.push_back(
      {"all", "", "", "", tokens_text(all.tokens_in), tokens_text(all.tokens_out), cost_text(all.cost_usd)});
  return table(rows, {false, false, false, true, true, true, true});
}

int show_period(const Globals& globals, const UsageOptions& o) {
  auto reader = open_history(globals);
  if (!reader) return report(reader.error());
  const SystemClock clock;
  const std::string name = o.day ? "day" : o.week ? "week" : "month";
  const Period period = last_days(name, o.day ? 1 : o.week ? 7 : 30, clock.wall_ms());
  const auto sums = (*reader)->usage(period);
  if (!sums) return report(sums.error());
  if (!globals.json) {
    fmt::print("{}", sums_text(*sums));
    return kOk;
  }
  ordered_json rows = ordered_json::array();
  for (const UsageSum& u : *sums) rows.push_back(to_json(u));
  fmt::print(
      "{}\n",
      dump(
          {{"period", name}, {"from_ms", period.from_ms}, {"to_ms", period.to_ms}, {"sums", std::move(rows)}},
          2));
  return kOk;
}

void add_usage(CLI::App& app, Globals& globals, Action& action) {
  auto o = std::make_shared<UsageOptions>();
  auto* sub = app.add_subcommand("usage", "Tokens, context, cost and limits, as the agents say them");
  auto* day = sub->add_flag("--day", o->day, "what was used today, by project, agent and model");
  auto* week = sub->add_flag("--week", o->week, "the last 7 days, today included")->excludes(day);
  sub->add_flag("--month", o->month, "the last 30 days, today included")->excludes(day)->excludes(week);
  sub->footer(
      "Nothing is estimated: what no agent says is \"-\". IN and OUT are of the whole session; a period is "
      "of what the\n"
      "monitor recorded.\n"
      "Exit code: 0 told, 3 no tmux server reached, or no history.\n"
      "Example: tmux-orc usage --week --json | jq '.sums[] | [.project, .tokens_out]'");
  sub->callback([o, &globals, &action] {
    action = [o, &globals] {
      return o->day || o->week || o->month ? show_period(globals, *o) : show_now(globals, *o);
    };
  });
}

const Registration kUsageCommand(15, add_usage);

}  // namespace
}  // namespace orc::cli
