// SPDX-License-Identifier: Apache-2.0
// What the API, `status` and Prometheus read.
#pragma once

#include "log.h"
#include "sink.h"
#include "tmux_orc/daemon/state.h"

namespace orc {

class StateSink final : public Sink {
 public:
  StateSink(ServiceState& state, Log& log) : state_(state), log_(log) {}
  void configure(const Plan& plan, const Monitor&) override;
  void take(const Looked& looked) override;

 private:
  ServiceState& state_;
  Log& log_;
};

}  // namespace orc
