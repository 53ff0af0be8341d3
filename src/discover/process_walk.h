// The walk through a pane's processes, whatever they are read from. Pure; thread-safe.
#pragma once

#include <cstddef>
#include <vector>

#include "tmux_orc/base/model.h"

namespace orc {

constexpr int kMaxDepth = 12;
constexpr std::size_t kMaxProcesses = 256;  // a fork bomb in a pane must not stop the round

// Adds the descendants of found[0], breadth first, so that the agent nearest to the pane's own process is met
// first. `is_agent(Process&)` sees each of them and may fill in its state; the walk ends at the first that is
// one and runs. What a stopped one started and left running is not whom the user deals with.
// `add_children(pid, depth)` appends to `found`.
template <typename IsAgent, typename AddChildren>
void walk_processes(std::vector<Process>& found, IsAgent is_agent, AddChildren add_children) {
  for (std::size_t i = 0; i < found.size() && found.size() < kMaxProcesses; ++i) {
    if (is_agent(found[i])) {
      if (found[i].state == 'T') continue;
      return;
    }
    if (found[i].depth < kMaxDepth) add_children(found[i].pid, found[i].depth + 1);
  }
}

}  // namespace orc
