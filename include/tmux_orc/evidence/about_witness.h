// SPDX-License-Identifier: Apache-2.0
// AboutWitness: tells Abouts which process the pane's agent is. It adds nothing to the evidence: no verdict
// hangs on what an agent works on. Thread-safe.
#pragma once

#include "tmux_orc/about/abouts.h"
#include "tmux_orc/evidence/process_witness.h"
#include "tmux_orc/evidence/source.h"

namespace orc {

class AboutWitness final : public EvidenceSource {
 public:
  // Stands behind the process witness in an observer's list.
  explicit AboutWitness(Abouts& abouts) : abouts_(abouts) {}
  void add(const Subject& subject, PaneEvidence& evidence) const override {
    if (evidence.agent_pid == 0) return;
    abouts_.note(subject.key, {evidence.agent_hint, evidence.agent_pid, agent_started(evidence)});
  }
  void settle(const Subject& subject, PaneEvidence& evidence) const override {
    if (evidence.agent_pid != 0)
      abouts_.note_footer(subject.key, footer_of(evidence.agent_hint, evidence.text));
  }

 private:
  Abouts& abouts_;
};

}  // namespace orc
