// SPDX-License-Identifier: Apache-2.0
// Rollup: the sums of the rounds of an hour or a day, as one row: what figures/round_table.h rolls, and what
// takes more than a sum. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "histogram.h"
#include "tmux_orc/figures/records.h"
#include "tmux_orc/sqlite/sqlite.h"

namespace orc {

inline constexpr int kHourSpan = 0, kDaySpan = 1;

class Rollup {
 public:
  std::int64_t rounds = 0, wall_ms = 0;
  std::int64_t max_us = 0, max_at_ms = 0;  // the slowest round
  double pool_percent = 0;                 // the most
  Histogram total, list, capture;

  Rollup();
  // `wall_ms`: since the round before; 0 for the first of a run and after a gap.
  void add(const RoundRecord& record, std::int64_t wall_ms);
  void merge(const Rollup& other);
  // A figure of the table by its name in `rollup`.
  std::int64_t operator[](std::string_view column) const;

  // The row's columns, without its key, and what reads and writes them in that order.
  static std::string columns();
  static Result<Rollup> read(const Statement& row, int first_column);
  Result<void> write(Statement& replace, std::int64_t env, int span, std::int64_t start) const;
  static std::string replace_sql();

 private:
  std::vector<std::int64_t> figures_;  // of the table's rows that are rolled, in its order
};

}  // namespace orc
