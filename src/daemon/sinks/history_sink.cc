// SPDX-License-Identifier: Apache-2.0
#include "history_sink.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace orc {

void HistorySink::configure(const Plan& plan, const Monitor&) {
  const Settings& s = plan.settings;
  if (!s.history_enabled || options_.request.emergency) return set_writer(nullptr);
  HistorySettings settings{options_.paths.history_file(),
                           options_.paths.environment,
                           options_.version.substr(0, options_.version.find('\n')),
                           s.check_interval_s,
                           s.raw_rounds_days,
                           s.raw_transitions_days,
                           s.rollup_months};
  // On a reload the writer stays: what it has queued need not be written on this thread.
  if (const auto now = writer()) return now->change_settings(std::move(settings));
  set_writer(std::make_shared<HistoryWriter>(
      std::move(settings), clock_, [this](bool well, const std::string& what) { log_.note(well, what); }));
}

void HistorySink::take(const Looked& looked) {
  unkept_step_ms_ += looked.clock_step_ms;
  if (looked.record == nullptr) return;
  const std::int64_t step_ms = std::exchange(unkept_step_ms_, 0);
  const auto to = writer();
  if (to == nullptr) return;
  to->add(HistoryRound{*looked.record, looked.kept, step_ms});
  std::vector<HistoryUsage> rows;
  for (const SpentHour& s : looked.spent) {
    rows.push_back(
        {s.hour, s.session, s.agent, s.project, s.model, s.spent.tokens_in, s.spent.tokens_out, {}});
    if (s.has_cost) rows.back().cost_usd = s.spent.cost_usd;
  }
  if (!rows.empty()) to->add(std::move(rows));
}

std::vector<std::string> HistorySink::problems() const {
  const auto now = writer();
  return one_problem(now ? now->problem() : "");
}

void HistorySink::add(const HistoryNotification& told) {
  if (const auto to = writer()) to->add(told);
}

void HistorySink::flush(std::chrono::milliseconds most) {
  if (const auto now = writer()) now->flush(most);
}

void HistorySink::close() { set_writer(nullptr); }

std::shared_ptr<HistoryWriter> HistorySink::writer() const {
  MutexLock lock(mutex_);
  return writer_;
}

// The old one ends with the argument, outside of the lock: it writes what it has.
void HistorySink::set_writer(std::shared_ptr<HistoryWriter> writer) {
  MutexLock lock(mutex_);
  writer_.swap(writer);
}

}  // namespace orc
