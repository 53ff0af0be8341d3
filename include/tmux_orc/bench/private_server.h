// SPDX-License-Identifier: Apache-2.0
// PrivateServer: a tmux server of our own on a socket in a new folder, for the benchmark. A guardian process
// ends the server and removes the folder when this object goes or this process dies, however it dies.
// Not thread-safe. Create it before starting threads: it forks.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tmux_orc/base/result.h"
#include "tmux_orc/base/unique_fd.h"
#include "tmux_orc/tmux/server.h"

namespace orc {

struct PaneScript {
  std::string agent, state, how;  // as for __replay
  unsigned seed = 0;
};

// The commands that start `panes` on a server, spread over sessions of `per_session`. Two pieces, because the
// first also starts the server.
struct StartPlan {
  std::vector<std::string> first;                // words after "tmux -S SOCKET -f FILE"
  std::vector<std::vector<std::string>> others;  // commands for source-file
};
StartPlan plan_panes(const std::vector<PaneScript>& panes, int cols, int rows, int per_session,
                     const std::string& program);

class PrivateServer {
 public:
  static Result<PrivateServer> create(const std::string& tmux);
  PrivateServer(PrivateServer&&) noexcept;
  PrivateServer& operator=(PrivateServer&&) = delete;
  ~PrivateServer();

  // Starts the panes; `progress` hears how many are started.
  Result<void> start(const std::vector<PaneScript>& panes, int cols, int rows,
                     const std::function<void(std::size_t)>& progress);
  ServerAddress address() const { return {"private", folder_ + "/socket"}; }
  Result<int> pid() const;
  // Removed with the server.
  const std::string& folder() const { return folder_; }

 private:
  PrivateServer(std::string tmux, std::string folder, UniqueFd leash, int guardian)
      : tmux_(std::move(tmux)), folder_(std::move(folder)), leash_(std::move(leash)), guardian_(guardian) {}

  std::string tmux_, folder_;
  UniqueFd leash_;  // the guardian acts when this end closes
  int guardian_ = -1;
};

}  // namespace orc
