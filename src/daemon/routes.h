// The API's routes: requests to the daemon's state, or to its loop. Thread-safe.
#pragma once

#include <atomic>
#include <functional>

#include "page_desk.h"
#include "tmux_orc/api/logins.h"
#include "tmux_orc/api/router.h"
#include "tmux_orc/daemon/state.h"

namespace orc {

// What a request may ask the loop to do; taken at its next turn.
struct LoopRequests {
  std::atomic<bool> round{false}, reload{false}, clear_cache{false};
};

// `wake` makes the loop look at its requests.
Router make_routes(const ServiceState& state, LoopRequests& requests, std::function<void()> wake,
                   PageDesk& desk, std::shared_ptr<Logins> logins);

}  // namespace orc
