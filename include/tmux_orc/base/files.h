// SPDX-License-Identifier: Apache-2.0
// Small file helpers. Thread-safe: no shared state; two writers of one path each leave a whole file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tmux_orc/base/result.h"
#include "tmux_orc/base/unique_fd.h"

namespace orc {

// kUnavailable if there is none, kIo if it cannot be read. Regular files only, of up to `most` bytes: a FIFO
// would be waited for, a device or a huge file read for ever.
inline constexpr std::size_t kMostFileBytes = 64 << 20;
Result<std::string> read_file(const std::string& path, std::size_t most = kMostFileBytes);
// The same of a secret: kInvalid where others than its owner and group may read or write it.
Result<std::string> read_secret_file(const std::string& path, std::size_t most = kMostFileBytes);

// Writes a new file beside `path` and renames it over it, so that a reader or a crash sees the old or the new
// text, never a part. `durable`: flushed to disk before the rename. A symbolic link stays one: its target is
// replaced.
Result<void> write_file_atomically(const std::string& path, std::string_view content, bool durable,
                                   unsigned mode = 0600);

// Waits for a lock on `path`, a file made for that, and holds it until the descriptor is closed. Between
// processes and between threads.
Result<UniqueFd> hold_lock(const std::string& path);

// Which file stands at the path, a link for itself: another process may have put its own there. 0 if none
// does.
std::uint64_t inode_of(const std::string& path);

// Creates the folder and those above it, with 0700; an existing last one must be ours.
Result<void> make_private_folder(const std::string& path);

}  // namespace orc
