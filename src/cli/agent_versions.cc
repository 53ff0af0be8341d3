// SPDX-License-Identifier: Apache-2.0
#include "agent_versions.h"

#include <algorithm>
#include <chrono>

#include "setup.h"
#include "tmux_orc/classify/proof.h"
#include "tmux_orc/discover/agent_version.h"
#include "tmux_orc/discover/discover.h"
#include "tmux_orc/discover/processes.h"

namespace orc::cli {
namespace {

constexpr auto kPatience = std::chrono::seconds(2);  // a list of rules must not wait for a server that hangs

void add_versions(const ServerAddress& server, const Plan& plan, const std::vector<AgentProcess>& agents,
                  std::set<std::pair<std::string, std::string>>& out) {
  const SystemClock clock;
  const auto deadline = Steady::now() + kPatience;
  if (!server.host->is_here() || !check_socket(server, deadline)) return;
  ServerLink link(server, plan.options.tmux_binary, plan.options.transport, plan.options.pool, clock);
  if (!link.ensure_ready(deadline)) return;
  const auto listing = Lister(link, plan.options.discover, clock).list(deadline);
  if (!listing) return;
  const ProcSource processes;
  for (const PaneRef& pane : listing->panes) {
    const ProcessVerdict found = inspect_pane(processes, pane.facts.pid, agents);
    if (found.pid == 0) continue;
    if (std::string version = version_of_process(found.pid); !version.empty())
      out.emplace(found.agent, std::move(version));
  }
}

}  // namespace

std::set<std::pair<std::string, std::string>> running_versions(const Globals& globals,
                                                               const std::vector<AgentRules>& rules) {
  std::set<std::pair<std::string, std::string>> out;
  const auto plan = make_setup(globals, {});
  if (!plan) return out;
  std::vector<AgentProcess> agents;
  for (const AgentRules& r : rules) agents.push_back(r.process);
  for (const ServerAddress& server : plan->servers) add_versions(server, *plan, agents, out);
  return out;
}

std::vector<std::string> version_remarks(const std::set<std::pair<std::string, std::string>>& running,
                                         const std::vector<AgentRules>& rules) {
  std::vector<std::string> out;
  for (const auto& [agent, version] : running) {
    const std::string& name = agent;  // clang's analyzer takes a captured binding for uninitialized
    const auto found =
        std::find_if(rules.begin(), rules.end(), [&](const auto& r) { return r.agent == name; });
    if (found == rules.end()) continue;
    if (std::string remark = version_remark(*found, version); !remark.empty())
      out.push_back(std::move(remark));
  }
  return out;
}

}  // namespace orc::cli
