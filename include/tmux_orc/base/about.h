// SPDX-License-Identifier: Apache-2.0
// What an agent works on, and what it uses of its account: nothing is estimated, what no source said is
// empty. Plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace orc {

struct About {
  std::string cwd;      // of the agent's process; on other machines the pane's, as tmux says it
  std::string project;  // the name of the repository's folder, else of cwd
  std::string branch;   // of git; the short hash where HEAD is detached
  std::string task;     // the agent's own title for what it does
  std::string model;    // as the agent names it
  std::string version;  // of the agent
  friend bool operator==(const About&, const About&) = default;
};

// A window of an account's quota, as the agent says it.
struct Quota {
  std::string name;  // "5h", "week"
  double used_percent = 0;
  std::int64_t resets_at_ms = 0;  // wall clock; 0: not said
  friend bool operator==(const Quota&, const Quota&) = default;
};

// Of one session of an agent, from its start.
struct Usage {
  std::optional<std::uint64_t> tokens_in, tokens_out;  // in: with what came from a cache
  std::optional<double> context_percent;               // used, 0 to 100
  std::optional<double> cost_usd;
  std::vector<Quota> quotas;
  friend bool operator==(const Usage&, const Usage&) = default;
};

}  // namespace orc
