// SPDX-License-Identifier: Apache-2.0
// A rule file of a user: what is refused is told by its place, what is taken is a classifier that judges.
#include "entries.h"
#include "require.h"
#include "tmux_orc/classify/classifier.h"

namespace orc::fuzz {

void read_rules(std::string_view data) {
  auto rules = parse_rules(std::string(data), "f.yaml");
  if (!rules) {
    ORC_REQUIRE(!rules.error().message.empty());
    return;
  }
  ORC_REQUIRE(!rules->agent.empty());
  Screen screen;
  screen.agent_hint = rules->agent;
  screen.width = 40;
  screen.height = 6;
  screen.text = "hello\n─────\n> \n─────\n  esc to interrupt\n\n";
  const auto classifier = Classifier::build({std::move(*rules)});
  if (!classifier) {
    ORC_REQUIRE(!classifier.error().message.empty());
    return;
  }
  ORC_REQUIRE((*classifier)->classify(screen).verdict == (*classifier)->explain(screen).verdict);
}

}  // namespace orc::fuzz
