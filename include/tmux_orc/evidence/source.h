// SPDX-License-Identifier: Apache-2.0
// EvidenceSource: one witness. The capture of a pane's screen is the Observer's own; whatever else is known
// of a pane comes through this interface: its processes, the agent's own word ... Thread-safety: all methods
// may be called from many threads at once.
#pragma once

#include <cstdint>

#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/evidence.h"

namespace orc {

// The pane that evidence is wanted of. Known before the pane is listed: a rider's is from the round before.
struct Subject {
  PaneKey key;
  int pid = 0;
};

class EvidenceSource {
 public:
  virtual ~EvidenceSource() = default;

  // A round or a single look begins; what it asks ends by then. `fresh`: nothing that was read earlier may
  // stand for what is now.
  virtual void begin(Deadline /*deadline*/, bool /*fresh*/) {}

  // Becomes another number when add() may say something else of the pane: part of the change gate, so it is
  // asked of every pane in every round and must be cheap. One that never changes means that the pane's next
  // output, or the gate's time to live, brings the next look.
  virtual std::uint64_t stamp(const Subject& /*subject*/) const { return 0; }

  // What it knows, into its own members and no others. Called while tmux works on the capture: `evidence` may
  // hold nothing yet.
  virtual void add(const Subject& subject, PaneEvidence& evidence) const = 0;

  // What hangs on the rest of the evidence, once all of it is there.
  virtual void settle(const Subject& /*subject*/, PaneEvidence& /*evidence*/) const {}
};

}  // namespace orc
