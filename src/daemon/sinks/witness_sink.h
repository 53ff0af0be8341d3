// SPDX-License-Identifier: Apache-2.0
// Counts where an agent's own word and its screen disagree, and keeps such screens if that is wanted.
#pragma once

#include <memory>
#include <vector>

#include "api_desk.h"
#include "log.h"
#include "sink.h"
#include "tmux_orc/daemon/state.h"

namespace orc {

class WitnessSink final : public Sink {
 public:
  // `desk` looks at the panes whose screens are kept: no round waits for a look.
  WitnessSink(ServiceState& state, ApiDesk& desk, Log& log, const Clock& clock)
      : state_(state), desk_(desk), log_(log), clock_(clock) {}
  void configure(const Plan& plan, const Monitor& monitor) override;
  void take(const Looked& looked) override;

 private:
  void record(const WitnessLedger::Disagreement& d, const std::shared_ptr<LiveServer>& server);

  ServiceState& state_;
  ApiDesk& desk_;
  Log& log_;
  const Clock& clock_;
  int most_a_day_ = 0;
  std::vector<std::shared_ptr<LiveServer>> servers_;
};

}  // namespace orc
