// SPDX-License-Identifier: Apache-2.0
// TmuxProgram: which program speaks to a server of this machine. The chosen one, until the server drops it
// without a word: a tmux of 3.5 or older cannot speak to a server of 3.6 or later (the reverse works). Then
// the server's own executable does. Thread-safe.
#pragma once

#include <string>
#include <utility>

#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/mutex.h"
#include "tmux_orc/base/result.h"
#include "tmux_orc/tmux/spawn.h"

namespace orc {

class TmuxProgram {
 public:
  explicit TmuxProgram(std::string chosen) : chosen_(std::move(chosen)), now_(chosen_) {}

  std::string path() const;
  // What does not match, and what is done about it; "" while the chosen one serves.
  std::string remark() const;
  // How a run of `used` ended. True: nothing was done, and path() is another one to try. If there is none,
  // the result says why the server dropped it.
  bool take_other(const std::string& used, Result<ProcessResult>& done, const std::string& socket_path,
                  Deadline deadline);

 private:
  bool take_servers_own(const std::string& socket_path, Deadline deadline);
  bool settle(const std::string& program, std::string remark);

  const std::string chosen_;
  mutable Mutex mutex_;
  std::string now_ ORC_GUARDED_BY(mutex_);
  std::string remark_ ORC_GUARDED_BY(mutex_);
};

// What `program -V` says behind "tmux ", as "3.3a"; "" if it does not run.
std::string version_of_program(const std::string& program, Deadline deadline);

}  // namespace orc
