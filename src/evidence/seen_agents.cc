#include "tmux_orc/evidence/seen_agents.h"

#include <algorithm>

namespace orc {

void SeenAgents::remember(const PaneKey& pane, const Verdict& verdict) {
  const bool alive =
      !verdict.agent.empty() && verdict.state != State::kExited && verdict.state != State::kCrashed;
  if (alive) restore(pane, verdict.agent);
}

void SeenAgents::restore(const PaneKey& pane, std::string agent) {
  MutexLock lock(mutex_);
  seen_[pane] = std::move(agent);
}

std::string SeenAgents::agent(const PaneKey& pane) const {
  MutexLock lock(mutex_);
  const auto found = seen_.find(pane);
  return found == seen_.end() ? std::string() : found->second;
}

void SeenAgents::keep_only(const std::unordered_set<PaneKey>& alive, const std::vector<ServerId>& listed) {
  MutexLock lock(mutex_);
  std::erase_if(seen_, [&](const auto& entry) {
    const bool was_listed = std::find(listed.begin(), listed.end(), entry.first.server) != listed.end();
    return was_listed && !alive.contains(entry.first);
  });
}

}  // namespace orc
