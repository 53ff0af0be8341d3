// SPDX-License-Identifier: Apache-2.0
// ServerCpu: the CPU time of tmux servers on this machine, to the nanosecond. Not thread-safe.
#pragma once

#include <map>

namespace orc {

class ServerCpu {
 public:
  // Seconds that the process used since the last call with its pid; 0 at the first, and where none can be
  // read.
  double since_last(int pid);

 private:
  std::map<int, double> used_;
};

}  // namespace orc
