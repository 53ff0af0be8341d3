// SPDX-License-Identifier: Apache-2.0
// ProcessWitness: who runs in the pane, from /proc or another machine's `ps`. Not in the change gate: reading
// every pane's tree in every round would cost more than the captures, and what a shell does when its program
// ends or stops is output. But for a stopped one: the shell tells its end with the next prompt only, so that
// it is there still is the stamp.
#pragma once

#include <atomic>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tmux_orc/base/mutex.h"
#include "tmux_orc/discover/processes.h"
#include "tmux_orc/evidence/source.h"

namespace orc {

class ProcessWitness final : public EvidenceSource {
 public:
  ProcessWitness(const ProcessSource& source, std::vector<AgentProcess> agents)
      : source_(source), agents_(std::move(agents)) {}
  void begin(Deadline deadline, bool fresh) override { source_.begin(deadline, fresh); }
  std::uint64_t stamp(const Subject& subject) const override;
  void add(const Subject& subject, PaneEvidence& evidence) const override;
  void settle(const Subject& subject, PaneEvidence& evidence) const override;

 private:
  const ProcessSource& source_;
  const std::vector<AgentProcess> agents_;
  mutable Mutex mutex_;
  mutable std::unordered_map<int, int> stopped_ ORC_GUARDED_BY(mutex_);  // pane's process -> stopped agent's
  mutable std::atomic<bool> any_stopped_{false};  // mostly none: nobody takes the mutex
};

// What a tree that was read elsewhere says: of a record.
void take_processes(ProcessVerdict verdict, PaneEvidence& evidence);

// Process::started of the agent's process; 0: not known.
std::uint64_t agent_started(const PaneEvidence& evidence);

}  // namespace orc
