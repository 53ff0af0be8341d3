// SeenAgents: the memory of panes in which an agent was alive. It tells "exited" from "never was one".
// Thread-safe.
#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "tmux_orc/base/model.h"
#include "tmux_orc/base/mutex.h"

namespace orc {

class SeenAgents {
 public:
  void remember(const PaneKey& pane, const Verdict& verdict);
  void restore(const PaneKey& pane, std::string agent);
  std::string agent(const PaneKey& pane) const;  // "" if none was seen
  // Forgets the panes of the listed servers that are not alive.
  void keep_only(const std::unordered_set<PaneKey>& alive, const std::vector<ServerId>& listed);

 private:
  mutable Mutex mutex_;
  std::unordered_map<PaneKey, std::string> seen_ ORC_GUARDED_BY(mutex_);
};

}  // namespace orc
