// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/evidence/seen_agents.h"

#include <algorithm>
#include <utility>

namespace orc {

const Clock& SeenAgents::system_clock() {
  static const SystemClock clock;
  return clock;
}

void SeenAgents::remember(const PaneKey& pane, const Verdict& verdict) {
  const bool alive =
      !verdict.agent.empty() && verdict.state != State::kExited && verdict.state != State::kCrashed;
  if (alive) restore(pane, verdict.agent);
  const bool hangs_on_motion = alive && (verdict.rule == kNothingKnownRule || verdict.rule == kMovesRule ||
                                         verdict.rule == kStillRule);
  MutexLock lock(mutex_);
  if (hangs_on_motion)
    watched_.try_emplace(pane);
  else
    watched_.erase(pane);
}

bool SeenAgents::is_watched(const PaneKey& pane) const {
  MutexLock lock(mutex_);
  return watched_.contains(pane);
}

Motion SeenAgents::motion_of(const Screen& screen) const {
  const auto since = [&](Steady::time_point at) { return ms_between(at, clock_.steady()) / 1000; };
  if (!screen.print) return Motion::kUnknown;
  if (screen.moved && since(*screen.moved) <= kMoves_s) return Motion::kMoves;
  return since(screen.changed) >= kStill_s ? Motion::kStill : Motion::kUnknown;
}

Motion SeenAgents::look(const PaneKey& pane, std::uint64_t print) const {
  const auto now = clock_.steady();
  MutexLock lock(mutex_);
  const auto found = watched_.find(pane);
  if (found == watched_.end()) return Motion::kUnknown;
  Screen& screen = found->second;
  if (screen.print != print) {
    if (screen.print && ms_between(screen.looked, now) <= kBetweenLooks_s * 1000) screen.moved = now;
    screen.changed = now;
    screen.print = print;
  }
  screen.looked = now;
  return motion_of(screen);
}

std::uint64_t SeenAgents::stamp(const PaneKey& pane) const {
  MutexLock lock(mutex_);
  const auto found = watched_.find(pane);
  if (found == watched_.end()) return 0;
  return 1 + (found->second.print ? 1 + static_cast<std::uint64_t>(motion_of(found->second)) : 0);
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
  const auto is_gone = [&](const auto& entry) {
    const bool was_listed = std::find(listed.begin(), listed.end(), entry.first.server) != listed.end();
    return was_listed && !alive.contains(entry.first);
  };
  std::erase_if(seen_, is_gone);
  std::erase_if(watched_, is_gone);
}

}  // namespace orc
