// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/daemon/memory_file.h"

#include <fmt/format.h>

#include <cstdint>
#include <exception>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tmux_orc/base/files.h"
#include "tmux_orc/base/text.h"

namespace orc {
namespace {

using Json = nlohmann::ordered_json;

// A form of its own, whatever the API shows: raw names, and numbers that tell lives apart. 1 was the API's.
constexpr int kVersion = 2;

// visit(name, value) for each of a pane's values that is remembered: one list for both ways.
template <typename Remembered, typename Visit>
void each_value(Remembered& p, Visit&& visit) {
  auto& pane = p.status.pane;
  visit("life", pane.key.server);
  visit("pane", pane.key.pane);
  visit("server", pane.server_name);
  visit("session", pane.session);
  visit("session_id", pane.session_id);
  visit("window", pane.facts.window);
  visit("window_name", pane.window_name);
  visit("window_index", pane.window_index);
  visit("pane_index", pane.pane_index);
  visit("pid", pane.facts.pid);
  visit("title", pane.facts.title);
  visit("agent_option", pane.agent_option);
  visit("role", pane.role);
  auto& verdict = p.status.verdict;
  visit("agent", verdict.agent);
  visit("state", verdict.state);
  visit("detail", verdict.detail);
  visit("rule", verdict.rule);
  visit("confidence", verdict.confidence);
  visit("reset_phrase", verdict.reset_phrase);
  visit("note", verdict.note);
  visit("since_ms", p.status.since_ms);
  visit("since_exact", p.status.since_exact);
  visit("resets_at_ms", p.status.resets_at_ms);
  visit("last_seen", p.status.last_seen);
  visit("done", p.status.done);
  visit("is_agent", p.is_agent);
  visit("seen_agent", p.seen_agent);
  visit("limits", p.limits);
  visit("worked_ms", p.worked_ms);
  visit("seen_ms", p.seen_ms);
  visit("still_s", p.stillness.still_s);
  visit("still_looks", p.stillness.known);
}

template <typename T>
Json to_value(const T& value) {
  return value;
}
Json to_value(const State& state) { return to_string(state); }
Json to_value(const Role& role) { return role == Role::kPm ? "pm" : "agent"; }
Json to_value(const std::optional<AgentStatus::LastSeen>& last) {
  return last ? Json{{"state", to_string(last->state)}, {"at_ms", last->at_ms}} : Json();
}
Json to_value(const std::vector<KnownLimit>& limits) {
  Json j = Json::array();
  for (const KnownLimit& l : limits) j.push_back({{"phrase", l.phrase}, {"resets_at_ms", l.resets_at_ms}});
  return j;
}

template <typename T>
void from_value(const Json& j, T& value) {
  j.get_to(value);
}
void from_value(const Json& j, State& state) {
  state = state_from_string(j.get<std::string>()).value_or(State::kUnknown);
}
void from_value(const Json& j, Role& role) { role = j == "pm" ? Role::kPm : Role::kAgent; }
void from_value(const Json& j, std::optional<AgentStatus::LastSeen>& last) {
  if (!j.is_object()) return;
  last = AgentStatus::LastSeen{};  // clang takes no emplace() of a nested class with initializers
  from_value(j.at("state"), last->state);
  from_value(j.at("at_ms"), last->at_ms);
}
void from_value(const Json& j, std::vector<KnownLimit>& limits) {
  for (const Json& l : j)
    limits.push_back({l.at("phrase").get<std::string>(), l.at("resets_at_ms").get<std::int64_t>()});
}

// Tells one boot of the machine from another; "" where it cannot be told.
std::string boot_id() {
  const auto text = read_file("/proc/sys/kernel/random/boot_id", 1 << 10);
  return text ? std::string(trim(*text)) : "";
}

Json to_json(const MonitorMemory& memory) {
  Json j = {{"version", kVersion}, {"lives", Json::object()}, {"panes", Json::array()}};
  j["clock"] = {
      {"boot", boot_id()}, {"wall_ms", memory.clock.wall_ms}, {"uptime_ms", memory.clock.uptime_ms}};
  for (const auto& [socket, life] : memory.lives) j["lives"][socket] = life;
  for (const RememberedPane& p : memory.panes) {
    if (!p.is_agent && p.seen_agent.empty()) continue;  // never an agent: nothing to remember
    Json pane = Json::object();
    each_value(p, [&](const char* name, const auto& value) { pane[name] = to_value(value); });
    j["panes"].push_back(std::move(pane));
  }
  return j;
}

}  // namespace

Result<void> save_memory(const std::string& path, const MonitorMemory& memory) {
  const std::string text = to_json(memory).dump(-1, ' ', false, Json::error_handler_t::replace);
  return write_file_atomically(path, text + "\n", false);
}

Result<MonitorMemory> load_memory(const std::string& path) {
  const auto text = read_file(path);
  if (!text) {
    if (text.error().kind == ErrorKind::kUnavailable) return MonitorMemory{};
    return tl::unexpected(text.error());
  }
  MonitorMemory memory;
  try {
    const auto j = Json::parse(*text);
    if (j.at("version") != kVersion) throw std::runtime_error("it is of another version");
    // The time since another boot says nothing.
    if (const auto clock = j.find("clock"); clock != j.end() && clock->value("boot", "") == boot_id())
      memory.clock = {clock->value("wall_ms", std::int64_t{0}), clock->value("uptime_ms", std::int64_t{0})};
    for (const auto& [socket, life] : j.at("lives").items()) memory.lives[socket] = life.get<ServerId>();
    for (const Json& pane : j.at("panes")) {
      RememberedPane p;
      each_value(p, [&](const char* name, auto& value) {
        if (pane.contains(name)) from_value(pane.at(name), value);  // an older version may lack it
      });
      p.is_of_earlier_run = true;
      memory.panes.push_back(std::move(p));
    }
  } catch (const std::exception& e) {
    return fail(ErrorKind::kProtocol,
                fmt::format("{} cannot be understood ({}); starting without it", path, e.what()));
  }
  return memory;
}

}  // namespace orc
