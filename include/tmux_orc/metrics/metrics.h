// SPDX-License-Identifier: Apache-2.0
// Metrics: what rounds found and cost, for Prometheus. Counters only grow, for as long as the process lives:
// each round adds what it brought. Labels are bounded: kMaxSessions
// sessions and kMaxChannels channels by name, the rest (a server's sessions, all channels) as ":other";
// series of a session or server that is gone are removed. Thread-safe; text() shows whole rounds only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tmux_orc/base/model.h"
#include "tmux_orc/base/notify_settings.h"
#include "tmux_orc/figures/records.h"

namespace orc {

class Metrics {
 public:
  static constexpr std::size_t kMaxSessions = 200, kMaxChannels = 50;

  // `version`: the first line of --version; `started_ms`: wall clock at the process's start.
  Metrics(const std::string& version, const std::string& environment, std::int64_t started_ms);
  ~Metrics();

  void observe(const Snapshot& snapshot, const RoundRecord& record);  // once a round
  void set_active(bool active);  // whether this environment's monitor is the active one
  void show_channels(const std::vector<NotifyChannel>& channels);  // with 0 messages until there are some
  // An agent's own word and its screen disagreed for a while.
  void count_disagreement(const std::string& agent, const std::string& word);
  void count_notification(const std::string& channel, bool delivered);

  enum class Format { kPrometheus, kOpenMetrics };
  std::string text(Format format = Format::kPrometheus) const;

  // The format for an HTTP Accept header, and a format's Content-Type.
  static Format format_for(const std::string& accept);
  static std::string content_type(Format format);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace orc
