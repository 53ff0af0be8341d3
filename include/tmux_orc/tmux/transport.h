// SPDX-License-Identifier: Apache-2.0
// Transport: runs batches of tmux commands and hands back their output. Implementations: NativeTransport
// (tmux's client protocol on the server's socket) and SpawnTransport (one tmux process a batch).
// Thread-safety: run() may be called from many threads at once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/result.h"

namespace orc {

using Command = std::vector<std::string>;  // words as in argv: nothing is quoted, nothing can be injected
using Batch = std::vector<Command>;

// Receives standard output of a batch as it arrives, in pieces of any size, on the thread that called run().
class OutputSink {
 public:
  virtual ~OutputSink() = default;
  virtual void on_output(std::string_view bytes) = 0;
  // The batch is on its way. tmux runs a whole command list before it writes the first byte of output, so
  // there is time for other work here: about 30 us a capture.
  virtual void on_sent() {}
};

class StringSink final : public OutputSink {
 public:
  void on_output(std::string_view bytes) override { text.append(bytes); }
  std::string text;
};

struct BatchResult {
  int status = 0;      // 0: every command succeeded
  std::string errors;  // what tmux wrote to standard error
};

class Transport {
 public:
  virtual ~Transport() = default;
  // Runs the commands in order. A failing command makes status non-zero; whether those after it still run is
  // told by stops_at_error(). Errors: kTimeout at the deadline, kUnavailable when no server answers at the
  // socket, kProtocol when it answers something unexpected.
  virtual Result<BatchResult> run(const Batch& batch, Deadline deadline, OutputSink& sink) = 0;
  virtual std::string_view name() const = 0;
  virtual bool stops_at_error() const = 0;
  // Whether another transport may have the answer that this one failed to give.
  virtual bool may_fall_back() const { return false; }
  // By when a try must end, so that the other one has its time.
  virtual Deadline first_try(Deadline deadline) const { return deadline; }
  virtual std::uint64_t spawns() const = 0;  // processes started so far
};

// The most panes in one batch: a command message holds 16 364 bytes and, from tmux 3.7, 1000 words. A capture
// needs 4 words and about 30 bytes, one with a header 7 words and about 110 bytes.
inline constexpr std::size_t kMaxPanesPerBatch = 240;
inline constexpr std::size_t kMaxPanesWithHeaders = 100;

}  // namespace orc
