// SPDX-License-Identifier: Apache-2.0
// How a state looks, for everything that shows one: the terminal, the page and the reports go by this table,
// so that a colour or a sign means the same everywhere. Immutable, so free for all threads.
#pragma once

#include <array>
#include <string_view>

#include "tmux_orc/base/model.h"

namespace orc {

struct StateStyle {
  State state;
  std::string_view sign;   // one column wide; a state is never told by its colour alone
  std::string_view plain;  // the same in ASCII
  std::string_view sgr;    // of the terminal: between "ESC[" and "m"
  // Of the page and the reports, #rrggbb: at least 4.5 to 1 on their light and their dark background.
  std::string_view light, dark;
};

// In the order of attention_rank: who needs a person stands first.
inline constexpr std::array<StateStyle, kStateCount> kStateStyles = {{
    {State::kWaiting, "?", "?", "1;33", "#8a5200", "#ffc145"},
    {State::kCrashed, "✗", "x", "1;31", "#8c1020", "#ff6b70"},
    {State::kError, "!", "!", "1;31", "#c0271b", "#ff8f80"},
    {State::kRateLimited, "◔", "%", "35", "#84249c", "#d9a2ef"},
    {State::kExited, "□", "#", "2", "#55585f", "#a3a8b3"},
    {State::kInterrupted, "‖", "/", "33", "#7a5c24", "#dcb877"},
    {State::kUnknown, "·", ".", "2", "#666a73", "#959ba8"},
    {State::kIdle, "○", "o", "0", "#2b5b9c", "#8db8f0"},
    {State::kDraft, "✎", "~", "36", "#0b6672", "#6fd0dc"},
    {State::kStarting, "◌", ":", "32", "#4a6b12", "#b3d66b"},
    {State::kWorking, "●", "*", "32", "#17693a", "#6fd498"},
    {State::kNotAgent, "-", "-", "2", "#6b6f78", "#8f95a2"},
}};

constexpr const StateStyle& style_of(State state) {
  for (const StateStyle& s : kStateStyles)
    if (s.state == state) return s;
  return kStateStyles[6];  // unknown
}

}  // namespace orc
