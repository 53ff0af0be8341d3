// The walk through a pane's processes, whatever they are read from. Pure; thread-safe.
#pragma once

#include <cstddef>
#include <vector>

#include "tmux_orc/base/model.h"

namespace orc {

inline bool has_ended(const Process& p) { return p.state == 'Z' || p.state == 'X'; }

constexpr int kMaxDepth = 12;
constexpr std::size_t kMaxProcesses = 256;  // a fork bomb in a pane must not stop the round

// Adds the descendants of found[0], breadth first, so that the agent nearest to the pane's own process is met
// first. `is_agent(Process&)` sees each of them and may fill in its state; the walk ends at the first that is
// one and runs. What a stopped one started and left running is not whom the user deals with; one that has
// ended (a zombie) has nobody. `add_children(pid, depth)` appends to `found`, and says whether it saw them
// all. Gives whether nothing was left out that may be an agent.
template <typename IsAgent, typename AddChildren>
bool walk_processes(std::vector<Process>& found, IsAgent is_agent, AddChildren add_children) {
  bool complete = true, stopped = false;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (is_agent(found[i])) {
      if (has_ended(found[i])) continue;
      if (found[i].state != 'T') return true;
      stopped = true;
      continue;
    }
    const bool too_many = found[i].depth >= kMaxDepth || found.size() >= kMaxProcesses;
    if (too_many || !add_children(found[i].pid, found[i].depth + 1)) complete = false;
  }
  return complete || stopped;
}

}  // namespace orc
