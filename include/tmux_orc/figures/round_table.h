// SPDX-License-Identifier: Apache-2.0
// The figures of a round, one row each. The history's columns, their sums over an hour or a day, the export,
// the JSON of the API both ways and the plain counters of /metrics come from this table: a new figure is a
// member of RoundFigures (or RoundRecord), where it is measured, and a row here. Constant; thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

#include "tmux_orc/figures/records.h"

namespace orc {

// How one value comes from those of an hour's rounds.
enum class Rolled { kNot, kSum, kMost };

using FigureField = std::variant<std::uint64_t*, int*, double*>;

struct RoundFigure {
  // In `round` and in exports: a whole number, times in us. Empty: not kept.
  std::string_view column = {};
  // In `rollup`; empty: as in `round`.
  std::string_view rolled_column = {};
  Rolled rolled = Rolled::kNot;
  std::int64_t (*value)(const RoundRecord&) = nullptr;  // of the column
  // In the API's round object: "phase_ms.list". Empty: not there.
  std::string_view json = {};
  FigureField (*field)(RoundRecord&) = nullptr;
  // A counter without labels that grows by the column's value; empty: none.
  std::string_view metric = {};
  std::string_view help = {};

  constexpr bool is_kept() const { return !column.empty(); }
  constexpr bool is_rolled() const { return rolled != Rolled::kNot; }
  constexpr std::string_view name_in_rollup() const { return rolled_column.empty() ? column : rolled_column; }
};

// In the order of the history's columns.
std::span<const RoundFigure> round_figures();

}  // namespace orc
