// ProcessWitness: who runs in the pane, from /proc or another machine's `ps`. Not in the change gate: reading
// every pane's tree in every round would cost more than the captures, and what a shell does when its program
// ends or stops is output.
#pragma once

#include <vector>

#include "tmux_orc/discover/processes.h"
#include "tmux_orc/evidence/source.h"

namespace orc {

class ProcessWitness final : public EvidenceSource {
 public:
  ProcessWitness(const ProcessSource& source, std::vector<AgentProcess> agents)
      : source_(source), agents_(std::move(agents)) {}
  void begin(Deadline deadline, bool fresh) override { source_.begin(deadline, fresh); }
  void add(const Subject& subject, PaneEvidence& evidence) const override;
  void settle(const Subject& subject, PaneEvidence& evidence) const override;

 private:
  const ProcessSource& source_;
  const std::vector<AgentProcess> agents_;
};

// What a tree that was read elsewhere says: of a record.
void take_processes(ProcessVerdict verdict, PaneEvidence& evidence);

// Process::started of the agent's process; 0: not known.
std::uint64_t agent_started(const PaneEvidence& evidence);

}  // namespace orc
