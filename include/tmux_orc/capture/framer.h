// SPDX-License-Identifier: Apache-2.0
// CaptureFramer: takes apart the output of a batch of captures. Pane text is raw in it; a capture without -J
// has exactly as many lines as were asked for. Two ways:
// - planned: captures only, and a nonce line at the end. Heights are those of the listing a moment ago and
//   each capture is bounded above and below, so that a pane resized meanwhile can only give fewer lines: when
//   the end nonce stands exactly behind the sum of all lines, every boundary is right. Otherwise nothing of
//   the batch counts.
// - riding: captures in the same batch as a listing. Nothing can change between the two, so the listing's
//   heights are exact and no bound below is needed (it costs the server 4 us a pane).
// - with headers: a line with the nonce, the pane's id and its height before each capture. 28 us more a pane
//   for the server, whose whole capture costs 30 to 45; right whatever happens to the panes.
// Not thread-safe; no I/O.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tmux_orc/capture/reader.h"

namespace orc {

enum class Framing { kPlanned, kRiding, kHeaders };

Batch capture_batch(std::span<const CaptureRequest> requests, const std::string& nonce, Framing framing);

// The captures in the output of a batch whose heights are known (kPlanned, kRiding), or none if it was not
// exactly as planned.
std::vector<Capture> frame_planned(std::span<const CaptureRequest> requests, const std::string& nonce,
                                   std::string_view output);

class CaptureFramer final : public OutputSink {
 public:
  using OnCapture = std::function<void(Capture)>;
  using OnGone = std::function<void(std::size_t index)>;
  using OnSent = std::function<void(std::span<const CaptureRequest>)>;
  CaptureFramer(std::span<const CaptureRequest> requests, std::string nonce, Framing framing,
                OnCapture on_capture, OnGone on_gone, OnSent on_sent)
      : requests_(requests),
        nonce_(std::move(nonce)),
        framing_(framing),
        on_capture_(std::move(on_capture)),
        on_gone_(std::move(on_gone)),
        on_sent_(std::move(on_sent)) {
    if (framing_ == Framing::kPlanned) begin_planned();
  }

  void on_output(std::string_view bytes) override;
  void on_sent() override { on_sent_(requests_); }

  std::size_t settled() const { return next_; }  // requests answered so far, from the front
  bool ended() const { return ended_; }          // the end mark came, where it should
  bool broken() const { return broken_; }        // output that fits no frame
  std::uint64_t bytes() const { return bytes_; }
  // After a batch that stopped at an error: the request whose capture failed is gone.
  void settle_failed_capture();

 private:
  void on_line(std::string_view line);
  void on_header(std::string_view line);
  void begin_planned();
  void finish_capture();

  std::span<const CaptureRequest> requests_;
  const std::string nonce_;
  const Framing framing_;
  OnCapture on_capture_;
  OnGone on_gone_;
  OnSent on_sent_;
  std::string partial_;   // a line whose end has not come yet
  std::size_t next_ = 0;  // the request whose answer is awaited
  bool in_body_ = false;
  int lines_left_ = 0;
  Capture current_;
  bool ended_ = false, broken_ = false;
  std::uint64_t bytes_ = 0;
};

}  // namespace orc
