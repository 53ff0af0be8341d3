// SPDX-License-Identifier: Apache-2.0
// Taking apart what tmux writes: protocol frames, and captures within them.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "protocol.h"
#include "screens.h"
#include "tmux_orc/capture/framer.h"

namespace orc {
namespace {

// 50 whole screens of 120x40, as one batch's output.
struct Output {
  std::vector<CaptureRequest> requests;
  std::string text;
};

Output output() {
  const auto classifier = perf::classifier();
  const auto screens = perf::screens(*classifier, "claude", "120x40");
  Output out;
  for (std::size_t i = 0; i < 50; ++i) {
    out.requests.push_back({i, static_cast<PaneId>(i), 0, 40});
    std::string text = screens[i % screens.size()].text;
    auto lines = std::count(text.begin(), text.end(), '\n');
    for (; lines < 40; ++lines) text += '\n';
    out.text += text;
  }
  out.text += "nonce end\n";
  return out;
}

void frame_captures(benchmark::State& state) {
  const Output out = output();
  for (auto _ : state) benchmark::DoNotOptimize(frame_planned(out.requests, "nonce", out.text));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(out.text.size()));
}
BENCHMARK(frame_captures);

void decode_frames(benchmark::State& state) {
  const Output out = output();
  std::string wire;
  for (std::size_t at = 0; at < out.text.size(); at += 16000) {
    wire += protocol::encode_frame(protocol::Layout::kShortLength, protocol::kWrite,
                                   std::string(4, '\1') + out.text.substr(at, 16000), 1);
  }
  for (auto _ : state) {
    protocol::MessageDecoder decoder(protocol::Layout::kShortLength);
    decoder.feed(wire);
    while (decoder.next()->ready) {
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(wire.size()));
}
BENCHMARK(decode_frames);

}  // namespace
}  // namespace orc
