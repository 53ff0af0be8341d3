// SPDX-License-Identifier: Apache-2.0
// NativeTransport: speaks tmux's client protocol, one connection a batch (the server ends a connection after
// its command list), at most pool.max_size at a time. Thread-safe.
//
// Connections identified in advance would save 0.06 of 0.45 ms a batch on 50 panes and cost the same work at
// another time, so each batch opens its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <semaphore>
#include <string>
#include <string_view>

#include "protocol.h"
#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/model.h"
#include "tmux_orc/base/unique_fd.h"
#include "tmux_orc/tmux/server_link.h"
#include "tmux_orc/tmux/transport.h"

namespace orc {

class NativeTransport final : public Transport {
 public:
  NativeTransport(std::string socket_path, protocol::Layout layout, PoolSettings pool);

  Result<BatchResult> run(const Batch& batch, Deadline deadline, OutputSink& sink) override;
  std::string_view name() const override { return "native"; }
  bool stops_at_error() const override { return true; }
  bool may_fall_back() const override { return true; }
  Deadline first_try(Deadline deadline) const override {
    const auto now = Steady::now();
    return now + (deadline - now) / 2;
  }
  std::uint64_t spawns() const override { return 0; }

  // Sends a nonce through the server and compares.
  Result<void> self_test(Deadline deadline);
  PoolFigures figures();

 private:
  Result<UniqueFd> open(Deadline deadline);

  const std::string socket_path_;
  const protocol::Layout layout_;
  const PoolSettings pool_;
  const std::uint32_t pid_;
  std::counting_semaphore<> slots_;
  std::atomic<int> in_use_{0};
  std::atomic<int> peak_{0};
  std::atomic<std::uint64_t> opened_{0};
};

}  // namespace orc
