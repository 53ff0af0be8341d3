#include "tmux_orc/capture/reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "tmux_orc/base/text.h"
#include "tmux_orc/capture/framer.h"

namespace orc {

namespace {

// Half of the time for native, so that spawn still has a chance before the deadline.
Deadline attempt_deadline(const Transport& transport, bool first, Deadline deadline) {
  const auto now = Steady::now();
  return transport.name() == "native" && first ? now + (deadline - now) / 2 : deadline;
}

}  // namespace

void TmuxReader::read(std::span<const CaptureRequest> requests, Deadline deadline, CaptureSink& sink) {
  while (!requests.empty()) {
    const auto part = requests.first(std::min(requests.size(), kMaxPanesPerBatch));
    const bool heights_known =
        std::all_of(part.begin(), part.end(), [](const CaptureRequest& r) { return r.height > r.first_row; });
    if (!heights_known || !read_planned(part, deadline, sink)) read_with_headers(part, deadline, sink);
    requests = requests.subspan(part.size());
  }
}

bool TmuxReader::read_planned(std::span<const CaptureRequest> requests, Deadline deadline,
                              CaptureSink& sink) {
  const std::string nonce = random_hex();
  CaptureFramer framer(
      requests, nonce, Framing::kPlanned, [&](Capture c) { sink.on_capture(std::move(c)); },
      [](std::size_t) {}, [&](std::span<const CaptureRequest> r) { sink.on_sent(r); });
  Transport& transport = link_.current();
  auto done = transport.run(capture_batch(requests, nonce, Framing::kPlanned),
                            attempt_deadline(transport, true, deadline), framer);
  bytes_ += framer.bytes();
  if (done && done->status == 0 && framer.ended()) {
    sink.commit();
    return true;
  }
  sink.rollback();
  if (!done) link_.report_failure(transport, done.error());
  return false;
}

void TmuxReader::read_with_headers(std::span<const CaptureRequest> requests, Deadline deadline,
                                   CaptureSink& sink) {
  Error error{ErrorKind::kProtocol, "tmux answered nothing that fits"};
  // Each attempt settles requests from the front. Two in a row without progress end it: one failure is what a
  // switch from native to spawn costs, two are an odd server.
  for (int fruitless = 0; !requests.empty() && fruitless < 2;) {
    const auto part = requests.first(std::min(requests.size(), kMaxPanesWithHeaders));
    const std::string nonce = random_hex();
    CaptureFramer framer(
        part, nonce, Framing::kHeaders, [&](Capture c) { sink.on_capture(std::move(c)); },
        [&](std::size_t i) { sink.on_gone(i); }, [&](std::span<const CaptureRequest> r) { sink.on_sent(r); });
    Transport& transport = link_.current();
    auto done = transport.run(capture_batch(part, nonce, Framing::kHeaders),
                              attempt_deadline(transport, fruitless == 0, deadline), framer);
    bytes_ += framer.bytes();
    if (!done) {
      error = done.error();
      link_.report_failure(transport, error);
    } else if (framer.broken()) {
      error = {ErrorKind::kProtocol, "tmux's output could not be separated"};
      link_.report_failure(transport, error);
    } else {
      if (!framer.ended()) framer.settle_failed_capture();
      if (done->status != 0) error = {ErrorKind::kCommand, printable(trim(done->errors))};
    }
    sink.commit();
    fruitless = framer.settled() > 0 ? 0 : fruitless + 1;
    requests = requests.subspan(framer.settled());
    if (Steady::now() >= deadline) break;
  }
  for (const CaptureRequest& r : requests) sink.on_failed(r.index, error);
}

}  // namespace orc
