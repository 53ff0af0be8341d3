// SPDX-License-Identifier: Apache-2.0
// Where an agent's process writes the log of its session: by its own environment and what it says of itself,
// never by a guess between two. Reads /proc, folders and small heads of files. Thread-safe: no shared state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tmux_orc/witness/claude_session.h"

namespace orc {

struct SessionSeeker {
  std::string agent;
  int pid = 0;
  std::uint64_t started = 0;  // field 22 of /proc/PID/stat
  unsigned pane = 0;
  std::string cwd;    // of the process
  std::string title;  // of the pane: codex writes the thread's name there
  std::string now;    // the file that it was, "" for none: gemini's may stay
};

// "" where none is found, or more than one could be it. The file need not exist yet.
std::string session_log_of(const SessionSeeker& who, const std::string& proc = "/proc");

// ${CLAUDE_CONFIG_DIR:-~/.claude}/sessions/PID.json; "" if that folder is not known.
std::string claude_session_file(const std::string& proc, int pid);

// "pid:[4026531836]": the name space that the process' number is of; `process` may be "self".
std::string pid_space_of(const std::string& proc, const std::string& process);

// When a process began, wall clock, by field 22 of its /proc/PID/stat; to a hundredth of a second.
std::int64_t process_began_ms(std::uint64_t started);

// A process of our user, another than this one, that has the file open to write; 0: none. `guess` is asked
// first.
int writer_of(const std::string& file, int guess = 0, const std::string& proc = "/proc");

// "/srv/shop" -> "-srv-shop", as Claude names a project's folder.
std::string claude_project_name(std::string_view cwd);
// The thread's name in codex' title, in front of the folder's: "⠧ Fix it | shop" -> "Fix it"; "" if it has
// none.
std::string codex_thread_name(std::string_view title);
// The milliseconds since 1970 that a UUID of version 7 begins with; 0: it is none.
std::int64_t uuid_time_ms(std::string_view id);

}  // namespace orc
