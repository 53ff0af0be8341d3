#include "snapshot_view.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cmath>

#include "terminal.h"
#include "tmux_orc/base/text.h"

namespace orc::cli {
namespace {

using nlohmann::ordered_json;

std::string state_text(const Verdict& v) {
  std::string text(to_string(v.state));
  if (!v.detail.empty()) text += "/" + printable(v.detail);
  return text;
}

ordered_json verdict_json(const Verdict& v) {
  return {{"agent", v.agent}, {"state", to_string(v.state)}, {"detail", v.detail}, {"rule", v.rule},
          {"confidence", std::round(v.confidence * 100) / 100}};
}

ordered_json pane_json(const PaneRef& p) {
  return {{"pane", fmt::format("%{}", p.key.pane)},
          {"target", printable(p.target())},
          {"session", printable(p.session)},
          {"window", printable(p.window_name)},
          {"server", p.server_name},
          {"role", p.role == Role::kPm ? "pm" : "agent"},
          {"title", printable(p.facts.title)}};
}

ordered_json layer_json(const LayerFigures& l) {
  return {{"hits", l.hits}, {"misses", l.misses}, {"evictions", l.evictions}, {"expiries", l.expiries},
          {"entries", l.entries}};
}

double rounded(double value) { return std::round(value * 1000) / 1000; }

ordered_json round_json(const RoundFigures& r) {
  return {{"number", r.number},
          {"mode", r.mode},
          {"phase_ms", {{"list", rounded(r.phase.list)},
                        {"capture", rounded(r.phase.capture)},
                        {"aggregate", rounded(r.phase.aggregate)},
                        {"total", rounded(r.phase.total)}}},
          {"panes", r.panes}, {"agents", r.agents}, {"captures", r.captures},
          {"partial_retries", r.partial_retries}, {"bytes", r.bytes}, {"spawns", r.spawns},
          {"errors", r.errors}, {"timeouts", r.timeouts},
          {"cache", {{"pane_content", layer_json(r.cache.pane_content)},
                     {"agent_status", layer_json(r.cache.agent_status)}}},
          {"pool", {{"max_size", r.pool.max_size}, {"peak", r.pool.peak}, {"opened", r.pool.opened}}}};
}

std::string clock_time(std::int64_t ms) {
  return fmt::format("{:%H:%M:%S}", fmt::localtime(static_cast<std::time_t>(ms / 1000)));
}

}  // namespace

std::string dump(const ordered_json& j, int indent) {
  return j.dump(indent, ' ', false, ordered_json::error_handler_t::replace);
}

ordered_json to_json(const Snapshot& s) {
  ordered_json j;
  j["at_ms"] = s.at_ms;
  j["mode"] = s.round.mode;
  j["servers"] = ordered_json::array();
  for (const ServerFigures& server : s.servers) {
    j["servers"].push_back({{"name", server.name}, {"reachable", server.reachable}, {"tmux", server.version},
                            {"transport", server.transport}, {"note", server.note}});
  }
  j["counts"] = ordered_json::object();
  for (const auto& [state, count] : s.counts) j["counts"][std::string(to_string(state))] = count;
  j["agents"] = ordered_json::array();
  for (const AgentStatus& a : s.agents) {
    ordered_json agent = pane_json(a.pane);
    agent.update(verdict_json(a.verdict));
    agent["since_ms"] = a.since_ms;
    agent["since_exact"] = a.since_exact;
    j["agents"].push_back(std::move(agent));
  }
  j["round"] = round_json(s.round);
  return j;
}

ordered_json to_json(const Transition& t) {
  ordered_json j;
  j["at_ms"] = t.at_ms;
  j.update(pane_json(t.pane));
  j["from"] = verdict_json(t.from);
  j["to"] = verdict_json(t.to);
  j["gone"] = t.gone;
  return j;
}

std::string agents_table(const Snapshot& s, bool color) {
  std::vector<std::vector<std::string>> rows = {{"STATE", "SINCE", "AGENT", "ROLE", "PANE", "ID", "WINDOW", "RULE"}};
  for (const AgentStatus& a : s.agents) {
    const std::string since = (a.since_exact ? "" : "≥") + format_duration_ms(s.at_ms - a.since_ms);
    rows.push_back({paint_state(a.verdict.state, state_text(a.verdict), color), since,
                    a.verdict.agent.empty() ? "-" : a.verdict.agent, a.pane.role == Role::kPm ? "pm" : "agent",
                    fit_width(printable(a.pane.target()), 30), fmt::format("%{}", a.pane.key.pane),
                    fit_width(printable(a.pane.window_name), 20), a.verdict.rule});
  }
  return table(rows, {false, true});
}

std::string transition_line(const Transition& t, bool color) {
  const std::string from = t.from.agent.empty() ? "new" : state_text(t.from);
  const std::string to = t.gone ? "gone" : paint_state(t.to.state, state_text(t.to), color);
  const std::string agent = t.to.agent.empty() ? "-" : t.to.agent;
  return fmt::format("{}  {:<9} {:<24} {} -> {}  [{}]", clock_time(t.at_ms), agent, printable(t.pane.target()), from,
                     to, t.gone ? "pane left the server" : t.to.rule);
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

}  // namespace orc::cli
