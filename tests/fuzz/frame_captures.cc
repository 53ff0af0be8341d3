// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "entries.h"
#include "require.h"
#include "tmux_orc/capture/framer.h"

namespace orc::fuzz {
namespace {

struct Framed {
  std::string captures;
  std::size_t answered = 0, settled = 0;
  bool ended = false, broken = false;
};

Framed frame(std::span<const CaptureRequest> requests, Framing framing, std::string_view data,
             std::size_t piece) {
  Framed out;
  CaptureFramer framer(
      requests, std::string(kNonce), framing,
      [&](Capture c) {
        ++out.answered;
        // As many lines as rows, whatever came.
        ORC_REQUIRE(std::count(c.text.begin(), c.text.end(), '\n') == c.height - c.first_row);
        out.captures += std::to_string(c.index) + ":" + c.text;
      },
      [&](std::size_t) { ++out.answered; }, [](std::span<const CaptureRequest>) {});
  while (!data.empty()) {
    const std::string_view part = data.substr(0, piece);
    framer.on_output(part);
    data.remove_prefix(part.size());
  }
  framer.settle_failed_capture();
  out.settled = framer.settled();
  out.ended = framer.ended();
  out.broken = framer.broken();
  ORC_REQUIRE(out.settled <= requests.size());
  ORC_REQUIRE(out.answered == out.settled);  // each request once
  return out;
}

}  // namespace

void frame_captures(std::string_view data) {
  static const CaptureRequest requests[] = {{0, 1, 0, 3}, {1, 2, 2, 5}, {2, 3, 0, 1}};
  for (const Framing framing : {Framing::kPlanned, Framing::kHeaders}) {
    const Framed whole = frame(requests, framing, data, data.size() + 1),
                 pieces = frame(requests, framing, data, 3);
    ORC_REQUIRE(whole.captures == pieces.captures);
    ORC_REQUIRE(whole.settled == pieces.settled && whole.ended == pieces.ended &&
                whole.broken == pieces.broken);
    if (framing == Framing::kPlanned && whole.ended) ORC_REQUIRE(whole.settled == std::size(requests));
  }
}

}  // namespace orc::fuzz
