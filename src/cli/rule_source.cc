// SPDX-License-Identifier: Apache-2.0
#include "rule_source.h"

#include <cstdlib>
#include <utility>

#include "setup.h"
#include "tmux_orc/config/settings.h"

namespace orc::cli {

std::string user_rules_folder() {
  const char* home = std::getenv("HOME");
  return home == nullptr ? std::string() : std::string(home) + "/.tmux-orchestrator/agents";
}

Result<std::vector<AgentRules>> rules_in_force(const Globals& globals) {
  ORC_TRY(paths, paths_of(globals));
  ORC_TRY(rules, load_rules(user_rules_folder()));
  ORC_TRY(settings,
          load_settings(
              globals.config_path, [](const char* name) { return std::getenv(name); }, paths->overlay()));
  ORC_DO(add_processes(*rules, settings->agent_processes));
  return rules;
}

Result<std::unique_ptr<Classifier>> load_classifier(const Globals& globals) {
  ORC_TRY(rules, rules_in_force(globals));
  return Classifier::build(std::move(*rules));
}

}  // namespace orc::cli
