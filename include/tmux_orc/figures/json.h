// SPDX-License-Identifier: Apache-2.0
// Snapshots, transitions and figures as JSON: the forms of the API, of --json and of the status file.
// Strings from panes are made printable. Pure; thread-safe.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tmux_orc/base/model.h"
#include "tmux_orc/base/result.h"
#include "tmux_orc/figures/health.h"
#include "tmux_orc/figures/records.h"

namespace orc {

nlohmann::ordered_json to_json(const Snapshot& snapshot);
nlohmann::ordered_json to_json(const Transition& transition);
nlohmann::ordered_json to_json(const Ask& asks);
nlohmann::ordered_json to_json(const RoundRecord& record);
nlohmann::ordered_json to_json(const Window& window);
nlohmann::ordered_json to_json(const CacheFigures& looks);
nlohmann::ordered_json to_json(const std::vector<HealthLine>& lines);

// The other way, for a reader of our own API. kProtocol for anything that is not of our form.
Result<Ask> ask_from_json(const nlohmann::ordered_json& j);
Result<Snapshot> snapshot_from_json(const nlohmann::ordered_json& j);
Result<Transition> transition_from_json(const nlohmann::ordered_json& j);
Result<Window> window_from_json(const nlohmann::ordered_json& j);
Result<std::vector<HealthLine>> health_from_json(const nlohmann::ordered_json& j);
Result<RoundRecord> record_from_json(const nlohmann::ordered_json& j);

// To thousandths, as figures stand in every JSON of ours.
double rounded(double value);

// One JSON document or line; text that is not UTF-8 is replaced, never thrown at.
std::string dump(const nlohmann::ordered_json& j, int indent = -1);

// A member's text; "" if there is none, or it is no text.
std::string text_member(const nlohmann::ordered_json& j, const char* name);

// Nothing if it is not JSON.
Result<nlohmann::ordered_json> parse_json(std::string_view text);

}  // namespace orc
