// Which tmux server, and how to reach it. Pure but for the environment and the file system it reads.
#pragma once

#include <string>

#include "tmux_orc/base/result.h"

namespace orc {

struct ServerAddress {
  std::string name;         // for people: "default", "orc-demo", or the name from the configuration
  std::string socket_path;  // absolute path of the server's unix socket
};

// As tmux itself chooses: `socket_path` (-S) wins, then `socket_name` (-L), then $TMUX, then "default"; names
// live in $TMUX_TMPDIR or /tmp, in the folder tmux-UID.
ServerAddress resolve_server(const std::string& socket_name, const std::string& socket_path);

// Whether we may talk to it: a socket that exists and belongs to our uid. Errors say what to do.
Result<void> check_socket(const ServerAddress& server);

// Absolute path of the tmux program ($PATH), or kUnavailable with what to install.
Result<std::string> find_tmux();

// "3.3a" -> 303, "next-3.7" -> 307, anything without a number (a development build) -> 9900.
int version_number(const std::string& version);
inline constexpr int kOldestSupportedVersion = 302;

}  // namespace orc
