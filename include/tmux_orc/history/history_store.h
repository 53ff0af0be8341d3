// SPDX-License-Identifier: Apache-2.0
// HistoryStore: the history database, written. Every append is one transaction: rounds, transitions, the
// hour's and the day's sums and the agents' times in each state come together or not at all. Not thread-safe;
// several processes may write one file, each with a store of its own.
//
// Tables: see history_schema.cc. Days are local ones, as the machine's time zone has them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tmux_orc/base/model.h"
#include "tmux_orc/base/result.h"
#include "tmux_orc/figures/records.h"
#include "tmux_orc/sqlite/sqlite.h"

namespace orc {

// Between two rounds, at most: after more a monitor that runs did not look, as in suspend or a standstill.
// Two intervals, because a round that hangs may use up the next one's time, and 10 s, the longest a round may
// take.
constexpr std::int64_t longest_gap_ms(double interval_s) {
  return static_cast<std::int64_t>(2000 * interval_s) + 10'000;
}

struct HistorySettings {
  std::string path;
  std::string environment;
  std::string version;
  double check_interval_s = 30;
  int raw_rounds_days = 7, raw_transitions_days = 35, rollup_months = 13;
  double batch_s = 2;  // of the writer: a kill -9 loses no committed round, and at most these
};

// One round as the daemon hands it over.
struct HistoryRound {
  RoundRecord record;
  std::shared_ptr<const Snapshot> snapshot;
  std::int64_t clock_step_ms = 0;  // by which the wall clock was set since the round before
};

struct HistoryNotification {
  std::int64_t at_ms = 0;
  std::string channel, target, text;
  bool delivered = false;
};

// What one session used in one hour, in all: replaces what was said of it before.
struct HistoryUsage {
  std::int64_t hour = 0;      // since 1970
  std::uint64_t session = 0;  // tells sessions apart, no more
  std::string agent, project, model;
  std::uint64_t tokens_in = 0, tokens_out = 0;
  std::optional<double> cost_usd{};
};

class HistoryStore {
 public:
  // Opens or makes the file and notes the start of a run. kProtocol: damaged; kTimeout: locked by another
  // process.
  static Result<std::unique_ptr<HistoryStore>> open(HistorySettings settings, std::int64_t now_ms);
  ~HistoryStore();

  void change_settings(HistorySettings settings);  // path and environment stay

  Result<void> append(std::span<const HistoryRound> rounds);
  Result<void> append_notifications(std::span<const HistoryNotification> notifications);
  Result<void> append_usage(std::span<const HistoryUsage> usage);
  // Drops what is older than the settings say, a bounded piece a call (about 10 ms); true when there is more.
  // Days without a round do not count: neither a clock that jumped ahead nor a machine that was off makes
  // old.
  Result<bool> prune(std::int64_t now_ms);
  // Drops names and words that no row speaks of any more. Reads all transitions: once a day.
  Result<void> drop_unused();
  Result<void> end_run(std::int64_t now_ms);
  Database& database();

 private:
  class Impl;
  explicit HistoryStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace orc
