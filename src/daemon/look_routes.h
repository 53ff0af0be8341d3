// SPDX-License-Identifier: Apache-2.0
// The routes that look at a pane: its screen, and why it has its state. Both through the monitor's own eyes,
// so that they cannot see another thing than its rounds.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api_desk.h"
#include "tmux_orc/daemon/state.h"

namespace orc {

std::vector<ApiRoute> look_routes(const ServiceState& state, ApiDesk& desk);

// A screen as capture-pane gives it, fit to be shown: no control characters, at most 500 rows of 1000
// columns.
std::string presentable_screen(std::string_view text);

}  // namespace orc
