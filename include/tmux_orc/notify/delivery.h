// SPDX-License-Identifier: Apache-2.0
// One delivery over one channel that is not a pane: a command, a webhook, the desktop. Thread-safe: no shared
// state.
#pragma once

#include <string>
#include <vector>

#include "tmux_orc/base/cancel.h"
#include "tmux_orc/base/notify_settings.h"
#include "tmux_orc/base/result.h"
#include "tmux_orc/notify/notify_message.h"
#include "tmux_orc/tmux/server.h"

namespace orc {

// The tmux servers that a desktop channel's clients are attached to.
struct TmuxServers {
  std::vector<ServerAddress> servers;
  std::string tmux_binary;
};

// kUnavailable and kTimeout may be well in a while; other errors will not be.
Result<void> send_once(const TmuxServers& tmux, const NotifyChannel& channel, const OutMessage& message,
                       const Cancel* cancel);

// Runs tmux with these words on one server.
Result<std::string> run_tmux_words(const TmuxServers& tmux, const ServerAddress& server,
                                   const std::vector<std::string>& words, const Cancel* cancel);

}  // namespace orc
