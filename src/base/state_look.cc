#include "tmux_orc/base/state_look.h"

namespace orc {
namespace {

constexpr int kRed = 1, kGreen = 2, kYellow = 3, kMagenta = 5;

// In the order of State.
constexpr StateLook kLooks[kStateCount] = {
    {"◌", "+", kGreen, false, false},   // starting
    {"●", "*", kGreen, false, false},   // working
    {"◆", "?", kYellow, true, false},   // waiting
    {"○", "o", -1, false, false},       // idle
    {"✎", "_", -1, false, false},       // draft
    {"◔", "%", kMagenta, true, false},  // rate_limited
    {"✖", "!", kRed, true, false},      // error
    {"‖", "=", -1, false, false},       // interrupted
    {"·", ".", -1, false, true},        // exited
    {"✖", "X", kRed, true, false},      // crashed
    {"·", ".", -1, false, true},        // not_agent
    {"~", "~", -1, false, true},        // unknown
};

}  // namespace

const StateLook& look_of(State state) {
  const auto index = static_cast<std::size_t>(state);
  return kLooks[index < std::size(kLooks) ? index : static_cast<std::size_t>(State::kUnknown)];
}

bool needs_person(State state) {
  return state == State::kWaiting || state == State::kCrashed || state == State::kError ||
         state == State::kRateLimited;
}

}  // namespace orc
