// SPDX-License-Identifier: Apache-2.0
// Usage of a Snapshot's agents: each one's, and the limits that several share. Pure.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tmux_orc/base/model.h"

namespace orc {

// A limit of an account, as its agents tell it: who is parked by it, and who works towards it. Agents count
// as of one account if they are of one kind and name the same end.
struct SharedLimit {
  std::string agent;
  std::string name;                                  // "5h", "week"; "limit" where only a screen tells of it
  std::string phrase;                                // as the screen says it, else ""
  std::int64_t resets_at_ms = 0;                     // 0: not said
  std::optional<double> used_percent;                // the most that one of them says
  std::vector<std::size_t> parked, working, others;  // indices of agents in the Snapshot
};
// Those with somebody parked first, then by their end.
std::vector<SharedLimit> shared_limits(const Snapshot& snapshot);

nlohmann::ordered_json to_json(const Usage& usage);
Usage usage_from_json(const nlohmann::ordered_json& j);  // throws as nlohmann does
// The document of GET /api/v1/usage.
nlohmann::ordered_json usage_json(const Snapshot& snapshot);

}  // namespace orc
