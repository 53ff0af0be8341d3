// SPDX-License-Identifier: Apache-2.0
// The routes of the page: its files, the day's waits, logging in; and the list of all routes
// for a person who looks around.
#pragma once

#include <memory>
#include <vector>

#include "api_desk.h"
#include "tmux_orc/api/logins.h"
#include "tmux_orc/api/router.h"
#include "tmux_orc/daemon/state.h"

namespace orc {

std::vector<ApiRoute> page_routes(const ServiceState& state, ApiDesk& desk,
                                  const std::shared_ptr<Logins>& logins);

}  // namespace orc
