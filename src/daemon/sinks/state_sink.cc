// SPDX-License-Identifier: Apache-2.0
#include "state_sink.h"

namespace orc {

void StateSink::configure(const Plan& plan, const Monitor&) {
  state_.metrics.show_channels(plan.settings.notify.channels);
}

void StateSink::take(const Looked& looked) {
  if (looked.clock_step_ms != 0) {
    state_.clock_was_set(looked.clock_step_ms);
    log_.warning("the clock was set by {} s; how long states last goes on by the steady time",
                 looked.clock_step_ms / 1000);
  }
  state_.board.publish(looked.snapshot);
  state_.last_round_steady_ms = steady_ms(Steady::now());
  if (looked.record == nullptr) return;
  state_.recent.add(*looked.record);
  state_.metrics.observe(*looked.kept, *looked.record);
}

}  // namespace orc
