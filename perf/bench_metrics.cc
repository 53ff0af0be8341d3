// SPDX-License-Identifier: Apache-2.0
// What /metrics costs: a round taken in, and the text for a scrape. Four agents a session, all of them in a
// new state.
#include <benchmark/benchmark.h>

#include "tmux_orc/metrics/metrics.h"

namespace orc {
namespace {

Snapshot agents(std::int64_t count) {
  Snapshot s;
  s.round.mode = "async";
  for (std::int64_t i = 0; i < count; ++i) {
    AgentStatus a;
    a.pane.session = "session-" + std::to_string(i / 4);
    a.verdict = {"claude", static_cast<State>(i % 8), "", "claude/rule", 1};
    s.agents.push_back(std::move(a));
  }
  return s;
}

void take_round(Metrics& metrics, Snapshot& s) {
  ++s.round.number;
  for (AgentStatus& a : s.agents)
    a.verdict.state = static_cast<State>((static_cast<int>(a.verdict.state) + 1) % 8);
  metrics.observe(s, make_record(s, {}));
}

void metrics_observe(benchmark::State& state) {
  Metrics metrics("bench", "blue", 0);
  Snapshot s = agents(state.range(0));
  for (auto _ : state) take_round(metrics, s);
}
BENCHMARK(metrics_observe)->Arg(50)->Arg(1000)->Unit(benchmark::kMicrosecond);

void metrics_text(benchmark::State& state) {
  Metrics metrics("bench", "blue", 0);
  Snapshot s = agents(state.range(0));
  for (int i = 0; i < 8; ++i) take_round(metrics, s);  // every series there can be
  std::size_t bytes = 0;
  for (auto _ : state) bytes = metrics.text(Metrics::Format::kOpenMetrics).size();
  state.counters["bytes"] = static_cast<double>(bytes);
}
BENCHMARK(metrics_text)->Arg(50)->Arg(1000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace orc
