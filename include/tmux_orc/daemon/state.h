// SPDX-License-Identifier: Apache-2.0
// ServiceState: what the API's thread may see of the daemon while its loop works. Thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tmux_orc/aggregate/aggregator.h"
#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/mutex.h"
#include "tmux_orc/config/paths.h"
#include "tmux_orc/config/settings.h"
#include "tmux_orc/figures/json.h"
#include "tmux_orc/figures/records.h"
#include "tmux_orc/figures/witnesses.h"
#include "tmux_orc/metrics/metrics.h"

namespace orc {

// Facts that change by a reload or a round; copied as a whole.
struct ServiceFacts {
  Settings settings;
  bool async = true;
  std::string mode_reason;
  std::string config_problem;         // why the last reload was refused; empty when all is well
  std::string active;                 // the active environment, as last read
  std::vector<std::string> problems;  // history, log, status file ...: each a line
};

// The variables that change settings, as this process was given them. A shell may have others by now.
nlohmann::ordered_json own_variables();

// What agents' hooks said since the start.
struct HookCounts {
  std::atomic<std::uint64_t> heard{0};
  std::atomic<std::uint64_t> refused{0};  // of another user, or nothing that a hook says
  std::atomic<std::int64_t> last_ms{0};   // wall clock, of the last that was heard
};

class ServiceState {
 public:
  ServiceState(Paths paths, std::string version, std::int64_t started_ms)
      : metrics(version.substr(0, version.find('\n')), paths.environment, started_ms),
        paths_(std::move(paths)),
        version_(std::move(version)),
        started_ms_(started_ms) {}

  SnapshotBoard board;
  RecentRounds recent;
  Metrics metrics;
  WitnessLedger witnesses;
  HookCounts hooks;
  // Monotonic: survives steps of the wall clock. Before the first round its age is that of the daemon.
  std::atomic<std::int64_t> last_round_steady_ms{steady_ms(Steady::now())};

  // The wall clock was set by so much: the daemon is as old as it was.
  void clock_was_set(std::int64_t step_ms) { started_ms_ += step_ms; }

  void set(ServiceFacts facts) {
    MutexLock lock(mutex_);
    facts_ = std::move(facts);
  }
  ServiceFacts facts() const {
    MutexLock lock(mutex_);
    return facts_;
  }

  // Rounds that health and status judge by: ten minutes of them, 20 at least.
  std::vector<RoundRecord> window_records(double check_interval_s) const;
  std::vector<HealthLine> health() const;
  // Everything `status`, `health` and `perf` show. `agents` false: of the agents the first twenty only.
  nlohmann::ordered_json status_json(bool agents) const;
  // The same with all agents, as text.
  std::string status_text() const;
  // The latest snapshot as JSON text, written once however many ask; null before the first round.
  std::shared_ptr<const std::string> snapshot_text() const;
  const Paths& paths() const { return paths_; }

 private:
  nlohmann::ordered_json status_head() const;  // all but the snapshot

  const Paths paths_;
  const std::string version_;
  std::atomic<std::int64_t> started_ms_;
  mutable Mutex mutex_;
  ServiceFacts facts_ ORC_GUARDED_BY(mutex_);
  mutable std::weak_ptr<const Snapshot> written_ ORC_GUARDED_BY(mutex_);
  mutable std::shared_ptr<const std::string> text_ ORC_GUARDED_BY(mutex_);  // of `written_`
};

}  // namespace orc
