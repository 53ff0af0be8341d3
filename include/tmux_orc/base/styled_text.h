// SPDX-License-Identifier: Apache-2.0
// What `capture-pane -e` gives: a screen with the sequences that colour it. Pure, thread-safe; any bytes will
// do.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace orc {

// As capture-pane gives it without -e: the sequences out, and the blanks that they kept at a line's end.
std::string without_styles(std::string_view text);

// Is what stands at column `x` of row `y`, and behind it in that row, drawn dim (faint, or grey) as agents
// draw what they suggest, or in full as they draw what was typed? Nothing where there is no text, and where
// its colour tells neither. The cell at `x` itself counts only where it is all there is: agents draw their
// cursor on it.
std::optional<bool> is_dim_from(std::string_view styled, int x, int y);

}  // namespace orc
