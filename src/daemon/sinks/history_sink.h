// SPDX-License-Identifier: Apache-2.0
// Rounds, transitions and what agents used, for the reports. add() from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "log.h"
#include "sink.h"
#include "tmux_orc/base/mutex.h"
#include "tmux_orc/daemon/service.h"
#include "tmux_orc/history/history_writer.h"

namespace orc {

class HistorySink final : public Sink {
 public:
  HistorySink(const ServiceOptions& options, Log& log, const Clock& clock)
      : options_(options), log_(log), clock_(clock) {}
  // Nothing is written in an emergency: the disk may be what is wrong.
  void configure(const Plan& plan, const Monitor&) override;
  void take(const Looked& looked) override;
  std::vector<std::string> problems() const override;

  void add(const HistoryNotification& told);
  void flush(std::chrono::milliseconds most);
  void close();  // with what was added until now

 private:
  std::shared_ptr<HistoryWriter> writer() const;
  void set_writer(std::shared_ptr<HistoryWriter> writer);

  const ServiceOptions& options_;
  Log& log_;
  const Clock& clock_;
  std::int64_t unkept_step_ms_ = 0;  // of the wall clock, since the last round that is kept
  mutable Mutex mutex_;
  std::shared_ptr<HistoryWriter> writer_ ORC_GUARDED_BY(mutex_);  // only the loop changes it
};

}  // namespace orc
