// SPDX-License-Identifier: Apache-2.0
#include "agent_filter.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>

#include "snapshot_view.h"
#include "tmux_orc/aggregate/aggregator.h"
#include "tmux_orc/base/ask_text.h"
#include "tmux_orc/base/need.h"
#include "tmux_orc/base/state_style.h"
#include "tmux_orc/base/text.h"

namespace orc::cli {
namespace {

bool is_one_of(const std::string& value, const std::vector<std::string>& all) {
  return all.empty() || std::find(all.begin(), all.end(), value) != all.end();
}

std::vector<std::string> state_names() {
  std::vector<std::string> names;
  for (int i = 0; i < kStateCount; ++i) names.emplace_back(to_string(static_cast<State>(i)));
  return names;
}

std::string number_text(const std::optional<std::uint64_t>& number) {
  return number ? std::to_string(*number) : "";
}

using Field = std::string (*)(const AgentStatus&, std::int64_t now_ms);
const std::map<std::string, Field>& fields() {
  static const std::map<std::string, Field> kFields = {
      {"pane", [](const AgentStatus& a, std::int64_t) { return fmt::format("%{}", a.pane.key.pane); }},
      {"target", [](const AgentStatus& a, std::int64_t) { return printable(a.pane.target()); }},
      {"session", [](const AgentStatus& a, std::int64_t) { return printable(a.pane.session); }},
      {"window", [](const AgentStatus& a, std::int64_t) { return printable(a.pane.window_name); }},
      {"server", [](const AgentStatus& a, std::int64_t) { return printable(a.pane.server_name); }},
      {"title", [](const AgentStatus& a, std::int64_t) { return printable(a.pane.facts.title); }},
      {"cwd", [](const AgentStatus& a, std::int64_t) { return printable(a.about.cwd); }},
      {"project", [](const AgentStatus& a, std::int64_t) { return printable(a.about.project); }},
      {"branch", [](const AgentStatus& a, std::int64_t) { return printable(a.about.branch); }},
      {"task", [](const AgentStatus& a, std::int64_t) { return printable(a.about.task); }},
      {"model", [](const AgentStatus& a, std::int64_t) { return printable(a.about.model); }},
      {"context", [](const AgentStatus& a, std::int64_t) { return context_text(a); }},
      {"tokens_in",
       [](const AgentStatus& a, std::int64_t) { return number_text(a.usage.value_or(Usage{}).tokens_in); }},
      {"tokens_out",
       [](const AgentStatus& a, std::int64_t) { return number_text(a.usage.value_or(Usage{}).tokens_out); }},
      {"cost",
       [](const AgentStatus& a, std::int64_t) {
         return a.usage && a.usage->cost_usd ? fmt::format("{:.2f}", *a.usage->cost_usd) : std::string();
       }},
      {"version", [](const AgentStatus& a, std::int64_t) { return printable(a.about.version); }},
      {"role", [](const AgentStatus& a,
                  std::int64_t) { return std::string(a.pane.role == Role::kPm ? "pm" : "agent"); }},
      {"agent", [](const AgentStatus& a, std::int64_t) { return printable(a.verdict.agent); }},
      {"state", [](const AgentStatus& a, std::int64_t) { return std::string(to_string(a.verdict.state)); }},
      {"asks", [](const AgentStatus& a, std::int64_t) { return asks_text(a.verdict); }},
      {"detail", [](const AgentStatus& a, std::int64_t) { return printable(a.verdict.detail); }},
      {"rule", [](const AgentStatus& a, std::int64_t) { return printable(a.verdict.rule); }},
      {"sign",
       [](const AgentStatus& a, std::int64_t) { return std::string(style_of(a.verdict.state).sign); }},
      {"since", [](const AgentStatus& a, std::int64_t now) { return format_duration_ms(now - a.since_ms); }},
      {"since_ms", [](const AgentStatus& a, std::int64_t) { return std::to_string(a.since_ms); }},
  };
  return kFields;
}

}  // namespace

bool AgentFilter::active() const {
  const std::initializer_list<const std::vector<std::string>*> lists = {
      &states, &sessions, &servers, &agents, &projects, &branches, &models};
  return needs || std::any_of(lists.begin(), lists.end(), [](const auto* l) { return !l->empty(); });
}

bool AgentFilter::takes(const AgentStatus& a) const {
  return (!needs || needs_person(a)) && is_one_of(std::string(to_string(a.verdict.state)), states) &&
         is_one_of(a.pane.session, sessions) && is_one_of(a.pane.server_name, servers) &&
         is_one_of(a.verdict.agent, agents) && is_one_of(a.about.project, projects) &&
         is_one_of(a.about.branch, branches) && is_one_of(a.about.model, models);
}

void add_filter_options(CLI::App& command, AgentFilter& filter) {
  const auto list = [&](const char* name, std::vector<std::string>& out, const char* help,
                        const char* type = "NAMES") {
    command.add_option(name, out, help)->delimiter(',')->type_name(type);
  };
  list("--state", filter.states, "only these states, as waiting,idle", "STATES");
  list("--session", filter.sessions, "only these sessions");
  list("--server", filter.servers, "only these servers");
  list("--agent", filter.agents, "only these agents, as claude,codex");
  list("--project", filter.projects, "only who works on these projects");
  list("--branch", filter.branches, "only who works on these git branches");
  list("--model", filter.models, "only who uses these models");
  command.add_flag("--needs", filter.needs, "only who needs a person");
}

Result<std::vector<State>> states_of(const std::vector<std::string>& names) {
  std::vector<State> out;
  for (const std::string& name : names) {
    const auto state = state_from_string(name);
    if (!state) {
      const std::string near = nearest(name, state_names());
      return fail(ErrorKind::kInvalid,
                  fmt::format("there is no state '{}'{}; there are: {}", printable(name),
                              near.empty() ? "" : fmt::format(" (did you mean {}?)", near),
                              fmt::join(state_names(), ", ")));
    }
    out.push_back(*state);
  }
  return out;
}

Result<void> check(const AgentFilter& filter) {
  ORC_TRY(states, states_of(filter.states));
  return {};
}

std::vector<std::size_t> choose(const std::vector<AgentStatus>& agents, const AgentFilter& filter) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < agents.size(); ++i) {
    if (filter.takes(agents[i])) out.push_back(i);
  }
  std::stable_sort(out.begin(), out.end(), [&](std::size_t x, std::size_t y) {
    const AgentStatus &a = agents[x], &b = agents[y];
    if (filter.sort == "need") return attention_rank(a) < attention_rank(b);
    if (filter.sort == "since") return a.since_ms > b.since_ms;
    if (filter.sort == "agent" && a.verdict.agent != b.verdict.agent)
      return a.verdict.agent < b.verdict.agent;
    return place_of(a.pane) < place_of(b.pane);
  });
  return out;
}

