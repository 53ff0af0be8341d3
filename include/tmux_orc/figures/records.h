// SPDX-License-Identifier: Apache-2.0
// RoundRecord: what one round cost and found, in the form that the perf views, health and history use.
// RecentRounds: the last of them, in memory. Thread-safety: RecentRounds is free for all threads; the rest is
// pure.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "tmux_orc/base/model.h"
#include "tmux_orc/base/mutex.h"

namespace orc {

// Our own process, from getrusage and /proc/self.
struct ProcessFigures {
  double cpu_s = 0;  // user and system time, with ended children: since start, in a record since the last one
  double resident_mb = 0;
  int threads = 0, descriptors = 0;
};
ProcessFigures own_process_figures();

// The same with the CPU time since the last call, for records. For one thread.
class ProcessMeter {
 public:
  ProcessFigures since_last();

 private:
  double cpu_s_ = 0;
};

struct RoundRecord {
  std::int64_t at_ms = 0;  // wall clock at the round's start
  RoundFigures round;
  ProcessFigures process;
  std::size_t transitions = 0, servers = 0, reachable = 0;
  std::map<State, std::size_t> counts;
};
RoundRecord make_record(const Snapshot& snapshot, const ProcessFigures& process);

struct Percentiles {
  double p50 = 0, p95 = 0, p99 = 0, min = 0, max = 0;
};
Percentiles percentiles(std::vector<double> values);  // nearest rank; all 0 when empty

// Hits and lookups of some rounds.
struct HitFigures {
  double content_rate = -1;  // of all looks, how many the change gate answered; -1: none
  double status_rate = -1;   // of the captures, how many had a known text
  // Of the looks at screens that had not changed, how many were answered from the cache. A screen that
  // changed can be in no cache, so an agent at work must not look like a cache that is too small. -1: no such
  // look.
  double unchanged_rate = -1;
  std::uint64_t evictions = 0, expiries = 0;
};
HitFigures hit_figures(const CacheFigures& looks);
// Adds the looks of a round; what is in the cache is that of the later one.
void add_looks(CacheFigures& sum, const CacheFigures& round);

// What a number of rounds amounts to.
struct Window {
  std::size_t rounds = 0;
  double seconds = 0;  // wall time from the first round to the last
  Percentiles cycle_ms, list_ms, capture_ms, aggregate_ms;
  double cpu_percent = -1;  // of one core; -1: fewer than two rounds
  double resident_mb = 0;
  double error_percent = 0;                    // looks at panes that failed or timed out, of all
  double pool_percent = 0;                     // connections at the peak, of those allowed
  double captures = 0, bytes = 0, spawns = 0;  // per round
  std::uint64_t opened = 0;                    // connections, in all
  std::size_t agents = 0, panes = 0;           // last
  HitFigures hits;
};
// -1 where nothing was counted.
double rate(std::uint64_t part, std::uint64_t whole);
Window summarize(const std::vector<RoundRecord>& records);

class RecentRounds {
 public:
  explicit RecentRounds(std::size_t capacity = 720) : capacity_(capacity) {}
  void add(RoundRecord record);
  // The newest `count`, oldest first.
  std::vector<RoundRecord> last(std::size_t count) const;
  CacheFigures looks() const;  // of all rounds ever added

 private:
  const std::size_t capacity_;
  mutable Mutex mutex_;
  std::deque<RoundRecord> records_ ORC_GUARDED_BY(mutex_);
  CacheFigures looks_ ORC_GUARDED_BY(mutex_);
};

}  // namespace orc
