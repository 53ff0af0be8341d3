// SPDX-License-Identifier: Apache-2.0
// SpawnTransport: one `tmux -u -N -S SOCKET source-file -` a batch, here or, through ssh, on another machine.
// The fallback, and the reference for what is correct. Goes on after a failing command. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "tmux_orc/tmux/tmux_client.h"
#include "tmux_orc/tmux/transport.h"

namespace orc {

class SpawnTransport final : public Transport {
 public:
  SpawnTransport(TmuxClient client, std::shared_ptr<const Cancel> cancel)
      : client_(std::move(client)), cancel_(std::move(cancel)) {}

  Result<BatchResult> run(const Batch& batch, Deadline deadline, OutputSink& sink) override;
  std::string_view name() const override { return "spawn"; }
  bool stops_at_error() const override { return false; }
  std::uint64_t spawns() const override { return spawns_; }

 private:
  const TmuxClient client_;
  const std::shared_ptr<const Cancel> cancel_;
  std::atomic<std::uint64_t> spawns_{0};
};

}  // namespace orc
