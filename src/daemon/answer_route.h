// SPDX-License-Identifier: Apache-2.0
// POST /api/v1/answer: an option of the dialog that a person saw, typed by the monitor. Off unless api.answer
// is on; the pane is compared with what was seen as everywhere (PaneHand), and the answer is logged.
#pragma once

#include <vector>

#include "api_desk.h"
#include "tmux_orc/daemon/state.h"

namespace orc {

std::vector<ApiRoute> answer_routes(const ServiceState& state, ApiDesk& desk);

}  // namespace orc
