// HistoryWriter: the history's own thread. Rounds are queued and written in batches, never on the round's
// path. A database that is locked, full or read-only keeps them waiting (500 rounds of 100 agents, then the
// oldest are dropped and counted); a damaged one is set aside and a new one begun. Thread-safe.
#pragma once

#include <condition_variable>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/mutex.h"
#include "tmux_orc/publish/history_store.h"

namespace orc {

class HistoryWriter {
 public:
  HistoryWriter(HistorySettings settings, const Clock& clock);
  ~HistoryWriter();  // writes what is queued, for at most a second

  void add(HistoryRound round);
  void add(HistoryNotification notification);
  // What is wrong with the history; empty when all is well.
  std::string problem() const;

 private:
  void run();
  void write();
  Result<void> write_queued();
  Result<void> write_rounds();
  Result<void> write_notifications();
  void pop_front();  // with the mutex held
  void set_aside();
  void note(const Error& error);

  const HistorySettings settings_;
  const Clock& clock_;
  std::unique_ptr<HistoryStore> store_;  // the thread's alone
  std::int64_t prune_due_ms_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<HistoryRound> rounds_;
  std::vector<HistoryNotification> notifications_;
  std::string problem_, aside_;
  std::size_t queued_ = 0;  // weight of what waits
  std::uint64_t dropped_ = 0, popped_ = 0;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace orc
