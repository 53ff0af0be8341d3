// SPDX-License-Identifier: Apache-2.0
// The status document for people. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tmux_orc/figures/json.h"

namespace orc::cli {

std::string mode_text(const nlohmann::ordered_json& status);  // "Mode: ..."
std::string monitor_text(
    const nlohmann::ordered_json& status);  // who looked: which monitor, or nobody but us
// A line for each server that the monitor's last round did not reach; "" if all is well.
std::string unreached_text(const nlohmann::ordered_json& status);
// The lines of --detailed below the table. Scripts read three of them: exactly one line begins with each of
// "Pool:", "Cache:" and "Memory:", and "Memory:" is followed by a number of MB. No other line has one of
// these words.
std::string detailed_text(const nlohmann::ordered_json& status, const Snapshot& snapshot,
                          const Window& window);
// Of one kind of agent in the status' `witnesses`: "99.2%", "-" if never both said something; "busy 2, idle
// 1".
std::string agreement_text(const nlohmann::ordered_json& witness);
std::string disagreements_text(const nlohmann::ordered_json& witness);
// The text with "Pool", "Cache" and "Memory" in lower case: for names from outside in --detailed.
std::string without_contract_words(std::string text);
std::string health_table(const std::vector<HealthLine>& lines, bool color);

}  // namespace orc::cli
