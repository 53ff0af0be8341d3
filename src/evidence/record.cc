// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/evidence/record.h"

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "tmux_orc/base/secrets.h"
#include "tmux_orc/discover/processes.h"
#include "tmux_orc/evidence/keys.h"
#include "tmux_orc/evidence/process_witness.h"

namespace orc {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

std::optional<std::int64_t> number_field(const json& j, const char* key) {
  const auto found = j.find(key);
  if (found == j.end()) return std::nullopt;
  if (found->is_boolean()) return found->get<bool>() ? 1 : 0;
  if (found->is_number()) {
    const double value = found->get<double>();
    if (!(std::abs(value) < 1e15)) return std::nullopt;
    return static_cast<std::int64_t>(value);
  }
  if (found->is_string()) {
    const auto text = found->get<std::string>();
    char* end = nullptr;
    const long long value = std::strtoll(text.c_str(), &end, 10);
    if (end != text.c_str() && *end == '\0') return value;
  }
  return std::nullopt;
}

int int_field(const json& j, const char* key) { return static_cast<int>(number_field(j, key).value_or(0)); }

Standing standing_field(const json& j) {
  const int n = int_field(j, "standing");
  return n > 0 && n <= static_cast<int>(Standing::kNowhere) ? static_cast<Standing>(n) : Standing::kUnknown;
}

// One overload a type that a member has.
ordered_json written(const std::string& text) { return text; }
ordered_json written(bool value) { return value ? 1 : 0; }
ordered_json written(const std::vector<Process>& tree) {
  ordered_json list = ordered_json::array();
  for (const Process& p : tree) {
    list.push_back({{"depth", p.depth},
                    {"pid", p.pid},
                    {"comm", p.comm},
                    {"args", p.args},
                    {"state", p.state == 0 ? "" : std::string(1, p.state)},
                    {"exe", p.exe},
                    {"standing", static_cast<int>(p.standing)}});
  }
  return list;
}
template <typename T>
requires(std::is_arithmetic_v<T> || std::is_enum_v<T>) ordered_json written(T value) { return value; }
template <typename T>
ordered_json written(const std::optional<T>& value) {
  return value ? written(*value) : ordered_json("");
}

void read(const json& j, const char* key, std::string& text) { text = text_field(j, key); }
void read(const json& j, const char* key, std::vector<Process>& tree) {
  const auto found = j.find(key);
  if (found == j.end() || !found->is_array()) return;
  for (const json& p : *found) {
    if (!p.is_object()) continue;
    const std::string state = text_field(p, "state");
    tree.push_back({int_field(p, "depth"), int_field(p, "pid"), text_field(p, "comm"), text_field(p, "args"),
                    state.empty() ? '\0' : state[0], text_field(p, "exe"), standing_field(p)});
  }
}
template <typename T>
void read(const json& j, const char* key, std::optional<T>& value) {
  if (const auto number = number_field(j, key)) value = static_cast<T>(*number);
}
template <typename T>
requires(std::is_arithmetic_v<T> || std::is_enum_v<T>) void read(const json& j, const char* key, T& value) {
  if (const auto number = number_field(j, key)) value = static_cast<T>(*number);
}

void weigh(const json& j, const std::vector<AgentProcess>& agents, PaneEvidence& e) {
  if (!e.process_tree.empty()) {
    ProcessVerdict verdict = weigh_processes(e.process_tree, agents);
    verdict.tree = std::move(e.process_tree);
    return take_processes(std::move(verdict), e);
  }
  // pane_current_command alone can prove that an agent is in front. It cannot prove that none is there:
  // agents run shells as tools.
  const std::string command = text_field(j, "pane_current_command");
  if (command.empty()) return;
  std::string agent = agent_of_process({0, 0, command, command}, agents);
  if (!agent.empty()) take_processes({ProcessEvidence::kAgent, std::move(agent), 0, {}}, e);
}

}  // namespace

void blank_record(ordered_json& j) {
  if (j.is_string()) j = blank_secrets(j.get<std::string>());
  if (!j.is_structured()) return;
  for (auto& child : j) blank_record(child);
}

std::string text_field(const json& record, const char* key) {
  const auto found = record.find(key);
  return found != record.end() && found->is_string() ? found->get<std::string>() : std::string();
}

ordered_json to_record(const PaneEvidence& evidence) {
  ordered_json j = ordered_json::object();
  for_each_member(evidence, [&](const EvidenceMember& member, const auto& value) {
    if (*member.key != '\0') j[member.key] = written(value);
  });
  j["pane_current_command"] = evidence.process_tree.empty() ? "" : evidence.process_tree.back().comm;
  return j;
}

PaneEvidence from_record(const json& record, const std::vector<AgentProcess>& agents) {
  PaneEvidence e;
  for_each_member(e, [&](const EvidenceMember& member, auto& value) {
    if (*member.key != '\0') read(record, member.key, value);
  });
  weigh(record, agents, e);
  settle_agent(e);
  return e;
}

}  // namespace orc
