// SPDX-License-Identifier: Apache-2.0
// What Claude Code writes of itself in ${CLAUDE_CONFIG_DIR:-~/.claude}/sessions/PID.json: one line of JSON,
// rewritten in place, removed at exit and left behind by SIGKILL. Only the fields named here are read. Pure;
// thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tmux_orc/base/own_word.h"

namespace orc {

struct ClaudeSession {
  int pid = 0;
  std::string started;    // procStart: field 22 of the writer's /proc/PID/stat
  std::string pid_space;  // "linux:MACHINE:pid:[N]": pids of another one are not ours
  std::string tmux;       // "session:@window.%pane", "" outside of tmux
  std::string status, waiting_for;
  std::string version, cwd, session_id;
  std::int64_t at_ms = 0;  // when the status became what it is
};

// Nothing for what is no whole session file: a read may meet a write.
std::optional<ClaudeSession> parse_claude_session(std::string_view json);

// Who is asked about: from the kernel and tmux.
struct AgentProcessId {
  int pid = 0;
  std::uint64_t started = 0;
  unsigned pane = 0;
  std::string pid_space;  // "pid:[N]", "" if not known
};

// Whether the file is that process' own, now.
bool is_of(const ClaudeSession& session, const AgentProcessId& who);

OwnWord own_word_of(const ClaudeSession& session);

}  // namespace orc
