#include "rollup.h"

#include <algorithm>

namespace orc {

void Rollup::add(const RoundDelta& delta) {
  const RoundRecord& record = *delta.record;
  const RoundFigures& r = record.round;
  ++rounds;
  async_rounds += r.mode == "async" ? 1 : 0;
  agents += static_cast<std::int64_t>(r.agents);
  panes += static_cast<std::int64_t>(r.panes);
  captures += static_cast<std::int64_t>(r.captures);
  bytes += static_cast<std::int64_t>(r.bytes);
  spawns += static_cast<std::int64_t>(r.spawns);
  const auto missing = static_cast<std::int64_t>(record.servers - record.reachable);
  errors += std::max<std::int64_t>(0, static_cast<std::int64_t>(r.errors) - missing);
  timeouts += static_cast<std::int64_t>(r.timeouts);
  unreached += missing;
  transitions += static_cast<std::int64_t>(record.transitions);
  if (r.pool.max_size > 0) pool_percent = std::max(pool_percent, 100.0 * r.pool.peak / r.pool.max_size);
  const auto us = static_cast<std::int64_t>(r.phase.total * 1000);
  total_us += us;
  if (us > max_us) {
    max_us = us;
    max_at_ms = record.at_ms;
  }
  const auto sum = [](LayerFigures& to, const LayerFigures& from) {
    to.hits += from.hits;
    to.misses += from.misses;
    to.evictions += from.evictions;
    to.expiries += from.expiries;
  };
  sum(content, delta.content);
  sum(status, delta.status);
  cpu_us += static_cast<std::int64_t>(delta.cpu_s * 1e6);
  wall_ms += static_cast<std::int64_t>(delta.wall_s * 1e3);
  rss_kb = std::max(rss_kb, static_cast<std::int64_t>(record.process.resident_mb * 1024));
  total.add(r.phase.total * 1000);
  list.add(r.phase.list * 1000);
  capture.add(r.phase.capture * 1000);
}

void Rollup::merge(const Rollup& o) {
  rounds += o.rounds;
  async_rounds += o.async_rounds;
  agents += o.agents;
  panes += o.panes;
  captures += o.captures;
  bytes += o.bytes;
  spawns += o.spawns;
  errors += o.errors;
  timeouts += o.timeouts;
  unreached += o.unreached;
  transitions += o.transitions;
  pool_percent = std::max(pool_percent, o.pool_percent);
  total_us += o.total_us;
  if (o.max_us > max_us) {
    max_us = o.max_us;
    max_at_ms = o.max_at_ms;
  }
  for (const auto& [to, from] : {std::pair(&content, &o.content), std::pair(&status, &o.status)}) {
    to->hits += from->hits;
    to->misses += from->misses;
    to->evictions += from->evictions;
    to->expiries += from->expiries;
  }
  cpu_us += o.cpu_us;
  wall_ms += o.wall_ms;
  rss_kb = std::max(rss_kb, o.rss_kb);
  total.merge(o.total);
  list.merge(o.list);
  capture.merge(o.capture);
}

Result<Rollup> read_rollup(const Statement& row, int c) {
  Rollup r;
  for (std::int64_t* field : {&r.rounds, &r.async_rounds, &r.agents, &r.panes, &r.captures, &r.bytes,
                              &r.spawns, &r.errors, &r.timeouts, &r.unreached, &r.transitions}) {
    *field = row.number(c++);
  }
  r.pool_percent = row.real(c++);
  for (std::int64_t* field : {&r.total_us, &r.max_us, &r.max_at_ms}) *field = row.number(c++);
  // Evictions and expiries are kept for both layers together.
  for (std::uint64_t* field : {&r.content.hits, &r.content.misses, &r.status.hits, &r.status.misses,
                               &r.status.evictions, &r.status.expiries}) {
    *field = static_cast<std::uint64_t>(row.number(c++));
  }
  for (std::int64_t* field : {&r.cpu_us, &r.wall_ms, &r.rss_kb}) *field = row.number(c++);
  for (Histogram* h : {&r.total, &r.list, &r.capture}) {
    auto decoded = Histogram::decode(row.bytes(c++));
    if (!decoded) return tl::unexpected(decoded.error());
    *h = std::move(*decoded);
  }
  return r;
}

Result<void> write_rollup(Statement& replace, std::int64_t env, int span, std::int64_t start,
                          const Rollup& r) {
  return replace
      .bind(env, span, start, r.rounds, r.async_rounds, r.agents, r.panes, r.captures, r.bytes, r.spawns,
            r.errors, r.timeouts, r.unreached, r.transitions, r.pool_percent, r.total_us, r.max_us,
            r.max_at_ms, r.content.hits, r.content.misses, r.status.hits, r.status.misses,
            r.content.evictions + r.status.evictions, r.content.expiries + r.status.expiries, r.cpu_us,
            r.wall_ms, r.rss_kb, r.total.encode(), r.list.encode(), r.capture.encode())
      .run();
}

}  // namespace orc
