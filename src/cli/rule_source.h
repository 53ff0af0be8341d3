// SPDX-License-Identifier: Apache-2.0
// The rules in force: the built-in ones, the user's folder ~/.tmux-orchestrator/agents, and the
// configuration's agents.processes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "command.h"
#include "tmux_orc/classify/classifier.h"

namespace orc::cli {

std::string user_rules_folder();
Result<std::vector<AgentRules>> rules_in_force(const Globals& globals);
Result<std::unique_ptr<Classifier>> load_classifier(const Globals& globals);

}  // namespace orc::cli
