// SPDX-License-Identifier: Apache-2.0
// Which tmux server, and how to reach it. Pure but for the environment and the file system it reads.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/result.h"
#include "tmux_orc/tmux/host.h"

namespace orc {

struct ServerAddress {
  std::string name;         // for people: "default", "orc-demo", or the name from the configuration
  std::string socket_path;  // absolute path of the server's unix socket; empty if it is on another machine
  std::shared_ptr<Host> host = this_host();  // the machine it is on; never null

  // Tells servers apart over restarts of the monitor.
  std::string key() const;
  friend bool operator==(const ServerAddress&, const ServerAddress&) = default;
};

// As tmux itself chooses: `socket_path` (-S) wins, then `socket_name` (-L), then $TMUX, then "default"; names
// live in $TMUX_TMPDIR or /tmp, in the folder tmux-UID.
ServerAddress resolve_server(const std::string& socket_name, const std::string& socket_path);

// The folder of tmux's sockets, as tmux itself finds it.
std::string socket_folder();
// The sockets there that are ours, whose names match (as a shell's pattern) and on which a server listens
// now; sorted paths.
std::vector<std::string> find_sockets(const std::string& pattern);
// The server's process, 0 if none listens there.
int server_process(const std::string& socket_path);

// Whether we may talk to it: a socket that exists and belongs to our uid, or a machine that answers. Errors
// say what to do. `deadline` is for a machine that is just being connected to.
Result<void> check_socket(const ServerAddress& server, Deadline deadline);

// Absolute path of the tmux program ($PATH), or kUnavailable with what to install.
Result<std::string> find_tmux();
// The one that is wanted; if none is, find_tmux().
Result<std::string> choose_tmux(const std::string& wanted);

// "3.3a" -> 303, "next-3.7" -> 307, anything without a number (a development build) -> 9900.
int version_number(const std::string& version);
inline constexpr int kOldestSupportedVersion = 302;

}  // namespace orc
