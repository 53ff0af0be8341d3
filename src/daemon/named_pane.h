// SPDX-License-Identifier: Apache-2.0
// The pane that a request of the API names, on the server whose eyes see it. Thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "api_desk.h"
#include "tmux_orc/api/router.h"
#include "tmux_orc/daemon/state.h"

namespace orc {

struct NamedPane {
  std::shared_ptr<LiveServer> server;
  PaneId pane = 0;
  std::optional<AgentStatus> told;  // as the last round has it; nothing where no agent is known
};

// `pane` is %N or an agent's session:window.pane, `server` a name, an id, or "" where it is not needed to
// tell. The error is the response.
tl::expected<NamedPane, ApiResponse> find_pane(const ServiceState& state, const Eyes& eyes,
                                               const std::string& pane, const std::string& server);

}  // namespace orc
