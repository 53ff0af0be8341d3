// SPDX-License-Identifier: Apache-2.0
// Jumping: the person's own tmux client is switched to a pane. Thread-safe: no shared state.
#pragma once

#include <string>
#include <vector>

#include "tmux_orc/base/model.h"
#include "tmux_orc/base/result.h"
#include "tmux_orc/tmux/server.h"

namespace orc::tui {

// Where the person sits: from $TMUX, and the client's name if it is known.
struct Seat {
  std::string socket;   // of the tmux server we run in; empty: in none
  std::string session;  // "$3"
  std::string client;   // empty: the one of our session that was used last
};
Seat own_seat(const std::string& client);

struct Jumped {
  std::string client;               // that shows the pane now
  std::string from;                 // the pane that it showed before, "%4"
  std::vector<std::string> attach;  // outside of tmux: the command that shows the pane; nobody shows it yet
};

// kInvalid, with what to do instead, when the pane is on another server or machine than the person;
// kCommand when it is gone; kUnavailable when the server or a client is.
Result<Jumped> jump_to(const ServerAddress& server, const std::string& tmux_binary, PaneId pane,
                       const Seat& seat);

// The pane that the person's client shows; empty outside of tmux.
Result<std::string> shown_pane(const ServerAddress& server, const std::string& tmux_binary, const Seat& seat);

// The address of a server that a snapshot names: one of `servers`, or the local one of that socket name.
Result<ServerAddress> server_named(const std::string& name, const std::vector<ServerAddress>& servers);

}  // namespace orc::tui
