#include "tmux_orc/evidence/process_witness.h"

#include <utility>

namespace orc {

void take_processes(ProcessVerdict verdict, PaneEvidence& e) {
  e.processes = verdict.evidence;
  e.agent_pid = verdict.pid;
  e.agent_hint = std::move(verdict.agent);
  e.process_tree = std::move(verdict.tree);
}

void ProcessWitness::add(const Subject& subject, PaneEvidence& evidence) const {
  take_processes(inspect_pane(source_, subject.pid, agents_), evidence);
}

// tmux learns late, or never, how a program ended whose terminal closed before its parent was told.
void ProcessWitness::settle(PaneEvidence& e) const {
  if (e.dead && !e.dead_status) e.dead_status = source_.end_of(e.pid);
}

}  // namespace orc
