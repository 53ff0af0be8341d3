// SPDX-License-Identifier: Apache-2.0
// Agents' own settings, which their users write: hooks are in it once they were put in, putting them in twice
// is once, none is left when they were taken out, and the rest says what it said.
#include <nlohmann/json.hpp>
#include <string>

#include "entries.h"
#include "require.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/hooks/agent_hooks.h"

namespace orc::fuzz {
namespace {

using nlohmann::json;

constexpr const char* kProgram = "/opt/a b/tmux-orc-hook";

// Discarded where it is none for others: a comma behind the last element is understood by us alone.
json said_by(const std::string& text) {
  return trim(text).empty() ? json::object() : json::parse(text, nullptr, false, true);
}

void require_same_but_hooks(const std::string& before, const std::string& after) {
  json old = said_by(before), now = said_by(after);
  if (old.is_discarded()) return;
  ORC_REQUIRE(now.is_object());
  old.erase("hooks");
  now.erase("hooks");
  ORC_REQUIRE(old == now);
}

}  // namespace

void edit_hooks(std::string_view data) {
  const std::string before(data);
  for (const AgentHooks& hooks : agents_with_hooks()) {
    const auto without = without_hooks(hooks, before);
    if (hooks.kind == AgentHooks::Kind::kSettings)
      ORC_REQUIRE(without.has_value() == count_hooks(hooks, before).has_value());
    if (without) ORC_REQUIRE(count_hooks(hooks, *without) == 0u);
    const auto with = with_hooks(hooks, before, kProgram);
    if (!with) continue;
    ORC_REQUIRE(count_hooks(hooks, *with) == hooks.events.size());
    ORC_REQUIRE(with_hooks(hooks, *with, kProgram) == *with);
    line_diff(before, *with);
    const auto again = without_hooks(hooks, *with);
    ORC_REQUIRE(again.has_value());
    ORC_REQUIRE(count_hooks(hooks, *again) == 0u);
    if (hooks.kind == AgentHooks::Kind::kFile) continue;
    require_same_but_hooks(before, *with);
    require_same_but_hooks(before, *again);
  }
}

}  // namespace orc::fuzz
