// SPDX-License-Identifier: Apache-2.0
#include "snapshot_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "terminal.h"
#include "tmux_orc/about/place.h"
#include "tmux_orc/base/ask_text.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/figures/calendar.h"

namespace orc::cli {
namespace {

std::string state_text(const Verdict& v) {
  std::string text(to_string(v.state));
  if (!v.detail.empty()) text += "/" + printable(v.detail);
  return text;
}

// "idle, done, copy mode", "rate_limited until 15:00".
std::string whole_state(const AgentStatus& a, std::int64_t now_ms) {
  std::string state = state_text(a.verdict);
  if (a.done) state += ", done";
  if (a.stuck) state += ", stuck";
  if (a.pane.in_mode) state += ", copy mode";
  if (a.last_seen)
    state += fmt::format(", last seen {} {}", to_string(a.last_seen->state),
                         clock_text(a.last_seen->at_ms).substr(0, 5));
  if (a.resets_at_ms > now_ms) state += " until " + clock_text(a.resets_at_ms).substr(0, 5);
  return state;
}

// What agents say that they use: each column only where one of them says it.
struct UsageColumn {
  const char* name;
  bool right;
  std::string (*cell)(const AgentStatus& a);  // "": not said
};
constexpr UsageColumn kUsageColumns[] = {
    {"MODEL", false, [](const AgentStatus& a) { return fit_width(printable(a.about.model), 24); }},
    {"CONTEXT", true, [](const AgentStatus& a) { return context_text(a); }},
    {"TOKENS", true,
     [](const AgentStatus& a) {
       const bool said = a.usage && (a.usage->tokens_in || a.usage->tokens_out);
       return said ? tokens_text(a.usage->tokens_in) + "/" + tokens_text(a.usage->tokens_out) : std::string();
     }},
};

std::vector<const UsageColumn*> usage_columns(const Snapshot& s) {
  std::vector<const UsageColumn*> out;
  for (const UsageColumn& c : kUsageColumns) {
    if (std::ranges::any_of(s.agents, [&](const AgentStatus& a) { return !c.cell(a).empty(); }))
      out.push_back(&c);
  }
  return out;
}

constexpr int kColumnsForAsks = 150;  // narrower terminals get it in a line below the agent's

// Each line of the table is followed by what its agent asks.
std::string with_asks_below(const std::string& table, const Snapshot& s) {
  const int columns = terminal_columns();
  std::string out;
  std::size_t row = 0;
  for (const std::string_view line : split_lines(table)) {
    out.append(line).push_back('\n');
    if (row++ == 0 || row > s.agents.size() + 1) continue;
    const std::string asks = asks_text(s.agents[row - 2].verdict, std::max(20, columns - 4));
    if (!asks.empty()) out += for_locale("  └ " + asks + "\n");
  }
  return out;
}

constexpr int kWidestProject = 30, kWidestTask = 50;
constexpr int kColumnsForTasks = 140;  // narrower terminals have no room for more

bool shows_tasks(const Snapshot& s) {
  const int columns = terminal_columns();
  return (columns == 0 || columns >= kColumnsForTasks) &&
         std::any_of(s.agents.begin(), s.agents.end(),
                     [](const AgentStatus& a) { return !a.about.task.empty(); });
}

}  // namespace

std::string tokens_text(const std::optional<std::uint64_t>& tokens) {
  if (!tokens) return "-";
  const auto value = static_cast<double>(*tokens);
  if (*tokens < 10'000) return std::to_string(*tokens);
  return *tokens < 1'000'000 ? fmt::format("{:.1f}k", value / 1e3) : fmt::format("{:.1f}M", value / 1e6);
}

std::string context_text(const AgentStatus& a) {
  return a.usage && a.usage->context_percent ? fmt::format("{:.0f}%", *a.usage->context_percent) : "";
}

std::string agents_table(const Snapshot& s, bool color, bool detailed) {
  const bool tasks = shows_tasks(s);
  std::vector<std::vector<std::string>> rows = {
      {"PROJECT", "STATE", "SINCE", "AGENT", "ROLE", "PANE", "ID", "WINDOW"}};
  std::vector<bool> right = {false, false, true, false, false, false, false, false};
  const auto usage = detailed ? usage_columns(s) : std::vector<const UsageColumn*>();
  for (const UsageColumn* c : usage) {
    rows[0].push_back(c->name);
    right.push_back(c->right);
  }
  if (detailed) rows[0].push_back("RULE");
  if (tasks) rows[0].push_back("TASK");
  const bool asks =
      std::ranges::any_of(s.agents, [](const AgentStatus& a) { return a.verdict.asks.has_value(); });
  const int columns = terminal_columns();
  const bool beside = asks && (columns == 0 || columns >= kColumnsForAsks);
  if (beside) rows[0].push_back("ASKS");
  for (const AgentStatus& a : s.agents) {
    const std::string since = (a.since_exact ? "" : "≥") + format_duration_ms(s.at_ms - a.since_ms);
    const std::string place = printable(place_text(a.about));
    rows.push_back({place.empty() ? "-" : fit_width(place, kWidestProject),
                    paint_state(a.verdict.state, whole_state(a, s.at_ms), color), since,
                    a.verdict.agent.empty() ? "-" : a.verdict.agent,
                    a.pane.role == Role::kPm ? "pm" : "agent", fit_width(printable(a.pane.target()), 30),
                    fmt::format("%{}", a.pane.key.pane), fit_width(printable(a.pane.window_name), 20)});
    for (const UsageColumn* c : usage) {
      const std::string cell = c->cell(a);
      rows.back().push_back(cell.empty() ? "-" : cell);
    }
    if (detailed) rows.back().push_back(a.verdict.rule);
    if (tasks) rows.back().push_back(fit_width(printable(a.about.task), kWidestTask));
    if (beside) rows.back().push_back(asks_text(a.verdict));
  }
  std::string out = table(rows, right, 1);
  return asks && !beside ? with_asks_below(out, s) : out;
}

std::string notes_text(const Snapshot& s) {
  std::string out;
  for (const AgentStatus& a : s.agents) {
    if (a.verdict.note.empty()) continue;
    out += fmt::format("Note: {} (%{}): {}\n", printable(a.pane.target()), a.pane.key.pane,
                       printable(a.verdict.note));
  }
  return out;
}

std::string transition_line(const Transition& t, bool color) {
  const std::string from = t.from.agent.empty() ? "new" : state_text(t.from);
  const std::string to = t.gone ? "gone" : paint_state(t.to.state, state_text(t.to), color);
  const std::string agent = t.to.agent.empty() ? "-" : t.to.agent;
  const std::string asks = t.gone ? "" : asks_text(t.to);
  return fmt::format("{}  {:<9} {:<24} {} -> {}  [{}]{}{}", clock_text(t.at_ms), agent,
                     printable(t.pane.target()), from, to, t.gone ? "pane left the server" : t.to.rule,
                     asks.empty() ? "" : "  ", asks);
}

std::string servers_text(const Snapshot& s) {
  std::string out;
  for (const ServerFigures& server : s.servers) {
    out += fmt::format("Server: {}  tmux {}  transport {}{}{}\n", server.name,
                       server.version.empty() ? "?" : server.version, server.transport,
                       server.reachable ? "" : "  NOT REACHED",
                       server.note.empty() ? "" : fmt::format("  ({})", printable(server.note)));
  }
  return out;
}

std::string counts_text(const Snapshot& s) {
  std::string out;
  for (const auto& [state, count] : s.counts) out += fmt::format(", {} {}", count, to_string(state));
  return fmt::format("{} in {}{}", counted(s.agents.size(), "agent"), counted(s.round.panes, "pane"), out);
}

}  // namespace orc::cli
