// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/evidence/process_witness.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace orc {
namespace {

constexpr std::size_t kMostStopped = 10000;

}  // namespace

void take_processes(ProcessVerdict verdict, PaneEvidence& e) {
  e.processes = verdict.evidence;
  e.program = std::move(verdict.program);
  e.agent_pid = verdict.pid;
  if (verdict.age_s) e.agent_age_s = verdict.age_s;
  e.headless = verdict.headless;
  e.agent_hint = std::move(verdict.agent);
  e.process_tree = std::move(verdict.tree);
}

std::uint64_t ProcessWitness::stamp(const Subject& subject) const {
  if (!any_stopped_) return 0;
  int agent = 0;
  {
    MutexLock lock(mutex_);
    const auto found = stopped_.find(subject.pid);
    if (found == stopped_.end()) return 0;
    agent = found->second;
  }
  return source_.is_gone(agent) ? 2 : 1;
}

void ProcessWitness::add(const Subject& subject, PaneEvidence& evidence) const {
  take_processes(inspect_pane(source_, subject.pid, agents_), evidence);
  const bool stopped = evidence.processes == ProcessEvidence::kSuspended;
  if (!stopped && !any_stopped_) return;
  MutexLock lock(mutex_);
  if (stopped_.size() > kMostStopped) stopped_.clear();  // those of panes that are gone
  if (stopped)
    stopped_[subject.pid] = evidence.agent_pid;
  else
    stopped_.erase(subject.pid);
  any_stopped_ = !stopped_.empty();
}

// tmux learns late, or never, how a program ended whose terminal closed before its parent was told.
void ProcessWitness::settle(const Subject& /*subject*/, PaneEvidence& e) const {
  if (e.dead && !e.dead_status) e.dead_status = source_.end_of(e.pid);
}

std::uint64_t agent_started(const PaneEvidence& evidence) {
  const auto agent = std::find_if(evidence.process_tree.begin(), evidence.process_tree.end(),
                                  [&](const Process& p) { return p.pid == evidence.agent_pid; });
  return agent == evidence.process_tree.end() ? 0 : agent->started;
}

}  // namespace orc
