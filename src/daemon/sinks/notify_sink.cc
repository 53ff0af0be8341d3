// SPDX-License-Identifier: Apache-2.0
#include "notify_sink.h"

#include <optional>
#include <string>
#include <vector>

#include "tmux_orc/daemon/active.h"

namespace orc {

void NotifySink::configure(const Plan& plan, const Monitor& monitor) {
  const NotifySettings& n = plan.settings.notify;
  if ((n.channels.empty() && n.restart_crashed == "off") || options_.request.emergency) {
    if (desk_) desk_->configure(n, std::nullopt);
    return;
  }
  if (desk_ == nullptr) desk_ = std::make_unique<NotifyDesk>(desk_setup(), clock_);
  desk_->configure(
      n, DispatcherSetup{n, plan.options.tmux_binary, plan.servers, plan.classifier, monitor.servers(),
                         nullptr, [this](const HistoryNotification& told) { note_told(told); },
                         [this](const HistoryNotification& done) { note_done(done); }});
}

NotifyDeskSetup NotifySink::desk_setup() {
  return {options_.paths.notify_file(), options_.paths.mute_file(),
          [this] {
            const auto active = read_active(options_.paths);
            return active && *active && (*active)->active == options_.paths.environment;
          },
          [this](bool well, const std::string& what) { log_.note(well, what); }};
}

void NotifySink::take(const Looked& looked) {
  if (desk_) desk_->look(looked.snapshot, looked.clock_step_ms);
}

std::vector<std::string> NotifySink::problems() const { return one_problem(desk_ ? desk_->problem() : ""); }

// On the threads that tell and do, which a reload does not wait for.
void NotifySink::note_told(const HistoryNotification& told) {
  if (told.delivered)
    log_.info("told {} {}: {}", told.channel, told.target, told.text);
  else
    log_.warning("NOT told {} {}: {}", told.channel, told.target, told.text);
  state_.metrics.count_notification(told.channel, told.delivered);
  history_.add(told);
}

void NotifySink::note_done(const HistoryNotification& done) {
  log_.info("action {} on {}: {}", done.channel, done.target, done.text);
  history_.add(done);
}

}  // namespace orc
