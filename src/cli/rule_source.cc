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

namespace {

Result<Settings> settings_of(const Globals& globals) {
  ORC_TRY(paths, paths_of(globals));
  return load_settings(
      globals.config_path, [](const char* name) { return std::getenv(name); }, paths->overlay());
}

Result<std::vector<AgentRules>> rules_with(const Settings& settings) {
  ORC_TRY(rules, load_rules(user_rules_folder()));
  ORC_DO(add_processes(*rules, settings.agent_processes));
  return rules;
}

}  // namespace

Result<std::vector<AgentRules>> rules_in_force(const Globals& globals) {
  ORC_TRY(settings, settings_of(globals));
  return rules_with(*settings);
}

Result<std::unique_ptr<Classifier>> load_classifier(const Globals& globals) {
  ORC_TRY(settings, settings_of(globals));
  ORC_TRY(rules, rules_with(*settings));
  return Classifier::build(std::move(*rules), {settings->starting_s});
}

}  // namespace orc::cli
