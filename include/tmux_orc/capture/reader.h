// SPDX-License-Identifier: Apache-2.0
// ScreenReader: pane numbers -> screen text. TmuxReader asks a server in pipelined batches.
// Thread-safety: read() may be called from many threads at once, each with its own sink.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>

#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/model.h"
#include "tmux_orc/base/result.h"
#include "tmux_orc/tmux/server_link.h"

namespace orc {

struct CaptureRequest {
  std::size_t index = 0;  // the caller's number for the pane, handed back
  PaneId pane = 0;
  int first_row = 0;    // 0: the whole screen; n: from row n down
  int height = 0;       // of the pane, as the listing said a moment ago; 0 if not known
  bool styled = false;  // with the sequences that colour it: three times the cost of a plain one
};

struct Capture {
  std::size_t index = 0;
  int first_row = 0;
  int height = 0;  // of the pane, read in the same batch
  std::string text;
  bool styled = false;  // as it was asked for
};

// Called on the thread that called read(). on_capture() comes as soon as the bytes are there, so that they
// can be worked on while tmux writes the next; what was made of it counts only from commit() on: rollback()
// takes back all captures since the last commit(), and they come again. In the end each index was committed
// once, gone or failed.
class CaptureSink {
 public:
  virtual ~CaptureSink() = default;
  virtual void on_capture(Capture capture) = 0;
  // `requests` are on their way to tmux; see OutputSink::on_sent().
  virtual void on_sent(std::span<const CaptureRequest> /*requests*/) {}
  virtual void commit() = 0;
  virtual void rollback() = 0;
  virtual void on_gone(std::size_t index) = 0;
  virtual void on_failed(std::size_t index, const Error& error) = 0;
};

class ScreenReader {
 public:
  virtual ~ScreenReader() = default;
  // Answers every request through the sink before it returns, by the deadline.
  virtual void read(std::span<const CaptureRequest> requests, Deadline deadline, CaptureSink& sink) = 0;
};

class TmuxReader final : public ScreenReader {
 public:
  explicit TmuxReader(ServerLink& link) : link_(link) {}
  void read(std::span<const CaptureRequest> requests, Deadline deadline, CaptureSink& sink) override;
  // Output read so far.
  std::uint64_t bytes() const { return bytes_; }

 private:
  // One batch without headers; false if its output was not exactly as planned.
  bool read_planned(std::span<const CaptureRequest> requests, Deadline deadline, CaptureSink& sink);
  void read_with_headers(std::span<const CaptureRequest> requests, Deadline deadline, CaptureSink& sink);
  // Tells the link of a failed attempt that took so long.
  void blame(const Transport& transport, const Error& error, Steady::duration took);

  ServerLink& link_;
  std::atomic<std::uint64_t> bytes_{0};
};

}  // namespace orc
