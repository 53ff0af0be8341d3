// SpawnTransport: one `tmux -u -N -S SOCKET source-file -` a batch. The fallback, and the reference for what
// is correct. Goes on after a failing command. Thread-safe.
#pragma once

#include <atomic>
#include <string>

#include "tmux_orc/tmux/transport.h"

namespace orc {

class SpawnTransport final : public Transport {
 public:
  SpawnTransport(std::string tmux_binary, std::string socket_path)
      : tmux_(std::move(tmux_binary)), socket_path_(std::move(socket_path)) {}

  Result<BatchResult> run(const Batch& batch, Deadline deadline, OutputSink& sink) override;
  std::string_view name() const override { return "spawn"; }
  bool stops_at_error() const override { return false; }
  std::uint64_t spawns() const override { return spawns_; }

 private:
  const std::string tmux_;
  const std::string socket_path_;
  std::atomic<std::uint64_t> spawns_{0};
};

}  // namespace orc
