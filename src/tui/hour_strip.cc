// SPDX-License-Identifier: Apache-2.0
#include "hour_strip.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace orc::tui {
namespace {

constexpr std::int64_t kStripLength_ms = 3'600'000;
constexpr std::size_t kMost = 1024;  // changes: a pane that flips all the time must not grow without bound

}  // namespace

void HourStrip::note(std::int64_t at_ms, std::optional<State> state, std::int64_t now_ms) {
  const auto later = [](std::int64_t at, const Change& c) { return at < c.at_ms; };
  const auto place = std::upper_bound(changes_.begin(), changes_.end(), at_ms, later);
  const bool known = place != changes_.begin() && std::prev(place)->at_ms == at_ms;
  if (known)
    std::prev(place)->state = state;
  else if (place == changes_.begin() || std::prev(place)->state != state)
    changes_.insert(place, {at_ms, state});
  // Of what is older than the hour, only the last change still says something.
  const auto first = std::upper_bound(changes_.begin(), changes_.end(), now_ms - kStripLength_ms, later);
  if (first - changes_.begin() > 1) changes_.erase(changes_.begin(), std::prev(first));
  if (changes_.size() > kMost) changes_.erase(changes_.begin());
}

std::vector<std::optional<State>> HourStrip::pieces(std::int64_t now_ms, int count) const {
  std::vector<std::optional<State>> out(static_cast<std::size_t>(std::max(count, 0)));
  const std::int64_t start = now_ms - kStripLength_ms;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto n = static_cast<std::int64_t>(out.size()), k = static_cast<std::int64_t>(i);
    const std::int64_t from = start + kStripLength_ms * k / n, to = start + kStripLength_ms * (k + 1) / n;
    std::array<std::int64_t, kStateCount> ms{};
    for (std::size_t c = 0; c < changes_.size(); ++c) {
      if (!changes_[c].state) continue;
      const std::int64_t end = c + 1 < changes_.size() ? changes_[c + 1].at_ms : now_ms;
      const std::int64_t length = std::min(end, to) - std::max(changes_[c].at_ms, from);
      if (length > 0) ms[static_cast<std::size_t>(*changes_[c].state)] += length;
    }
    const auto longest = std::max_element(ms.begin(), ms.end());
    if (*longest > 0) out[i] = static_cast<State>(longest - ms.begin());
  }
  return out;
}

}  // namespace orc::tui
