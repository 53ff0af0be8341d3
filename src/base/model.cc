#include "tmux_orc/base/model.h"

#include <array>

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

}  // namespace orc
