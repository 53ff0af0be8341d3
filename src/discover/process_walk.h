// SPDX-License-Identifier: Apache-2.0
// The walk through a pane's processes, whatever they are read from. Pure; thread-safe.
#pragma once

#include <cstddef>
#include <vector>

#include "tmux_orc/base/model.h"

namespace orc {

inline bool has_ended(const Process& p) { return p.state == 'Z' || p.state == 'X'; }

// Not whom the user deals with in this pane: a running process on the terminal without owning it, or on none.
// A stopped one was in front and waits to be taken back there.
inline bool is_in_background(const Process& p) {
  return p.state != 'T' && (p.standing == Standing::kBehind || p.standing == Standing::kNowhere);
}

constexpr int kMaxDepth = 12;
constexpr std::size_t kMaxProcesses = 256;  // a fork bomb in a pane must not stop the round

// Adds the descendants of found[0], breadth first, so that the agent nearest to the pane's own process is met
// first. `is_agent(Process&)` sees each of them and may fill in its state; the walk ends at the first that is
// one and runs in front. What a stopped one, or one on another terminal, started and left running is not whom
// the user deals with; one that has ended (a zombie) has nobody. `add_children(pid, depth)` appends to
// `found`, and says whether it saw them all. Gives whether nothing was left out that may be an agent.
template <typename IsAgent, typename AddChildren>
bool walk_processes(std::vector<Process>& found, IsAgent is_agent, AddChildren add_children) {
  bool complete = true, known = false;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (is_agent(found[i])) {
      if (has_ended(found[i])) continue;
      if (is_in_background(found[i])) continue;
      if (found[i].state != 'T' && found[i].standing != Standing::kApart) return true;
      known = true;
      continue;
    }
    const bool too_many = found[i].depth >= kMaxDepth || found.size() >= kMaxProcesses;
    if (too_many || !add_children(found[i].pid, found[i].depth + 1)) complete = false;
  }
  return complete || known;
}

}  // namespace orc
