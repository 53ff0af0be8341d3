// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/figures/json.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <exception>
#include <map>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tmux_orc/base/ask_text.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/figures/round_table.h"
#include "tmux_orc/figures/usage.h"

namespace orc {
namespace {

using nlohmann::ordered_json;

ordered_json verdict_json(const Verdict& v) {
  return {{"agent", v.agent},
          {"state", to_string(v.state)},
          {"detail", v.detail},
          {"rule", v.rule},
          {"confidence", std::round(v.confidence * 100) / 100},
          {"reset_phrase", v.reset_phrase},
          {"note", printable(v.note)},
          {"against", v.against},
          {"asks", v.asks ? to_json(*v.asks) : ordered_json()}};
}

ordered_json pane_json(const PaneRef& p) {
  return {{"pane", fmt::format("%{}", p.key.pane)},
          {"target", printable(p.target())},
          {"session", printable(p.session)},
          {"window_index", p.window_index},
          {"pane_index", p.pane_index},
          {"window", printable(p.window_name)},
          {"server", p.server_name},
          {"server_id", fmt::format("{:016x}", p.key.server)},
          {"role", p.role == Role::kPm ? "pm" : "agent"},
          {"title", printable(p.facts.title)}};
}

ordered_json about_json(const About& a) {
  return {{"cwd", printable(a.cwd)},   {"project", printable(a.project)}, {"branch", printable(a.branch)},
          {"task", printable(a.task)}, {"model", printable(a.model)},     {"version", printable(a.version)}};
}

// "phase_ms.list" as a place in an object.
ordered_json::json_pointer place_of(std::string_view path) {
  std::string pointer = "/";
  for (const char c : path) pointer += c == '.' ? '/' : c;
  return ordered_json::json_pointer(pointer);
}

ordered_json round_json(const RoundRecord& record) {
  RoundRecord r = record;  // the table's fields can be written, too
  ordered_json j = {{"mode", r.round.mode}};
  for (const RoundFigure& f : round_figures()) {
    if (f.field == nullptr) continue;
    const auto put = [&](const auto* value) {
      if constexpr (std::is_same_v<decltype(value), const double*>)
        j[place_of(f.json)] = rounded(*value);
      else
        j[place_of(f.json)] = *value;
    };
    std::visit(put, f.field(r));
  }
  return j;
}
ordered_json round_json(const RoundFigures& figures) {
  RoundRecord record;
  record.round = figures;
  return round_json(record);
}

ordered_json counts_json(const std::map<State, std::size_t>& counts) {
  ordered_json j = ordered_json::object();
  for (const auto& [state, count] : counts) j[std::string(to_string(state))] = count;
  return j;
}

ordered_json percentiles_json(const Percentiles& p) {
  return {{"p50", rounded(p.p50)},
          {"p95", rounded(p.p95)},
          {"p99", rounded(p.p99)},
          {"min", rounded(p.min)},
          {"max", rounded(p.max)}};
}

// ---- the other way: at() throws on what is missing or of another type, and the callers turn that into an
// Error ----

template <typename T>
void get(const ordered_json& j, const char* key, T& out) {
  j.at(key).get_to(out);
}

State state_of(const ordered_json& j) {
  const auto state = state_from_string(j.get<std::string>());
  return state.value_or(State::kUnknown);
}

Ask ask_of(const ordered_json& j) {
  Ask a;
  get(j, "kind", a.kind);
  get(j, "title", a.title);
  get(j, "subject", a.subject);
  for (const auto& option : j.at("options"))
    a.options.push_back({option.at("key").get<std::string>(), option.at("text").get<std::string>()});
  if (const auto& selected = j.at("selected"); selected.is_number()) selected.get_to(a.selected);
  if (a.selected < 0 || a.selected >= static_cast<int>(a.options.size())) a.selected = -1;
  a.id = std::stoull(j.at("id").get<std::string>(), nullptr, 16);
  return a;
}

Verdict verdict_of(const ordered_json& j) {
  Verdict v;
  get(j, "agent", v.agent);
  v.state = state_of(j.at("state"));
  get(j, "detail", v.detail);
  get(j, "rule", v.rule);
  get(j, "confidence", v.confidence);
  get(j, "reset_phrase", v.reset_phrase);
  v.note = j.value("note", "");  // what older versions kept has none
  v.against = j.value("against", "");
  if (const auto asks = j.find("asks"); asks != j.end() && asks->is_object()) v.asks = ask_of(*asks);
  return v;
}

PaneRef pane_of(const ordered_json& j) {
  PaneRef p;
  const auto id = j.at("pane").get<std::string>();
  p.key.pane = static_cast<PaneId>(std::stoul(id.substr(1)));
  p.key.server = std::stoull(j.at("server_id").get<std::string>(), nullptr, 16);
  get(j, "session", p.session);
  get(j, "window_index", p.window_index);
  get(j, "pane_index", p.pane_index);
  get(j, "window", p.window_name);
  get(j, "server", p.server_name);
  p.role = j.at("role") == "pm" ? Role::kPm : Role::kAgent;
  get(j, "title", p.facts.title);
  return p;
}

RoundFigures round_of(const ordered_json& j) {
  RoundRecord r;
  get(j, "mode", r.round.mode);
  for (const RoundFigure& f : round_figures()) {
    if (f.field == nullptr) continue;
    std::visit([&](auto* value) { j.at(place_of(f.json)).get_to(*value); }, f.field(r));
  }
  return std::move(r.round);
}

std::map<State, std::size_t> counts_of(const ordered_json& j) {
  std::map<State, std::size_t> counts;
  for (const auto& [name, count] : j.items()) {
    if (const auto state = state_from_string(name)) counts[*state] = count.get<std::size_t>();
  }
  return counts;
}

Percentiles percentiles_of(const ordered_json& j) {
  Percentiles p;
  get(j, "p50", p.p50);
  get(j, "p95", p.p95);
  get(j, "p99", p.p99);
  get(j, "min", p.min);
  get(j, "max", p.max);
  return p;
}

About about_of(const ordered_json& j) {
  return {j.value("cwd", ""),  j.value("project", ""), j.value("branch", ""),
          j.value("task", ""), j.value("model", ""),   j.value("version", "")};
}

// What an older monitor's memory file does not have.
void take_later_fields(const ordered_json& j, AgentStatus& a) {
  if (const auto last = j.find("last_seen"); last != j.end() && last->is_object())
    a.last_seen = {state_of(last->at("state")), last->at("at_ms").get<std::int64_t>()};
  a.done = j.value("done", false);
  a.stuck = j.value("stuck", false);
  a.watched = j.value("watched", false);
  a.pane.in_mode = j.value("in_mode", false);
  if (const auto about = j.find("about"); about != j.end() && about->is_object()) a.about = about_of(*about);
  if (const auto usage = j.find("usage"); usage != j.end() && usage->is_object())
    a.usage = usage_from_json(*usage);
}

// Runs `read` and turns what JSON or number parsing throws into an Error.
template <typename T, typename Read>
Result<T> guarded(const char* what, Read read) {
  try {
    return read();
  } catch (const std::exception& e) {
    return fail(ErrorKind::kProtocol, fmt::format("{} of an unknown form: {}", what, e.what()));
  }
}

}  // namespace

ordered_json to_json(const Ask& a) {
  ordered_json options = ordered_json::array();
  for (const AskOption& option : a.options)
    options.push_back({{"key", printable(option.key)}, {"text", printable(option.text)}});
  ordered_json j = {{"kind", a.kind},
                    {"title", printable(a.title)},
                    {"subject", printable(a.subject, true)},
                    {"options", std::move(options)},
                    {"selected", a.selected},
                    {"id", fmt::format("{:016x}", a.id)},
                    {"line", ask_text(a)}};
  if (a.selected < 0) j["selected"] = nullptr;
  return j;
}

ordered_json to_json(const CacheFigures& c) {
  const auto layer = [](const LayerFigures& l) {
    return ordered_json{{"hits", l.hits},
                        {"misses", l.misses},
                        {"evictions", l.evictions},
                        {"expiries", l.expiries},
                        {"entries", l.entries}};
  };
  return {{"pane_content", layer(c.pane_content)}, {"agent_status", layer(c.agent_status)}};
}

double rounded(double value) { return std::round(value * 1000) / 1000; }

std::string dump(const ordered_json& j, int indent) {
  return j.dump(indent, ' ', false, ordered_json::error_handler_t::replace);
}

Result<ordered_json> parse_json(std::string_view text) {
  return guarded<ordered_json>("text", [&] { return ordered_json::parse(text); });
}

ordered_json to_json(const Snapshot& s) {
  ordered_json j;
  j["at_ms"] = s.at_ms;
  j["mode"] = s.round.mode;
  j["servers"] = ordered_json::array();
  for (const ServerFigures& server : s.servers) {
    j["servers"].push_back({{"name", server.name},
                            {"reachable", server.reachable},
                            {"tmux", server.version},
                            {"transport", server.transport},
                            {"note", printable(server.note)},
                            {"stray_lines", server.strays}});
  }
  j["counts"] = counts_json(s.counts);
  j["done"] = s.done;
  j["stuck"] = s.stuck;
  j["agents"] = ordered_json::array();
  for (const AgentStatus& a : s.agents) {
    ordered_json agent = pane_json(a.pane);
    agent.update(verdict_json(a.verdict));
    agent["since_ms"] = a.since_ms;
    agent["since_exact"] = a.since_exact;
    agent["resets_at_ms"] = a.resets_at_ms;
    agent["last_seen"] = nullptr;
    if (a.last_seen)
      agent["last_seen"] = {{"state", to_string(a.last_seen->state)}, {"at_ms", a.last_seen->at_ms}};
    agent["done"] = a.done;
    agent["stuck"] = a.stuck;
    agent["watched"] = a.watched;
    agent["in_mode"] = a.pane.in_mode;
    agent["about"] = about_json(a.about);
    agent["usage"] = a.usage ? to_json(*a.usage) : ordered_json();
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

ordered_json to_json(const RoundRecord& r) {
  return {{"at_ms", r.at_ms},
          {"round", round_json(r)},
          {"cpu_s", r.process.cpu_s},
          {"resident_mb", rounded(r.process.resident_mb)},
          {"threads", r.process.threads},
          {"descriptors", r.process.descriptors},
          {"transitions", r.transitions},
          {"servers", r.servers},
          {"reachable", r.reachable},
          {"counts", counts_json(r.counts)}};
}

ordered_json to_json(const Window& w) {
  return {{"rounds", w.rounds},
          {"seconds", rounded(w.seconds)},
          {"cycle_ms", percentiles_json(w.cycle_ms)},
          {"list_ms", percentiles_json(w.list_ms)},
          {"capture_ms", percentiles_json(w.capture_ms)},
          {"aggregate_ms", percentiles_json(w.aggregate_ms)},
          {"cpu_percent", rounded(w.cpu_percent)},
          {"resident_mb", rounded(w.resident_mb)},
          {"error_percent", rounded(w.error_percent)},
          {"pool_percent", rounded(w.pool_percent)},
          {"captures", rounded(w.captures)},
          {"bytes", rounded(w.bytes)},
          {"spawns", rounded(w.spawns)},
          {"opened", w.opened},
          {"agents", w.agents},
          {"panes", w.panes},
          {"hits",
           {{"content_rate", rounded(w.hits.content_rate)},
            {"status_rate", rounded(w.hits.status_rate)},
            {"unchanged_rate", rounded(w.hits.unchanged_rate)},
            {"evictions", w.hits.evictions},
            {"expiries", w.hits.expiries}}}};
}

ordered_json to_json(const std::vector<HealthLine>& lines) {
  ordered_json j = ordered_json::array();
  for (const HealthLine& l : lines) {
    j.push_back({{"name", l.name},
                 {"value", l.value},
                 {"target", l.target},
                 {"alert", l.alert},
                 {"level", to_string(l.level)},
                 {"action", l.action}});
  }
  return j;
}

std::string text_member(const ordered_json& j, const char* name) {
  const auto found = j.find(name);
  return found != j.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Result<Ask> ask_from_json(const ordered_json& j) {
  return guarded<Ask>("question", [&] { return ask_of(j); });
}

Result<Snapshot> snapshot_from_json(const ordered_json& j) {
  return guarded<Snapshot>("a snapshot", [&] {
    Snapshot s;
    get(j, "at_ms", s.at_ms);
    for (const auto& server : j.at("servers")) {
      ServerFigures f;
      get(server, "name", f.name);
      get(server, "reachable", f.reachable);
      get(server, "tmux", f.version);
      get(server, "transport", f.transport);
      get(server, "note", f.note);
      f.strays = server.value("stray_lines", std::size_t{0});
      s.servers.push_back(std::move(f));
    }
    s.counts = counts_of(j.at("counts"));
    s.done = j.value("done", std::size_t{0});
    s.stuck = j.value("stuck", std::size_t{0});
    for (const auto& agent : j.at("agents")) {
      AgentStatus a{.pane = pane_of(agent), .verdict = verdict_of(agent)};
      get(agent, "since_ms", a.since_ms);
      get(agent, "since_exact", a.since_exact);
      get(agent, "resets_at_ms", a.resets_at_ms);
      take_later_fields(agent, a);
      s.agents.push_back(std::move(a));
    }
    s.round = round_of(j.at("round"));
    return s;
  });
}

Result<Transition> transition_from_json(const ordered_json& j) {
  return guarded<Transition>("a transition", [&] {
    Transition t;
    get(j, "at_ms", t.at_ms);
    t.pane = pane_of(j);
    t.from = verdict_of(j.at("from"));
    t.to = verdict_of(j.at("to"));
    get(j, "gone", t.gone);
    return t;
  });
}

Result<RoundRecord> record_from_json(const ordered_json& j) {
  return guarded<RoundRecord>("a round", [&] {
    RoundRecord r;
    get(j, "at_ms", r.at_ms);
    r.round = round_of(j.at("round"));
    get(j, "cpu_s", r.process.cpu_s);
    get(j, "resident_mb", r.process.resident_mb);
    get(j, "threads", r.process.threads);
    get(j, "descriptors", r.process.descriptors);
    get(j, "transitions", r.transitions);
    get(j, "servers", r.servers);
    get(j, "reachable", r.reachable);
    r.counts = counts_of(j.at("counts"));
    return r;
  });
}

Result<Window> window_from_json(const ordered_json& j) {
  return guarded<Window>("a window", [&] {
    Window w;
    get(j, "rounds", w.rounds);
    get(j, "seconds", w.seconds);
    w.cycle_ms = percentiles_of(j.at("cycle_ms"));
    w.list_ms = percentiles_of(j.at("list_ms"));
    w.capture_ms = percentiles_of(j.at("capture_ms"));
    w.aggregate_ms = percentiles_of(j.at("aggregate_ms"));
    get(j, "cpu_percent", w.cpu_percent);
    get(j, "resident_mb", w.resident_mb);
    get(j, "error_percent", w.error_percent);
    get(j, "pool_percent", w.pool_percent);
    get(j, "captures", w.captures);
    get(j, "bytes", w.bytes);
    get(j, "spawns", w.spawns);
    get(j, "opened", w.opened);
    get(j, "agents", w.agents);
    get(j, "panes", w.panes);
    const auto& hits = j.at("hits");
    get(hits, "content_rate", w.hits.content_rate);
    get(hits, "status_rate", w.hits.status_rate);
    get(hits, "unchanged_rate", w.hits.unchanged_rate);
    get(hits, "evictions", w.hits.evictions);
    get(hits, "expiries", w.hits.expiries);
    return w;
  });
}

Result<std::vector<HealthLine>> health_from_json(const ordered_json& j) {
  return guarded<std::vector<HealthLine>>("health", [&] {
    std::vector<HealthLine> lines;
    for (const auto& line : j) {
      HealthLine l;
      get(line, "name", l.name);
      get(line, "value", l.value);
      get(line, "target", l.target);
      get(line, "alert", l.alert);
      get(line, "action", l.action);
      const auto level = line.at("level").get<std::string>();
      l.level = level == "critical" ? Level::kCritical : level == "warned" ? Level::kWarned : Level::kOk;
      lines.push_back(std::move(l));
    }
    return lines;
  });
}

}  // namespace orc
