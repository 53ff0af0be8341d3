// SPDX-License-Identifier: Apache-2.0
#include "rule_source.h"

#include <cstdlib>

#include "setup.h"
#include "tmux_orc/config/settings.h"

namespace orc::cli {

std::string user_rules_folder() {
  const char* home = std::getenv("HOME");
  return home == nullptr ? std::string() : std::string(home) + "/.tmux-orchestrator/agents";
}

Result<std::vector<AgentRules>> rules_in_force(const Globals& globals) {
  const auto paths = paths_of(globals);
  if (!paths) return tl::unexpected(paths.error());
  auto rules = load_rules(user_rules_folder());
  if (!rules) return rules;
  const auto settings = load_settings(
      globals.config_path, [](const char* name) { return std::getenv(name); }, paths->overlay());
  if (!settings) return tl::unexpected(settings.error());
  if (auto ok = add_processes(*rules, settings->agent_processes); !ok) return tl::unexpected(ok.error());
  return rules;
}

Result<std::unique_ptr<Classifier>> load_classifier(const Globals& globals) {
  auto rules = rules_in_force(globals);
  if (!rules) return tl::unexpected(rules.error());
  return Classifier::build(std::move(*rules));
}

}  // namespace orc::cli
