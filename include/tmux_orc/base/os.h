// SPDX-License-Identifier: Apache-2.0
// What is asked of Linux beside POSIX; with proc.h, wakeup.h and witness/file_watch.h the places that another
// system would need (docs/architecture.md). Thread-safe: no shared state.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <optional>

#include "tmux_orc/base/unique_fd.h"

namespace orc {

// Who stands at the other end of a unix socket.
struct Peer {
  int pid = 0;
  uid_t uid = 0;
};
std::optional<Peer> peer_of(int socket);

// Names that one process, also once its number is another's, and is readable when it has ended. Empty, with
// errno, if there is none.
UniqueFd process_handle(int pid);
void signal_process(const UniqueFd& handle, int signal);

// Readable when one of the signals came, which are to be blocked.
UniqueFd signal_descriptor(const sigset_t& signals);
// The next of them, 0: none. Waits for nothing.
int next_signal(const UniqueFd& descriptor);

// A lock on the whole of an open file, until that is closed: between processes and between threads, and it
// can be asked for without being taken. False, with errno, where it was not given.
enum class LockBy { kAsking, kWaiting };
bool lock_open_file(int fd, LockBy by);
bool is_locked(int fd);

}  // namespace orc
