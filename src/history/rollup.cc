// SPDX-License-Identifier: Apache-2.0
#include "rollup.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "tmux_orc/figures/round_table.h"

namespace orc {
namespace {

const std::vector<const RoundFigure*>& rolled() {
  static const std::vector<const RoundFigure*> kRolled = [] {
    std::vector<const RoundFigure*> out;
    for (const RoundFigure& f : round_figures()) {
      if (f.is_rolled()) out.push_back(&f);
    }
    return out;
  }();
  return kRolled;
}

void roll(const RoundFigure& figure, std::int64_t& into, std::int64_t value) {
  if (figure.rolled == Rolled::kMost)
    into = std::max(into, value);
  else
    into += value;
}

// Behind the table's figures.
constexpr const char* kOwnColumns =
    "rounds, wall_ms, max_us, max_at_ms, pool_percent, total_histogram, list_histogram, capture_histogram";
constexpr int kOwnCount = 8;

}  // namespace

Rollup::Rollup() : figures_(rolled().size()) {}

void Rollup::add(const RoundRecord& record, std::int64_t wall) {
  const RoundFigures& r = record.round;
  for (std::size_t i = 0; i < figures_.size(); ++i)
    roll(*rolled()[i], figures_[i], rolled()[i]->value(record));
  ++rounds;
  wall_ms += wall;
  const auto us = static_cast<std::int64_t>(r.phase.total * 1000);
  if (us > max_us) {
    max_us = us;
    max_at_ms = record.at_ms;
  }
  if (r.pool.max_size > 0) pool_percent = std::max(pool_percent, 100.0 * r.pool.peak / r.pool.max_size);
  total.add(r.phase.total * 1000);
  list.add(r.phase.list * 1000);
  capture.add(r.phase.capture * 1000);
}

void Rollup::merge(const Rollup& o) {
  for (std::size_t i = 0; i < figures_.size(); ++i) roll(*rolled()[i], figures_[i], o.figures_[i]);
  rounds += o.rounds;
  wall_ms += o.wall_ms;
  if (o.max_us > max_us) {
    max_us = o.max_us;
    max_at_ms = o.max_at_ms;
  }
  pool_percent = std::max(pool_percent, o.pool_percent);
  total.merge(o.total);
  list.merge(o.list);
  capture.merge(o.capture);
}

std::int64_t Rollup::operator[](std::string_view column) const {
  for (std::size_t i = 0; i < figures_.size(); ++i) {
    if (rolled()[i]->name_in_rollup() == column) return figures_[i];
  }
  assert(!"no figure of this name is rolled");
  return 0;
}

std::string Rollup::columns() {
  std::string out;
  for (const RoundFigure* f : rolled()) out += fmt::format("{}, ", f->name_in_rollup());
  return out + kOwnColumns;
}

std::string Rollup::replace_sql() {
  std::string places;
  for (std::size_t i = 0; i < rolled().size() + kOwnCount; ++i) places += ",?";
  return fmt::format("INSERT OR REPLACE INTO rollup(env, span, start, {}) VALUES(?,?,?{})", columns(),
                     places);
}

Result<Rollup> Rollup::read(const Statement& row, int c) {
  Rollup r;
  for (std::int64_t& figure : r.figures_) figure = row.number(c++);
  for (std::int64_t* field : {&r.rounds, &r.wall_ms, &r.max_us, &r.max_at_ms}) *field = row.number(c++);
  r.pool_percent = row.real(c++);
  for (Histogram* h : {&r.total, &r.list, &r.capture}) {
    ORC_TRY(decoded, Histogram::decode(row.bytes(c++)));
    *h = std::move(*decoded);
  }
  return r;
}

Result<void> Rollup::write(Statement& replace, std::int64_t env, int span, std::int64_t start) const {
  replace.bind(env, span, start);
  int c = 3;
  for (const std::int64_t figure : figures_) replace.put(++c, figure);
  for (const std::int64_t value : {rounds, wall_ms, max_us, max_at_ms}) replace.put(++c, value);
  replace.put(++c, pool_percent);
  for (const Histogram* h : {&total, &list, &capture}) replace.put(++c, h->encode());
  return replace.run();
}

}  // namespace orc
