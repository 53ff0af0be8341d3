// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/base/model.h"

#include <array>
#include <charconv>

namespace orc {
namespace {
constexpr std::array<std::string_view, kStateCount> kStateNames = {
    "starting", "working",     "waiting", "idle",    "draft",     "rate_limited",
    "error",    "interrupted", "exited",  "crashed", "not_agent", "unknown"};
}  // namespace

std::string_view to_string(State state) { return kStateNames[static_cast<std::size_t>(state)]; }

std::optional<State> state_from_string(std::string_view name) {
  for (std::size_t i = 0; i < kStateNames.size(); ++i) {
    if (kStateNames[i] == name) return static_cast<State>(i);
  }
  return std::nullopt;
}

std::optional<PaneId> pane_number(std::string_view text) {
  PaneId id = 0;
  if (!text.starts_with('%')) return std::nullopt;
  const char* const end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data() + 1, end, id);
  return problem == std::errc() && stop == end ? std::optional(id) : std::nullopt;
}

bool PaneRef::is_called(std::string_view name) const {
  return name == "%" + std::to_string(key.pane) || name == target();
}

}  // namespace orc
