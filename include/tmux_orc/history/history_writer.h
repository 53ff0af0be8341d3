// SPDX-License-Identifier: Apache-2.0
// HistoryWriter: the history's own thread. Rounds are queued and written in batches, never on the round's
// path. A database that is locked, full or read-only keeps them waiting (500 rounds of 100 agents, then the
// oldest are dropped and counted); a damaged one is set aside and a new one begun; one that was deleted or
// replaced is left for the one at its path. Nothing is lost silently: what is wrong is in problem(), and
// every change of it is told. Thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/mutex.h"
#include "tmux_orc/history/history_store.h"
#include "tmux_orc/sqlite/kept_store.h"

namespace orc {

class HistoryWriter {
 public:
  // What happened to the history, for the log: `well` when it is good news. Called from the writer's thread
  // or from that of add() and stop(), without a lock held.
  using Tell = std::function<void(bool well, const std::string& what)>;

  HistoryWriter(HistorySettings settings, const Clock& clock, Tell tell = {});
  ~HistoryWriter();  // stop()

  void add(HistoryRound round);
  void add(HistoryNotification notification);
  void add(std::vector<HistoryUsage> usage);
  // From the next batch on. Path and environment stay.
  void change_settings(HistorySettings settings);
  // Writes what is queued now, if it can be done in `patience`; what comes later is written as ever.
  void flush(Steady::duration patience);
  // Writes what is queued, for at most about a second, and ends; tells what could not be written.
  void stop();
  // What is wrong with the history; empty when all is well.
  std::string problem() const;
  std::uint64_t written() const;  // rounds that are in the database

 private:
  void run();
  void drain();
  bool write();
  bool is_idle() const;
  Result<void> write_queued();
  Result<void> write_rounds();
  Result<void> write_notifications();
  Result<void> write_usage();
  void take_settings();
  void pop_front() ORC_REQUIRES(mutex_);
  Result<std::unique_ptr<HistoryStore>> open_store();
  void file_changed(FileEvent event, const std::string& name);
  void notice(const std::string& what);
  void note(const Error& error);
  void note_well();
  void tell(bool well, const std::string& what) const;

  HistorySettings settings_;  // the thread's alone, as the store
  const Clock& clock_;
  const Tell tell_;
  std::int64_t run_start_ms_;  // of the process, until a file was opened: that may be long after
  KeptStore<HistoryStore> kept_;
  Steady::time_point prune_due_, drop_due_;
  mutable Mutex mutex_;
  Condition wake_;
  std::deque<HistoryRound> rounds_ ORC_GUARDED_BY(mutex_);
  std::deque<HistoryNotification> notifications_ ORC_GUARDED_BY(mutex_);
  using UsageKey = std::tuple<std::int64_t, std::uint64_t, std::string>;  // hour, session, model
  std::map<UsageKey, HistoryUsage> usage_ ORC_GUARDED_BY(mutex_);
  std::optional<HistorySettings> next_settings_ ORC_GUARDED_BY(mutex_);
  std::string problem_ ORC_GUARDED_BY(mutex_);
  std::string notice_ ORC_GUARDED_BY(mutex_);
  std::size_t queued_ ORC_GUARDED_BY(mutex_) = 0;  // weight of what waits
  std::uint64_t dropped_ ORC_GUARDED_BY(mutex_) = 0;
  std::uint64_t dropped_notifications_ ORC_GUARDED_BY(mutex_) = 0;
  std::uint64_t popped_ ORC_GUARDED_BY(mutex_) = 0;
  std::uint64_t written_ ORC_GUARDED_BY(mutex_) = 0;
  std::uint64_t popped_notifications_ ORC_GUARDED_BY(mutex_) = 0;
  bool stop_ ORC_GUARDED_BY(mutex_) = false;
  bool hurry_ ORC_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace orc
