// SPDX-License-Identifier: Apache-2.0
// What happened, in the log: transitions, servers that go and come, a line a round if that is wanted.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "log.h"
#include "sink.h"

namespace orc {

class LogSink final : public Sink {
 public:
  explicit LogSink(Log& log) : log_(log) {}
  void configure(const Plan& plan, const Monitor&) override;
  void take(const Looked& looked) override;
  std::vector<std::string> problems() const override;

 private:
  void note_servers(const std::vector<ServerFigures>& servers);
  void note_figures(const RoundFigures& figures);

  Log& log_;
  std::string level_;
  bool each_round_ = false;
  int max_failures_ = 0, failures_ = 0;
  std::map<std::string, std::string> server_notes_;
};

}  // namespace orc
