// SPDX-License-Identifier: Apache-2.0
// Whether a state wants a person: something waits, broke, or stands still until somebody comes. Pure.
#pragma once

#include "tmux_orc/base/model.h"

namespace orc {

constexpr bool needs_person(State state) {
  return state == State::kWaiting || state == State::kCrashed || state == State::kError ||
         state == State::kRateLimited;
}

// One that works and gets nowhere wants a person, too.
inline bool needs_person(const AgentStatus& agent) {
  return agent.stuck || needs_person(agent.verdict.state);
}

}  // namespace orc
