// Rollup: the sums of the rounds of an hour or a day, as one row. Plain data and its row's reading and
// writing. Not thread-safe.
#pragma once

#include <cstdint>

#include "tmux_orc/figures/records.h"
#include "tmux_orc/history/histogram.h"
#include "tmux_orc/sqlite/sqlite.h"

namespace orc {

inline constexpr int kHourSpan = 0, kDaySpan = 1;

// What one round adds: its record, and what came since the one before it.
struct RoundDelta {
  const RoundRecord* record = nullptr;
  double cpu_s = 0, wall_s = 0;  // since the round before; 0 for the first of a run
  LayerFigures content, status;  // looks of this round alone
};

struct Rollup {
  std::int64_t rounds = 0, async_rounds = 0, agents = 0, panes = 0, captures = 0, bytes = 0, spawns = 0,
               errors = 0, timeouts = 0, unreached = 0, transitions = 0;
  double pool_percent = 0;  // the most
  std::int64_t total_us = 0, max_us = 0, max_at_ms = 0;
  LayerFigures content, status;
  std::int64_t cpu_us = 0, wall_ms = 0, rss_kb = 0;  // rss: the most
  Histogram total, list, capture;

  void add(const RoundDelta& delta);
  void merge(const Rollup& other);
};

// The row's columns in the order of `rollup`, without its key.
inline constexpr const char* kRollupColumns =
    "rounds, async_rounds, agents, panes, captures, bytes, spawns, errors, timeouts, unreached, transitions, "
    "pool_percent, "
    "total_us, max_us, max_at_ms, content_hits, content_misses, status_hits, status_misses, evictions, "
    "expiries, cpu_us, "
    "wall_ms, rss_kb, total_histogram, list_histogram, capture_histogram";

Result<Rollup> read_rollup(const Statement& row, int first_column);
Result<void> write_rollup(Statement& replace, std::int64_t env, int span, std::int64_t start,
                          const Rollup& r);

}  // namespace orc
