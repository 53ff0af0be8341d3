// SPDX-License-Identifier: Apache-2.0
// Plan: from configuration, environment and command line to what a Monitor needs. Thread-safe: no shared
// state.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tmux_orc/classify/classifier.h"
#include "tmux_orc/config/paths.h"
#include "tmux_orc/config/settings.h"
#include "tmux_orc/daemon/monitor.h"

namespace orc {

// Flags of the command line that override the configuration.
struct RunFlags {
  bool async = false, sync = false;
  std::optional<std::string> strategy;
  std::optional<double> interval_s;
  std::optional<int> pool_size;
  std::optional<bool> cache;
};

struct PlanRequest {
  std::string config_path;               // --config
  std::string socket_name, socket_path;  // -L, -S: that server only
  RunFlags flags;
  bool emergency = false;  // sync and spawn whatever else says
};

struct Plan {
  Settings settings;
  MonitorOptions options;
  std::vector<ServerAddress> servers;
  std::shared_ptr<const Classifier> classifier;
  std::string mode_reason;     // why sync, when an emergency switch or the configuration says so
  std::string config_problem;  // in an emergency: what is wrong with the configuration, and what is in force
};

// Reads the configuration, the environment's overlay and the user's rules anew. In an emergency none of them
// may stand in the way: what is broken is left out, and `config_problem` says so.
Result<Plan> make_plan(const PlanRequest& request, const Paths& paths);

// The servers alone, without reading any rule: for what must be quick. Also the tmux program.
struct PlannedServers {
  std::vector<ServerAddress> servers;
  std::string tmux_binary;
};
Result<PlannedServers> plan_servers(const PlanRequest& request, const Paths& paths);
// The servers that the request and the settings mean, those that a socket_pattern finds now among them.
// kInvalid when two names are one server.
Result<std::vector<ServerAddress>> choose_servers(const PlanRequest& request, const Settings& settings);
// What tells servers apart now: device and inode where the socket is there, since a link is the same server.
std::string identity_of(const ServerAddress& server);
// Whether the answer of choose_servers() may change by itself.
bool finds_servers(const PlanRequest& request, const Settings& settings);
bool same_servers(const std::vector<ServerAddress>& a, const std::vector<ServerAddress>& b);

// A machine that is connected to as before keeps its connection.
void keep_connections(const std::vector<ServerAddress>& before, std::vector<ServerAddress>& now);
// That, and the classifier where no rule has changed: then what it judged stands.
void keep_what_is_the_same(const Plan& before, Plan& now);

// How long a round may take: a round that hangs must end before the next is due, and connection_timeout is
// what the user thinks a server may need.
std::chrono::milliseconds round_time(const Settings& settings);

// The same for a monitor's first round: other machines have to be connected to before they can be asked.
std::chrono::milliseconds first_round_time(const Plan& plan);

// "Mode: async", "Mode: async (50% of the panes, the rest sync)" or "Mode: sync (reason)".
std::string mode_line(bool async, double rollout, const std::string& reason);

}  // namespace orc
