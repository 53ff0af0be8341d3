// SPDX-License-Identifier: Apache-2.0
// HostTransport: a transport to another machine. Asks nothing of a machine that is down, lets no single
// question take longer than the machine is granted, and reports one that does. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <semaphore>
#include <string_view>
#include <utility>

#include "tmux_orc/tmux/host.h"
#include "tmux_orc/tmux/transport.h"

namespace orc {

class HostTransport final : public Transport {
 public:
  HostTransport(std::shared_ptr<Host> host, std::unique_ptr<Transport> inner)
      : host_(std::move(host)), inner_(std::move(inner)), slots_(host_->most_at_once()) {}

  Result<BatchResult> run(const Batch& batch, Deadline deadline, OutputSink& sink) override;
  std::string_view name() const override { return inner_->name(); }
  // Answers take as long over the other one: the first has all the time.
  bool may_fall_back() const override { return inner_->may_fall_back(); }
  bool stops_at_error() const override { return inner_->stops_at_error(); }
  std::uint64_t spawns() const override { return inner_->spawns(); }

 private:
  const std::shared_ptr<Host> host_;
  const std::unique_ptr<Transport> inner_;
  std::counting_semaphore<> slots_;
};

}  // namespace orc
