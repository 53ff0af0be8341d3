// SPDX-License-Identifier: Apache-2.0
#include "api_sink.h"

#include <unistd.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "tmux_orc/base/files.h"

namespace orc {

ApiSink::ApiSink(const ServiceOptions& options, const ServiceState& state, LoopRequests& requests,
                 std::function<void()> wake, Log& log, const Clock& clock)
    : options_(options),
      state_(state),
      requests_(requests),
      wake_(std::move(wake)),
      log_(log),
      events_(static_cast<std::uint64_t>(clock.wall_ms())) {}

Result<void> ApiSink::open(Settings& settings) {
  auto ok = serve(settings);
  if (ok || !options_.request.emergency || settings.api_listen.empty()) return ok;
  emergency_problem_ = "--emergency: only the unix socket is served, because: " + ok.error().message;
  settings.api_listen.clear();
  settings.api_token_file.clear();
  return serve(settings);
}

Result<void> ApiSink::serve(const Settings& settings) {
  listen_ = settings.api_listen;
  token_file_ = settings.api_token_file;
  ORC_TRY(secret, token(settings));
  logins_ = std::make_shared<Logins>(std::move(*secret), "tmux_orc_" + options_.paths.environment);
  ApiOptions api{options_.paths.api_socket(), listen_, logins_, options_.descriptors,
                 [this](const std::string& what) { log_.error("the API failed, and goes on: {}", what); }};
  ORC_TRY(server,
          ApiServer::start(std::move(api), make_routes(state_, requests_, wake_, desk_, logins_), events_));
  server_ = std::move(*server);
  return {};
}

// Without a token file the monitor has a token of its own, for this machine: `tmux-orc page` tells it.
Result<std::string> ApiSink::token(const Settings& settings) const {
  if (!settings.api_token_file.empty() || settings.api_listen.empty())
    return read_api_token(settings.api_token_file);
  ORC_DO(check_listen_address(settings.api_listen, false));
  if (settings.api_allow_local_users) return "";
  const std::string file = options_.paths.token_file();
  if (::access(file.c_str(), F_OK) != 0) {
    ORC_DO(write_file_atomically(file, new_token() + "\n", true));
  }
  return read_api_token(file);
}

void ApiSink::configure(const Plan& plan, const Monitor& monitor) {
  desk_.set_eyes({monitor.servers(), plan.classifier});
  changed_ = server_ != nullptr &&
             (plan.settings.api_listen != listen_ || plan.settings.api_token_file != token_file_);
}

void ApiSink::take(const Looked& looked) {
  if (looked.record == nullptr || looked.kept->transitions.empty()) return;
  for (const Transition& t : looked.kept->transitions) events_.add(dump(to_json(t)));
  server_->wake();
}

std::vector<std::string> ApiSink::problems() const {
  std::vector<std::string> out = one_problem(emergency_problem_);
  if (changed_)
    out.push_back("api.listen or api.token_file was changed: it is taken by `tmux-orc monitor restart`");
  return out;
}

}  // namespace orc
