// SPDX-License-Identifier: Apache-2.0
// HistoryReader: questions to the history database, for reports. Reads only; beside a running writer it sees
// what was committed when a question began. Not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tmux_orc/base/model.h"
#include "tmux_orc/base/result.h"
#include "tmux_orc/history/history_store.h"

namespace orc {

// Whole local days, the last one up to now.
struct Period {
  std::string name;  // "day", "week", "month"
  std::int64_t from_ms = 0, to_ms = 0;
  int from_day = 0, to_day = 0;  // 20261124
  int days = 1;
};
Period last_days(const std::string& name, int days, std::int64_t now_ms);

// What rounds amount to: of a day, or of a whole period (a percentile of the merged histograms, no average of
// averages).
struct PerfSummary {
  int day = 0;  // 0: several
  std::int64_t rounds = 0, async_rounds = 0, timeouts = 0, unreached = 0, transitions = 0, evictions = 0,
               expiries = 0;
  double p50_ms = 0, p95_ms = 0, p99_ms = 0, max_ms = 0, mean_ms = 0;
  std::int64_t max_at_ms = 0;
  double list_p50_ms = 0, list_p95_ms = 0, capture_p50_ms = 0, capture_p95_ms = 0;
  double cpu_percent = 0, resident_mb = 0, error_percent = 0, pool_percent = 0;
  double agents = 0, panes = 0, captures = 0, bytes = 0, spawns = 0;  // per round
  double content_rate = -1, status_rate = -1, unchanged_rate = -1;    // -1: nothing was looked at
  std::uint64_t looks = 0;
};

struct SlowRound {
  std::int64_t at_ms = 0, number = 0;
  double total_ms = 0, list_ms = 0, capture_ms = 0;
  std::int64_t captures = 0, spawns = 0, timeouts = 0, unreached = 0;
};

struct AgentTimes {
  std::string server, target, agent;
  bool pm = false;
  std::map<State, std::int64_t> ms, entered, longest_ms;
};

struct Wait {
  std::string server, target, agent;
  std::int64_t from_ms = 0, length_ms = 0;
  bool still = false;  // it was not over when the agent was last seen: that is where length_ms ends
};

// One agent's time in one state, as far as it lies in the period. Where it goes on, up to the last look.
struct Spell {
  std::string server, target, agent;
  State state = State::kUnknown;
  std::int64_t from_ms = 0, to_ms = 0;
};

struct RunRow {
  std::int64_t start_ms = 0, seen_ms = 0, interval_ms = 30'000;
  bool stopped = false;  // in order; else it was killed or still runs
  std::string version;
};

// What agents said that they used. cost_usd: of those that tell it.
struct UsageSum {
  std::string agent, project, model;
  std::uint64_t tokens_in = 0, tokens_out = 0, sessions = 0;
  std::optional<double> cost_usd;
};

// One hour. painting: agents whose screen had to be read, per round; cycle_ms: p95, as health judges it.
struct CapacityPoint {
  double agents = 0, painting = 0, cycle_ms = 0, cpu_percent = 0, resident_mb = 0, rounds = 0, interval_s = 0;
};

class HistoryReader {
 public:
  // kUnavailable: there is no history yet. kProtocol: it is damaged. kInvalid: of a newer program. One of an
  // older program is read as it is.
  static Result<std::unique_ptr<HistoryReader>> open(const std::string& path, const std::string& environment);
  ~HistoryReader();

  Result<std::vector<PerfSummary>> days(const Period& period);
  Result<PerfSummary> whole(const Period& period);
  Result<std::optional<std::int64_t>> oldest_round_ms();  // that is kept by itself
  Result<std::vector<SlowRound>> slowest(const Period& period, int count);
  Result<std::vector<AgentTimes>> agent_times(const Period& period);
  Result<std::vector<Wait>> longest_waits(const Period& period, int count);
  // By server and target, of each the earlier ones first. Spells are what is kept as transitions
  // (history.raw_transitions_days) and what goes on now. `server` and `target`: of this place alone, "" for
  // all.
  Result<void> spells(const Period& period, const std::string& server, const std::string& target,
                      const std::function<void(const Spell&)>& each);
  Result<std::vector<RunRow>> runs(const Period& period);
  // When a monitor ran and did not look, as in suspend: from, to.
  Result<std::vector<std::pair<std::int64_t, std::int64_t>>> gaps(const Period& period);
  Result<std::optional<std::int64_t>> first_run_ms();
  Result<std::map<std::string, std::pair<std::int64_t, std::int64_t>>> notifications(
      const Period& period);                                             // channel -> told, failed
  Result<std::vector<HistoryNotification>> notification_log(int count);  // the newest, oldest first
  // Sums over the whole period by agent, project and model, those with the most tokens first.
  Result<std::vector<UsageSum>> usage(const Period& period);
  Result<std::vector<CapacityPoint>> hours(const Period& period);
  Result<std::optional<std::pair<std::int64_t, std::string>>> baseline();  // when, figures as JSON
  // Rounds and transitions since `since_ms`, oldest first, handed over one by one until `each` says no. Read
  // in pieces with nothing held between them: who reads slowly keeps no writer's WAL from being cut back.
  struct Column {
    std::string_view name;
    bool is_number;
  };
  using ExportRow = std::vector<std::string>;  // one value a column
  using Each = std::function<bool(const ExportRow&)>;
  static const std::vector<Column>& round_columns();
  static const std::vector<Column>& transition_columns();
  Result<void> export_rounds(std::int64_t since_ms, const Each& each);
  Result<void> export_transitions(std::int64_t since_ms, const Each& each);

 private:
  class Impl;
  explicit HistoryReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// SQLite's quick_check over the whole file. kUnavailable: there is no history yet; kProtocol: it is damaged.
Result<void> check_history(const std::string& path);

Result<void> store_baseline(const std::string& path, const std::string& environment, std::int64_t now_ms,
                            const std::string& figures);

}  // namespace orc
