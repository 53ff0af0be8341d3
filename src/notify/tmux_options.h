// SPDX-License-Identifier: Apache-2.0
// TmuxOptions: user options in tmux that say how agents are, for the user's own formats (a status line,
// window names, pane borders). At sessions @orc_status, "1 waiting, 2 crashed"; where wanted at panes
// @orc_state, @orc_icon, @orc_since (seconds, as #{t:@orc_since} takes them) and @orc_asks, at windows
// @orc_window_state and @orc_window_icon of the agent there with the greatest need; at the server @orc_at,
// when that was so, renewed every 30 s: what is older is a dead monitor's. Only what changed is set, in one
// command a server; all is unset in the end, and what another monitor left is taken away at the start. For
// one thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tmux_orc/base/cancel.h"
#include "tmux_orc/base/model.h"
#include "tmux_orc/evidence/live_server.h"

namespace orc {

struct TmuxOption {
  std::string scope;   // of set-option: "-p", "-w", "-s", "" for a session
  std::string target;  // "%5", "@3", "$1:"; "" for the server
  std::string name;
  friend auto operator<=>(const TmuxOption&, const TmuxOption&) = default;
};
using TmuxOptionValues = std::map<TmuxOption, std::string>;

// What a server's options are to be. A value has no '#', which formats and styles would take for theirs.
TmuxOptionValues tmux_options_of(const Snapshot& snapshot, const std::string& server, bool panes);

// The words of tmux commands that lead from one to the other, each list at most 100 commands and 8 KB long,
// so that it fits a message. A target that is gone is no error.
std::vector<std::vector<std::string>> set_option_words(const TmuxOptionValues& before,
                                                       const TmuxOptionValues& after);

class TmuxOptions {
 public:
  TmuxOptions(std::vector<std::shared_ptr<LiveServer>> servers, bool panes)
      : servers_(std::move(servers)), panes_(panes) {}

  void show(const Snapshot& snapshot, const Cancel* cancel);
  // Another monitor has them now.
  void forget() { shown_.clear(); }
  // Takes all of them away, as far as that is done by the deadline.
  void clear(Deadline deadline);

 private:
  struct Shown {
    ServerId life = 0;
    std::int64_t at_ms = 0;  // of @orc_at
    TmuxOptionValues values;
  };
  static TmuxOptionValues left_over(const LiveServer& server, const Cancel* cancel);

  const std::vector<std::shared_ptr<LiveServer>> servers_;
  const bool panes_;
  std::map<std::string, Shown> shown_;  // by server
};

}  // namespace orc
