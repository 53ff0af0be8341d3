// SPDX-License-Identifier: Apache-2.0
// Which versions of agents run in the panes of this machine's servers, for `doctor` and `rules list`: both
// say where rules are older than the agent. Thread-safe: no shared state.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "command.h"
#include "tmux_orc/classify/rules.h"

namespace orc::cli {

// (agent, version), each once; panes whose agent does not say its version are left out, and so are other
// machines'. Empty where no server runs.
std::set<std::pair<std::string, std::string>> running_versions(const Globals& globals,
                                                               const std::vector<AgentRules>& rules);

// A sentence for each that the rules were not proved on.
std::vector<std::string> version_remarks(const std::set<std::pair<std::string, std::string>>& running,
                                         const std::vector<AgentRules>& rules);

}  // namespace orc::cli
