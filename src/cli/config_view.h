// SPDX-License-Identifier: Apache-2.0
// The lists of the configuration (servers, agents, notifications, actions) as documents in the form of the
// file. The path of a webhook's address is left out: it is a secret more often than not. Pure; thread-safe.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tmux_orc/config/settings.h"

namespace orc::cli {

// {"servers": [...], "agents": {...}, "notifications": {...}, "actions": {...}}
nlohmann::ordered_json sections_json(const Settings& settings);

// A webhook's address without what lets others write there: user, path and query. "https://host/...".
std::string without_secrets(const std::string& url);

// "notifications.pace.idle.debounce" -> "60.0": a row for each value and for each element of a list.
std::vector<std::pair<std::string, std::string>> flat_rows(const std::string& path,
                                                           const nlohmann::ordered_json& value);

}  // namespace orc::cli
