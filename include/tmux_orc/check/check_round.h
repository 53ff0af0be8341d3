// SPDX-License-Identifier: Apache-2.0
// CheckRound: the one checker. A round over panes: gate on change -> observe -> classify, each pane giving
// exactly one Outcome. Sync mode runs it on an InlineExecutor with one pane a batch; async mode on an
// ArenaExecutor with many: the same code on the same interfaces, so both give the same verdicts.
// Thread-safety: run() by one thread at a time; the collaborators are used from the executor's threads.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/evidence.h"
#include "tmux_orc/base/model.h"
#include "tmux_orc/cache/verdict_cache.h"
#include "tmux_orc/classify/classifier.h"
#include "tmux_orc/evidence/observer.h"
#include "tmux_orc/evidence/seen_agents.h"
#include "tmux_orc/exec/executor.h"

namespace orc {

struct CheckOptions {
  std::size_t max_batch = 1;     // panes in one batch; 1 is the sync mode's "one capture after the other"
  bool partial_captures = true;  // ask for the lower part of a screen first
};

struct PaneTask {
  const PaneRef* pane = nullptr;
  Observer* observer = nullptr;  // of the pane's server
  std::int64_t listed_s = 0;     // second in which the pane was listed, by its server's clock
  // The round's own: under which gate it is looked at, and what was found out before more was wanted.
  Gate gate = {};
  std::optional<PaneEvidence> partial = {};
  Rows again = Rows::kWhole;  // how much is wanted then
};

struct CheckFigures {
  std::size_t captures = 0;          // screens read, partial ones and repeats included
  std::size_t partial_retries = 0;   // captures that had to be followed by a whole or a styled one
  std::vector<std::size_t> changed;  // tasks whose screen had to be looked at
  std::size_t errors = 0, timeouts = 0;
};

// Receives outcomes in bulk on the thread that called run(), while the round is going on.
using OutcomeSink = std::function<void(std::span<Outcome>)>;

class CheckRound {
 public:
  CheckRound(const Classifier& classifier, VerdictCache& cache, SeenAgents& seen, Executor& executor,
             const Clock& clock, CheckOptions options)
      : classifier_(classifier),
        cache_(cache),
        seen_(seen),
        executor_(executor),
        clock_(clock),
        options_(options) {}

  // Every task gives one outcome, by the deadline; a pane that could not be read gives kFailed or kGone.
  CheckFigures run(std::span<PaneTask> tasks, Deadline deadline, const OutcomeSink& sink);

 private:
  class Worker;
  struct AtomicFigures;
  // Reads the panes; gives back those of which what was captured did not suffice.
  std::vector<std::size_t> read(std::span<PaneTask> tasks, const std::vector<std::size_t>& indexes, Rows rows,
                                Deadline deadline, const OutcomeSink& sink, AtomicFigures& counters);
  std::size_t batch_size(std::size_t panes) const;

  const Classifier& classifier_;
  VerdictCache& cache_;
  SeenAgents& seen_;
  Executor& executor_;
  const Clock& clock_;
  const CheckOptions options_;
};

}  // namespace orc
