// SpawnTransport: one `tmux -u -N -S SOCKET source-file -` a batch, here or, through ssh, on another machine.
// The fallback, and the reference for what is correct. Goes on after a failing command. Thread-safe.
#pragma once

#include <atomic>

#include "tmux_orc/tmux/server.h"
#include "tmux_orc/tmux/transport.h"

namespace orc {

class SpawnTransport final : public Transport {
 public:
  explicit SpawnTransport(TmuxCommand command) : command_(std::move(command)) {}

  Result<BatchResult> run(const Batch& batch, Deadline deadline, OutputSink& sink) override;
  std::string_view name() const override { return "spawn"; }
  bool stops_at_error() const override { return false; }
  std::uint64_t spawns() const override { return spawns_; }

 private:
  const TmuxCommand command_;
  std::atomic<std::uint64_t> spawns_{0};
};

}  // namespace orc
