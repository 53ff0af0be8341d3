// SPDX-License-Identifier: Apache-2.0
// The API: serves what the state holds, and wakes those who wait for events.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api_desk.h"
#include "log.h"
#include "routes.h"
#include "sink.h"
#include "tmux_orc/api/api_server.h"
#include "tmux_orc/daemon/service.h"

namespace orc {

class ApiSink final : public Sink {
 public:
  // `wake` makes the loop look at its requests.
  ApiSink(const ServiceOptions& options, const ServiceState& state, LoopRequests& requests,
          std::function<void()> wake, Log& log, const Clock& clock);
  // Where and with which token is settled once: a change wants a restart. In an emergency an address or a
  // token that does not work is left out of the settings, rather than keep the monitor from starting.
  Result<void> open(Settings& settings);
  ApiDesk& desk() { return desk_; }

  void configure(const Plan& plan, const Monitor& monitor) override;
  void take(const Looked& looked) override;
  std::vector<std::string> problems() const override;

 private:
  Result<std::string> token(const Settings& settings) const;
  Result<void> serve(const Settings& settings);

  const ServiceOptions& options_;
  const ServiceState& state_;
  LoopRequests& requests_;
  const std::function<void()> wake_;
  Log& log_;
  EventLog events_;
  ApiDesk desk_;
  std::shared_ptr<Logins> logins_;
  std::unique_ptr<ApiServer> server_;
  std::string listen_, token_file_;  // as they were at the start
  bool changed_ = false;
  std::string emergency_problem_;
};

}  // namespace orc
