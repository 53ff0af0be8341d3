// SPDX-License-Identifier: Apache-2.0
// The verdict queue: a thousand outcomes through it, pushed by one producer and drained in bulk.
#include <benchmark/benchmark.h>

#include <vector>

#include "tmux_orc/base/model.h"
#include "tmux_orc/exec/channel.h"

namespace orc {
namespace {

void channel(benchmark::State& state) {
  std::vector<Outcome> bulk(256);
  for (auto _ : state) {
    Channel<Outcome> queue(1000);
    Channel<Outcome>::Producer producer(queue);
    for (std::size_t i = 0; i < 1000; ++i) producer.push({i, 0, Outcome::Kind::kVerdict, {}, false, {}});
    for (std::size_t left = 1000; left > 0;)
      left -= queue.pop_bulk(bulk.begin(), bulk.size(), std::chrono::milliseconds(1));
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * 1000);
}
BENCHMARK(channel);

}  // namespace
}  // namespace orc
