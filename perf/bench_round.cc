// SPDX-License-Identifier: Apache-2.0
// A round of 1000 panes whose screens are there at once (no tmux): what classification costs on the round's
// own thread and on the arena.
#include <benchmark/benchmark.h>

#include "screens.h"
#include "tmux_orc/check/check_round.h"
#include "tmux_orc/evidence/process_witness.h"

namespace orc {
namespace {

class InstantReader final : public ScreenReader {
 public:
  explicit InstantReader(std::vector<std::string> texts) : texts_(std::move(texts)) {}
  void read(std::span<const CaptureRequest> requests, Deadline, CaptureSink& sink) override {
    sink.on_sent(requests);
    for (const CaptureRequest& r : requests)
      sink.on_capture({r.index, 0, 40, texts_[r.pane % texts_.size()]});
    sink.commit();
  }

 private:
  const std::vector<std::string> texts_;
};

class ClaudeEverywhere final : public ProcessSource {
 public:
  std::vector<Process> tree(int pid, bool (*)(const Process&, const void*), const void*) const override {
    return {{0, pid, "claude", "claude"}};
  }
  bool has_terminal(int) const override { return true; }
  std::optional<int> end_of(int) const override { return std::nullopt; }
};

void round_of_1000(benchmark::State& state, std::unique_ptr<Executor> (*make)(int), std::size_t batch) {
  const auto classifier = perf::classifier();
  std::vector<std::string> texts;
  for (const Screen& s : perf::screens(*classifier, "claude", "120x40")) texts.push_back(s.text);
  InstantReader reader(std::move(texts));
  const ClaudeEverywhere processes;
  ProcessWitness witness(processes, classifier->processes());
  VerdictCache cache({false, 30, 1000, EvictionStrategy::kTtl});
  const auto executor = make(2);
  const SystemClock clock;
  SeenAgents agents;
  Observer observer(nullptr, reader, {&witness}, agents);
  CheckRound round(*classifier, cache, agents, *executor, clock, {batch, false});
  std::vector<PaneRef> panes(1000);
  std::vector<PaneTask> tasks;
  for (std::size_t i = 0; i < panes.size(); ++i) {
    panes[i].key = {1, static_cast<PaneId>(i)};
    panes[i].facts.height = 40;
    tasks.push_back({&panes[i], &observer, 0});
  }
  for (auto _ : state) {
    std::size_t seen = 0;
    round.run(tasks, Steady::now() + std::chrono::seconds(10),
              [&](std::span<Outcome> o) { seen += o.size(); });
    benchmark::DoNotOptimize(seen);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * 1000);
}

BENCHMARK_CAPTURE(
    round_of_1000, inline, [](int) { return make_inline_executor(); }, 1)
    ->UseRealTime();
BENCHMARK_CAPTURE(round_of_1000, arena_2, make_arena_executor, 64)->UseRealTime();

}  // namespace
}  // namespace orc
