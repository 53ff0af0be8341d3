// Whether a state wants a person: something waits, broke, or stands still until somebody comes. Pure.
#pragma once

#include "tmux_orc/base/model.h"

namespace orc {

constexpr bool needs_person(State state) {
  return state == State::kWaiting || state == State::kCrashed || state == State::kError ||
         state == State::kRateLimited;
}

}  // namespace orc
