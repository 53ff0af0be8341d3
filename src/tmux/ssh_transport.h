// SPDX-License-Identifier: Apache-2.0
// SshTransport: a transport to another machine. Asks nothing of a machine that is down, lets no single
// question take longer than the machine is granted, and reports one that does. Thread-safe.
#pragma once

#include <memory>
#include <semaphore>

#include "tmux_orc/tmux/ssh_host.h"
#include "tmux_orc/tmux/transport.h"

namespace orc {

class SshTransport final : public Transport {
 public:
  SshTransport(std::shared_ptr<SshHost> host, std::unique_ptr<Transport> inner)
      : host_(std::move(host)), inner_(std::move(inner)) {}

  Result<BatchResult> run(const Batch& batch, Deadline deadline, OutputSink& sink) override;
  std::string_view name() const override { return inner_->name(); }
  // Answers take as long over the other one: the first has all the time.
  bool may_fall_back() const override { return inner_->may_fall_back(); }
  bool stops_at_error() const override { return inner_->stops_at_error(); }
  std::uint64_t spawns() const override { return inner_->spawns(); }

 private:
  // sshd's MaxSessions is 10 unless told otherwise; the shared connection's own and a `ps` take two.
  static constexpr int kMostAtOnce = 8;

  const std::shared_ptr<SshHost> host_;
  const std::unique_ptr<Transport> inner_;
  std::counting_semaphore<kMostAtOnce> slots_{kMostAtOnce};
};

}  // namespace orc
