// SPDX-License-Identifier: Apache-2.0
// The API's routes: requests to the daemon's state, or to its loop. Thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api_desk.h"
#include "tmux_orc/api/logins.h"
#include "tmux_orc/api/router.h"
#include "tmux_orc/base/mutex.h"
#include "tmux_orc/daemon/state.h"

namespace orc {

// What a request may ask the loop to do; taken at its next turn. Thread-safe.
struct LoopRequests {
  // `wake`: something may have changed, a pulse should look; `wake_early`: the screen may show it a little
  // later.
  std::atomic<bool> round{false}, wake{false}, wake_early{false}, reload{false}, clear_cache{false};

  // Somebody has seen these panes: "%5", a session, "session:window.pane", or "" for all.
  void add_seen(std::string target) {
    MutexLock lock(mutex_);
    if (seen_.size() < kMostSeen) seen_.push_back(std::move(target));
  }
  std::vector<std::string> take_seen() {
    MutexLock lock(mutex_);
    return std::exchange(seen_, {});
  }

 private:
  static constexpr std::size_t kMostSeen = 1000;
  Mutex mutex_;
  std::vector<std::string> seen_ ORC_GUARDED_BY(mutex_);
};

// `wake` makes the loop look at its requests.
Router make_routes(const ServiceState& state, LoopRequests& requests, std::function<void()> wake,
                   ApiDesk& desk, const std::shared_ptr<Logins>& logins);

}  // namespace orc
