// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/base/notify_settings.h"

#include <algorithm>
#include <iterator>

namespace orc {
namespace {

constexpr std::string_view kConcernNames[kConcernCount] = {
    "crashed", "waiting",    "rate_limited", "error", "idle", "fresh",
    "missing", "escalation", "unreachable",  "stuck", "done"};

}  // namespace

std::string_view to_string(Concern concern) { return kConcernNames[static_cast<int>(concern)]; }

std::string_view to_string(NotifyChannel::Type type) {
  constexpr std::string_view kNames[] = {"pm-pane", "command", "webhook", "desktop", "statusline"};
  static_assert(std::size(kNames) == NotifyChannel::kTypeCount);
  return kNames[static_cast<int>(type)];
}

std::optional<Concern> concern_from_string(std::string_view name) {
  const auto found = std::find(std::begin(kConcernNames), std::end(kConcernNames), name);
  if (found == std::end(kConcernNames)) return std::nullopt;
  return static_cast<Concern>(found - std::begin(kConcernNames));
}

}  // namespace orc
