// SPDX-License-Identifier: Apache-2.0
// Who must know is told, and what is switched on is done: by the notifications' own thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "history_sink.h"
#include "sink.h"
#include "tmux_orc/daemon/state.h"
#include "tmux_orc/notify/notify_desk.h"

namespace orc {

class NotifySink final : public Sink {
 public:
  NotifySink(const ServiceOptions& options, ServiceState& state, HistorySink& history, Log& log,
             const Clock& clock)
      : options_(options), state_(state), history_(history), log_(log), clock_(clock) {}
  // Nobody is told in an emergency.
  void configure(const Plan& plan, const Monitor& monitor) override;
  void take(const Looked& looked) override;
  std::vector<std::string> problems() const override;
  void close() { desk_.reset(); }  // what is under way has its grace

 private:
  NotifyDeskSetup desk_setup();
  void note_told(const HistoryNotification& told);
  void note_done(const HistoryNotification& done);

  const ServiceOptions& options_;
  ServiceState& state_;
  HistorySink& history_;
  Log& log_;
  const Clock& clock_;
  std::unique_ptr<NotifyDesk> desk_;
};

}  // namespace orc
