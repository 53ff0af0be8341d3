// SPDX-License-Identifier: Apache-2.0
// A pane's screen as `capture-pane -e` gives it, as rows of styled cells: colours and attributes are read,
// every other sequence is dropped. Pure; thread-safe.
#pragma once

#include <string_view>
#include <vector>

#include "grid.h"

namespace orc::tui {

using CellRow = std::vector<Cell>;

// One row a line. Characters that are not printable are left out; a tab becomes a blank.
std::vector<CellRow> parse_ansi(std::string_view text);

}  // namespace orc::tui
