#include "rule_source.h"

#include <cstdlib>

namespace orc::cli {

std::string user_rules_folder() {
  const char* home = std::getenv("HOME");
  return home == nullptr ? std::string() : std::string(home) + "/.tmux-orchestrator/agents";
}

Result<std::unique_ptr<Classifier>> load_classifier() {
  auto rules = load_rules(user_rules_folder());
  if (!rules) return tl::unexpected(rules.error());
  return Classifier::build(std::move(*rules));
}

}  // namespace orc::cli
