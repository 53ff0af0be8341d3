// SPDX-License-Identifier: Apache-2.0
// Which agents a command speaks of, in which order, and how a line of them looks. Pure.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tmux_orc/base/model.h"
#include "tmux_orc/base/result.h"

namespace orc::cli {

struct AgentFilter {
  // Empty: all; of each kind one must fit.
  std::vector<std::string> states, sessions, servers, agents, projects, branches, models;
  bool needs = false;         // only those that need a person
  std::string sort = "need";  // need, since, place, agent

  bool active() const;  // whether anything is left out
  bool takes(const AgentStatus& agent) const;
};

// Adds --state, --session, --server, --agent, --project, --branch, --model and --needs to a command.
void add_filter_options(CLI::App& command, AgentFilter& filter);
// kInvalid, with the nearest name, for a state that there is not.
Result<void> check(const AgentFilter& filter);
Result<std::vector<State>> states_of(const std::vector<std::string>& names);

// Indices of the agents that it takes, in its order.
std::vector<std::size_t> choose(const std::vector<AgentStatus>& agents, const AgentFilter& filter);

// "{pane} {state}", with \t and \n, for each agent. kInvalid for a field that there is not.
Result<std::string> format_agent(const std::string& format, const AgentStatus& agent, std::int64_t now_ms);

// The agent that "%5" or "session:window.pane" names. kInvalid when there is none, or on several servers;
// `server` says on which, "" on any.
Result<AgentStatus> agent_named(const Snapshot& snapshot, const std::string& pane, const std::string& server);

}  // namespace orc::cli
