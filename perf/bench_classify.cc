// SPDX-License-Identifier: Apache-2.0
// Time a screen, by agent; with what processes told, and from the text alone (all agents' rules are tried).
#include <benchmark/benchmark.h>

#include "screens.h"

namespace orc {
namespace {

void classify_all(benchmark::State& state, const std::string& agent, bool text_only) {
  const auto classifier = perf::classifier();
  auto screens = perf::screens(*classifier, agent, "120x40");
  if (text_only) {
    for (Screen& s : screens) {
      s.processes = ProcessEvidence::kUnknown;
      s.agent_hint.clear();
    }
  }
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(classifier->classify(screens[i]));
    i = (i + 1) % screens.size();
  }
  state.SetLabel(std::to_string(screens.size()) + " screens of 120x40");
}

// Dialogs only: their verdict, and what is read of them (title, subject, options).
void classify_waiting(benchmark::State& state, const std::string& agent) {
  const auto classifier = perf::classifier();
  std::vector<Screen> screens;
  for (Screen& s : perf::screens(*classifier, agent, "120x40")) {
    if (classifier->classify(s).verdict.state == State::kWaiting) screens.push_back(std::move(s));
  }
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(classifier->classify(screens[i]));
    i = (i + 1) % screens.size();
  }
  state.SetLabel(std::to_string(screens.size()) + " dialogs of 120x40");
}

BENCHMARK_CAPTURE(classify_all, claude, "claude", false);
BENCHMARK_CAPTURE(classify_all, codex, "codex", false);
BENCHMARK_CAPTURE(classify_all, gemini, "gemini", false);
BENCHMARK_CAPTURE(classify_all, opencode, "opencode", false);
BENCHMARK_CAPTURE(classify_all, pi, "pi", false);
BENCHMARK_CAPTURE(classify_all, qwen, "qwen", false);
BENCHMARK_CAPTURE(classify_all, claude_text_only, "claude", true);
BENCHMARK_CAPTURE(classify_all, codex_text_only, "codex", true);
BENCHMARK_CAPTURE(classify_all, shell_text_only, "shell", true);

BENCHMARK_CAPTURE(classify_waiting, claude, "claude");
BENCHMARK_CAPTURE(classify_waiting, codex, "codex");
BENCHMARK_CAPTURE(classify_waiting, gemini, "gemini");
BENCHMARK_CAPTURE(classify_waiting, opencode, "opencode");
BENCHMARK_CAPTURE(classify_waiting, qwen, "qwen");
BENCHMARK_CAPTURE(classify_waiting, copilot, "copilot");
BENCHMARK_CAPTURE(classify_waiting, cline, "cline");
BENCHMARK_CAPTURE(classify_waiting, droid, "droid");
BENCHMARK_CAPTURE(classify_waiting, omp, "omp");

}  // namespace
}  // namespace orc