Result<std::string> format_agent(const std::string& format, const AgentStatus& agent, std::int64_t now_ms) {
  std::string out;
  for (std::size_t i = 0; i < format.size(); ++i) {
    const char c = format[i], next = i + 1 < format.size() ? format[i + 1] : '\0';
    if (c == '\\' && (next == 't' || next == 'n' || next == '\\')) {
      out += next == 't' ? '\t' : next == 'n' ? '\n' : '\\';
      ++i;
    } else if ((c == '{' || c == '}') && next == c) {
      out += c;
      ++i;
    } else if (c == '{') {
      const std::size_t end = format.find('}', i);
      const std::string name = format.substr(i + 1, end == std::string::npos ? end : end - i - 1);
      const auto field = end == std::string::npos ? fields().end() : fields().find(name);
      if (field == fields().end()) {
        std::vector<std::string> names;
        for (const auto& [known, get] : fields()) names.push_back(known);
        return fail(ErrorKind::kInvalid,
                    fmt::format("--format has no field '{}'; it has: {} ({{{{ is a brace)", printable(name),
                                fmt::join(names, ", ")));
      }
      out += field->second(agent, now_ms);
      i = end;
    } else {
      out += c;
    }
  }
  return out;
}

Result<AgentStatus> agent_named(const Snapshot& snapshot, const std::string& pane,
                                const std::string& server) {
  std::vector<const AgentStatus*> found;
  for (const AgentStatus& a : snapshot.agents) {
    const bool here = server.empty() || a.pane.server_name == server;
    if (here && a.pane.is_called(pane)) found.push_back(&a);
  }
  if (found.size() == 1) return *found.front();
  if (found.empty())
    return fail(ErrorKind::kInvalid, fmt::format("no agent in pane '{}'; `tmux-orc status` lists them (%N or "
                                                 "session:window.pane)",
                                                 printable(pane)));
  std::vector<std::string> names;
  for (const AgentStatus* a : found) names.push_back(printable(a->pane.server_name));
  return fail(ErrorKind::kInvalid,
              fmt::format("{} is a pane of several servers: {}", printable(pane), fmt::join(names, ", ")));
}

}  // namespace orc::cli
