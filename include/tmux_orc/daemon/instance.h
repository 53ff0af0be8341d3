// SPDX-License-Identifier: Apache-2.0
// Instance: one running monitor an environment, guarded by a lock on a file that the kernel drops with the
// process, so that no stale file can fool anyone. Thread-safety: free functions are thread-safe; InstanceLock
// is not.
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "tmux_orc/base/result.h"
#include "tmux_orc/base/unique_fd.h"
#include "tmux_orc/config/paths.h"

namespace orc {

class InstanceLock {
 public:
  // kUnavailable with the pid of the one that runs already.
  static Result<InstanceLock> acquire(const Paths& paths);

  // False when the file at the lock's path is gone or another one: whoever starts now does not see this lock.
  // May be called from any thread.
  bool is_in_place() const;

 private:
  InstanceLock(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  UniqueFd fd_;
  std::string path_;
};

// pid of the instance that holds the environment's lock; 0 if none runs.
int running_instance(const Paths& paths);
// Whether one holds it, without waiting for its pid.
bool instance_runs(const Paths& paths);

// Asks it to end (SIGTERM) and waits until it is gone; after `patience` it is killed. kUnavailable if none
// runs.
struct Stopped {
  int pid = 0;
  bool killed = false;  // it did not end by itself
};
Result<Stopped> stop_instance(const Paths& paths, std::chrono::milliseconds patience);

}  // namespace orc
