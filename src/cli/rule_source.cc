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

struct InForce {
  std::vector<AgentRules> rules;
  Settings settings;
};

// The rules' own faults are told before the configuration's.
Result<InForce> in_force(const Globals& globals) {
  ORC_TRY(paths, paths_of(globals));
  ORC_TRY(rules, load_rules(user_rules_folder()));
  ORC_TRY(settings,
          load_settings(
              globals.config_path, [](const char* name) { return std::getenv(name); }, paths->overlay()));
  ORC_DO(add_processes(*rules, settings->agent_processes));
  return InForce{std::move(*rules), std::move(*settings)};
}

}  // namespace

Result<std::vector<AgentRules>> rules_in_force(const Globals& globals) {
  ORC_TRY(found, in_force(globals));
  return std::move(found->rules);
}

Result<std::unique_ptr<Classifier>> load_classifier(const Globals& globals) {
  ORC_TRY(found, in_force(globals));
  return Classifier::build(std::move(found->rules), {found->settings.starting_s});
}

}  // namespace orc::cli
