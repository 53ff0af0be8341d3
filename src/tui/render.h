// SPDX-License-Identifier: Apache-2.0
// The cockpit as a grid of cells: from what a ViewModel holds, and from nothing else. Pure.
#pragma once

#include "columns.h"
#include "grid.h"
#include "view_model.h"

namespace orc::tui {

Grid render(const ViewModel& model, const Look& look);

}  // namespace orc::tui
