// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/figures/round_table.h"

#include <algorithm>
#include <iterator>

namespace orc {
namespace {

std::int64_t whole(std::uint64_t value) { return static_cast<std::int64_t>(value); }
std::int64_t us(double ms) { return static_cast<std::int64_t>(ms * 1000); }

// A server that is not reached is counted as an error of its round, but no look at a pane failed.
std::int64_t unreached(const RoundRecord& r) { return whole(r.servers - std::min(r.reachable, r.servers)); }

// What is given out by JSON: a member of the round.
#define ORC_FIELD(member) [](RoundRecord& r) -> FigureField { return &r.round.member; }
// What is kept: an expression of the record `r`.
#define ORC_VALUE(expression) [](const RoundRecord& r) -> std::int64_t { return expression; }

constexpr RoundFigure kFigures[] = {
    {.json = "number", .field = ORC_FIELD(number)},
    {.json = "rollout", .field = ORC_FIELD(rollout)},
    {.column = "async",
     .rolled_column = "async_rounds",
     .rolled = Rolled::kSum,
     .value = ORC_VALUE(r.round.mode == "async")},
    {.json = "async_path.panes", .field = ORC_FIELD(async_path.panes)},
    {.json = "async_path.captures", .field = ORC_FIELD(async_path.captures)},
    {.json = "async_path.ms", .field = ORC_FIELD(async_path.ms)},
    {.json = "sync_path.panes", .field = ORC_FIELD(sync_path.panes)},
    {.json = "sync_path.captures", .field = ORC_FIELD(sync_path.captures)},
    {.json = "sync_path.ms", .field = ORC_FIELD(sync_path.ms)},
    {.column = "agents",
     .rolled = Rolled::kSum,
     .value = ORC_VALUE(whole(r.round.agents)),
     .json = "agents",
     .field = ORC_FIELD(agents)},
    {.column = "panes",
     .rolled = Rolled::kSum,
     .value = ORC_VALUE(whole(r.round.panes)),
     .json = "panes",
     .field = ORC_FIELD(panes),
     .metric = "tmux_orc_looks_total",
     .help = "Looks at panes: each pane once a round."},
    {.column = "captures",
     .rolled = Rolled::kSum,
     .value = ORC_VALUE(whole(r.round.captures)),
     .json = "captures",
     .field = ORC_FIELD(captures),
     .metric = "tmux_orc_captures_total",
     .help = "Screens captured."},
    {.json = "partial_retries", .field = ORC_FIELD(partial_retries)},
    {.column = "bytes",
     .rolled = Rolled::kSum,
     .value = ORC_VALUE(whole(r.round.bytes)),
     .json = "bytes",
     .field = ORC_FIELD(bytes),
     .metric = "tmux_orc_read_bytes_total",
     .help = "Bytes of tmux output read."},
    {.column = "spawns",
     .rolled = Rolled::kSum,
     .value = ORC_VALUE(whole(r.round.spawns)),
     .json = "spawns",
     .field = ORC_FIELD(spawns),
     .metric = "tmux_orc_spawned_processes_total",
     .help = "Processes started."},
    {.column = "errors",
     .rolled = Rolled::kSum,
     .value = ORC_VALUE(std::max<std::int64_t>(0, whole(r.round.errors) - unreached(r))),
     .json = "errors",
     .field = ORC_FIELD(errors)},
    {.column = "timeouts",
     .rolled = Rolled::kSum,
     .value = ORC_VALUE(whole(r.round.timeouts)),
     .json = "timeouts",
     .field = ORC_FIELD(timeouts)},
    {.column = "unreached", .rolled = Rolled::kSum, .value = unreached},
    {.column = "transitions", .rolled = Rolled::kSum, .value = ORC_VALUE(whole(r.transitions))},
    {.column = "pool_peak",
     .value = ORC_VALUE(r.round.pool.peak),
     .json = "pool.peak",
     .field = ORC_FIELD(pool.peak)},
    {.column = "pool_max",
     .value = ORC_VALUE(r.round.pool.max_size),
     .json = "pool.max_size",
     .field = ORC_FIELD(pool.max_size)},
    {.json = "pool.opened", .field = ORC_FIELD(pool.opened)},
    {.column = "list_us",
     .value = ORC_VALUE(us(r.round.phase.list)),
     .json = "phase_ms.list",
     .field = ORC_FIELD(phase.list)},
    {.column = "capture_us",
     .value = ORC_VALUE(us(r.round.phase.capture)),
     .json = "phase_ms.capture",
     .field = ORC_FIELD(phase.capture)},
    {.column = "aggregate_us",
     .value = ORC_VALUE(us(r.round.phase.aggregate)),
     .json = "phase_ms.aggregate",
     .field = ORC_FIELD(phase.aggregate)},
    {.column = "total_us",
     .rolled = Rolled::kSum,
     .value = ORC_VALUE(us(r.round.phase.total)),
     .json = "phase_ms.total",
     .field = ORC_FIELD(phase.total)},
    {.column = "content_hits",
     .rolled = Rolled::kSum,
     .value = ORC_VALUE(whole(r.round.cache.pane_content.hits)),
     .json = "cache.pane_content.hits",
     .field = ORC_FIELD(cache.pane_content.hits)},
    {.column = "content_misses",
     .rolled = Rolled::kSum,
     .value = ORC_VALUE(whole(r.round.cache.pane_content.misses)),
     .json = "cache.pane_content.misses",
     .field = ORC_FIELD(cache.pane_content.misses)},
    {.column = "status_hits",
     .rolled = Rolled::kSum,
     .value = ORC_VALUE(whole(r.round.cache.agent_status.hits)),
     .json = "cache.agent_status.hits",
     .field = ORC_FIELD(cache.agent_status.hits)},
    {.column = "status_misses",
     .rolled = Rolled::kSum,
     .value = ORC_VALUE(whole(r.round.cache.agent_status.misses)),
     .json = "cache.agent_status.misses",
     .field = ORC_FIELD(cache.agent_status.misses)},
    // Evictions and expiries are kept for both layers together.
    {.column = "evictions",
     .rolled = Rolled::kSum,
     .value = ORC_VALUE(whole(r.round.cache.pane_content.evictions + r.round.cache.agent_status.evictions))},
    {.column = "expiries",
     .rolled = Rolled::kSum,
     .value = ORC_VALUE(whole(r.round.cache.pane_content.expiries + r.round.cache.agent_status.expiries))},
    {.json = "cache.pane_content.evictions", .field = ORC_FIELD(cache.pane_content.evictions)},
    {.json = "cache.pane_content.expiries", .field = ORC_FIELD(cache.pane_content.expiries)},
    {.json = "cache.pane_content.entries", .field = ORC_FIELD(cache.pane_content.entries)},
    // That layer's own, too: the rate of unchanged screens counts what was forgotten of these alone.
    {.column = "status_evictions",
     .rolled = Rolled::kSum,
     .value = ORC_VALUE(whole(r.round.cache.agent_status.evictions)),
     .json = "cache.agent_status.evictions",
     .field = ORC_FIELD(cache.agent_status.evictions)},
    {.column = "status_expiries",
     .rolled = Rolled::kSum,
     .value = ORC_VALUE(whole(r.round.cache.agent_status.expiries)),
     .json = "cache.agent_status.expiries",
     .field = ORC_FIELD(cache.agent_status.expiries)},
    {.json = "cache.agent_status.entries", .field = ORC_FIELD(cache.agent_status.entries)},
    {.column = "cpu_us",
     .rolled = Rolled::kSum,
     .value = ORC_VALUE(static_cast<std::int64_t>(r.process.cpu_s * 1e6))},
    {.column = "rss_kb",
     .rolled = Rolled::kMost,
     .value = ORC_VALUE(static_cast<std::int64_t>(r.process.resident_mb * 1024))},
};

#undef ORC_FIELD
#undef ORC_VALUE

}  // namespace

std::span<const RoundFigure> round_figures() { return kFigures; }

}  // namespace orc
