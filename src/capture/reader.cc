// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/capture/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "tmux_orc/base/text.h"
#include "tmux_orc/capture/framer.h"

namespace orc {

namespace {

// An attempt that had less says nothing of the transport, only that the round's time was nearly over.
constexpr auto kFairTime = std::chrono::milliseconds(100);

Error out_of_time() { return {ErrorKind::kTimeout, "the round's time was over before its turn"}; }

void give_up(std::span<const CaptureRequest> requests, const Error& error, CaptureSink& sink) {
  for (const CaptureRequest& r : requests) sink.on_failed(r.index, error);
}

}  // namespace

void TmuxReader::read(std::span<const CaptureRequest> requests, Deadline deadline, CaptureSink& sink) {
  while (!requests.empty()) {
    if (Steady::now() >= deadline) return give_up(requests, out_of_time(), sink);
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
  const std::shared_ptr<Transport> transport = link_.current();
  const auto start = Steady::now();
  auto done = transport->run(capture_batch(requests, nonce, Framing::kPlanned),
                             transport->first_try(deadline), framer);
  bytes_ += framer.bytes();
  if (done && done->status == 0 && framer.ended()) {
    sink.commit();
    return true;
  }
  sink.rollback();
  if (!done) blame(*transport, done.error(), Steady::now() - start);
  return false;
}

void TmuxReader::read_with_headers(std::span<const CaptureRequest> requests, Deadline deadline,
                                   CaptureSink& sink) {
  Error error{ErrorKind::kProtocol, "tmux answered nothing that fits"};
  // Each attempt settles requests from the front. Two in a row without progress end it: one failure is what a
  // switch from native to spawn costs, two are an odd server.
  for (int fruitless = 0; !requests.empty() && fruitless < 2;) {
    if (Steady::now() >= deadline) {
      error = out_of_time();
      break;
    }
    const auto part = requests.first(std::min(requests.size(), kMaxPanesWithHeaders));
    const std::string nonce = random_hex();
    CaptureFramer framer(
        part, nonce, Framing::kHeaders, [&](Capture c) { sink.on_capture(std::move(c)); },
        [&](std::size_t i) { sink.on_gone(i); }, [&](std::span<const CaptureRequest> r) { sink.on_sent(r); });
    const std::shared_ptr<Transport> transport = link_.current();
    const auto start = Steady::now();
    auto done = transport->run(capture_batch(part, nonce, Framing::kHeaders),
                               fruitless == 0 ? transport->first_try(deadline) : deadline, framer);
    bytes_ += framer.bytes();
    if (!done) {
      error = done.error();
      blame(*transport, error, Steady::now() - start);
    } else if (framer.broken()) {
      error = {ErrorKind::kProtocol, "tmux's output could not be separated"};
      link_.report_failure(*transport, error);
    } else {
      if (!framer.ended()) framer.settle_failed_capture();
      if (done->status != 0) error = {ErrorKind::kCommand, printable(trim(done->errors))};
    }
    sink.commit();
    fruitless = framer.settled() > 0 ? 0 : fruitless + 1;
    requests = requests.subspan(framer.settled());
  }
  give_up(requests, error, sink);
}

void TmuxReader::blame(const Transport& transport, const Error& error, Steady::duration took) {
  if (error.kind == ErrorKind::kTimeout && took < kFairTime) return;
  link_.report_failure(transport, error);
}

}  // namespace orc
