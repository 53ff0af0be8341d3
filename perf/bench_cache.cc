// SPDX-License-Identifier: Apache-2.0
// The sharded cache under threads: one lookup and, every eighth time, one put.
#include <benchmark/benchmark.h>

#include <memory>

#include "tmux_orc/cache/sharded_cache.h"

namespace orc {
namespace {

void sharded_cache(benchmark::State& state, std::size_t shards) {
  static std::unique_ptr<ShardedCache<PaneKey, int>> cache;
  if (state.thread_index() == 0) {
    cache = std::make_unique<ShardedCache<PaneKey, int>>(EvictionStrategy::kLru, 2000, std::chrono::hours(1),
                                                         shards);
    for (PaneId i = 0; i < 1000; ++i) cache->put({1, i}, 1, Steady::now());
  }
  const auto now = Steady::now();
  PaneId pane = static_cast<PaneId>(state.thread_index() * 37);
  for (auto _ : state) {
    pane = (pane + 7) % 1000;
    if (pane % 8 == 0) cache->put({1, pane}, 2, now);
    benchmark::DoNotOptimize(cache->get_if({1, pane}, now, [](int) { return true; }));
  }
}
BENCHMARK_CAPTURE(sharded_cache, shards_1, 1)->Threads(1)->Threads(2)->Threads(4);
BENCHMARK_CAPTURE(sharded_cache, shards_16, 16)->Threads(1)->Threads(2)->Threads(4);

}  // namespace
}  // namespace orc
