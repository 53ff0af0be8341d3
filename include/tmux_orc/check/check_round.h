// CheckRound: the one checker. A round over panes: gate on change -> capture -> process evidence -> classify,
// each pane giving exactly one Outcome. Sync mode runs it on an InlineExecutor with one pane a batch; async
// mode on an ArenaExecutor with many: the same code on the same interfaces, so both give the same verdicts.
// Thread-safety: run() by one thread at a time; the collaborators are used from the executor's threads.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/model.h"
#include "tmux_orc/base/mutex.h"
#include "tmux_orc/cache/verdict_cache.h"
#include "tmux_orc/capture/reader.h"
#include "tmux_orc/classify/classifier.h"
#include "tmux_orc/discover/processes.h"
#include "tmux_orc/exec/executor.h"

namespace orc {

struct CheckOptions {
  std::size_t max_batch = 1;     // panes in one batch; 1 is the sync mode's "one capture after the other"
  bool partial_captures = true;  // ask for the lower part of a screen first
};

struct PaneTask {
  const PaneRef* pane = nullptr;
  ScreenReader* reader = nullptr;
  const ProcessSource* source = nullptr;    // where the processes of the pane's machine are seen
  std::int64_t listed_s = 0;                // second in which the pane was listed, by its server's clock
  std::optional<Capture> early;             // the screen, where it was captured together with the listing
  std::optional<ProcessVerdict> processes;  // process evidence, where it was read meanwhile
};

struct CheckFigures {
  std::size_t captures = 0;          // screens read, partial ones and repeats included
  std::size_t partial_retries = 0;   // partial captures that had to be followed by a whole one
  std::vector<std::size_t> changed;  // tasks whose screen had to be looked at
  std::size_t errors = 0, timeouts = 0;
};

// Receives outcomes in bulk on the thread that called run(), while the round is going on.
using OutcomeSink = std::function<void(std::span<Outcome>)>;

// What to ask for when a pane is read first: the rows around its cursor, or all of it.
CaptureRequest first_request(std::size_t index, const PaneRef& pane, bool partial);

// Panes in which an agent was alive: needed to tell "exited" from "never was one". Thread-safe.
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
  // Reads the panes; gives back those whose captured part did not suffice.
  std::vector<std::size_t> read(std::span<PaneTask> tasks, const std::vector<std::size_t>& indexes,
                                bool partial, Deadline deadline, const OutcomeSink& sink,
                                AtomicFigures& counters);
  Screen screen_of(const PaneTask& task, Capture capture, const ProcessVerdict& processes) const;
  std::size_t batch_size(std::size_t panes) const;

  const Classifier& classifier_;
  VerdictCache& cache_;
  SeenAgents& seen_;
  Executor& executor_;
  const Clock& clock_;
  const CheckOptions options_;
};

}  // namespace orc
