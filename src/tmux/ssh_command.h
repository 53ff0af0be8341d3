// SPDX-License-Identifier: Apache-2.0
// The command lines of OpenSSH: pure. Nothing that comes from a pane is ever part of one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tmux_orc/base/result.h"
#include "tmux_orc/tmux/ssh_host.h"

namespace orc::ssh {

// For a POSIX shell on the other side: 'word', with ' as '\''.
std::string quoted(std::string_view word);

// The connection that all others share. Its remote command is `cat`: it ends when we do, and what it echoes
// proves that the other side lives.
std::vector<std::string> master(const SshSettings& settings, const std::string& control_path);

// Runs `command`, words of it quoted for the far shell, over the shared connection.
std::vector<std::string> run(const SshSettings& settings, const std::string& control_path,
                             const std::vector<std::string>& command);

// Lets connections to the local socket end at the far one; `cancel`: no longer.
std::vector<std::string> forward(const SshSettings& settings, const std::string& control_path,
                                 const std::string& local_socket, const std::string& far_socket,
                                 bool cancel = false);

// What a new connection asks first, as a script for `sh -s`; and what it answers: tmux's path and the
// socket's.
std::string facts_script(const SshSettings& settings);
struct Facts {
  std::string tmux, socket;
};
Result<Facts> parse_facts(std::string_view answer);

}  // namespace orc::ssh
