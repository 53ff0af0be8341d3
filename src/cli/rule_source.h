// The rules in force: the built-in ones and the user's folder ~/.tmux-orchestrator/agents.
#pragma once

#include <memory>
#include <string>

#include "tmux_orc/classify/classifier.h"

namespace orc::cli {

std::string user_rules_folder();
Result<std::unique_ptr<Classifier>> load_classifier();

}  // namespace orc::cli
