// SPDX-License-Identifier: Apache-2.0
// HourStrip: which states an agent was in during the last hour, from the changes that were seen. For one
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tmux_orc/base/model.h"

namespace orc::tui {

class HourStrip {
 public:
  // From `at_ms` on it was in this state; nothing: it was not there. May come in any order.
  void note(std::int64_t at_ms, std::optional<State> state, std::int64_t now_ms);
  // The hour before `now_ms` in `count` equal pieces, oldest first: in each the state it was in longest,
  // nothing where that is not known.
  std::vector<std::optional<State>> pieces(std::int64_t now_ms, int count) const;

 private:
  struct Change {
    std::int64_t at_ms;
    std::optional<State> state;
  };
  std::vector<Change> changes_;  // sorted by time; one of them may be older than the hour
};

}  // namespace orc::tui
