// SPDX-License-Identifier: Apache-2.0
#include "routes.h"

#include <fmt/format.h>

#include <memory>
#include <optional>

#include "answer_route.h"
#include "json_answers.h"
#include "look_routes.h"
#include "page_routes.h"
#include "tmux_orc/api/query.h"
#include "tmux_orc/figures/usage.h"

namespace orc {
namespace {

using nlohmann::ordered_json;

class Routes {
 public:
  Routes(const ServiceState& state, LoopRequests& requests, std::function<void()> wake)
      : state_(state), requests_(requests), wake_(std::move(wake)) {}

  // `self` is kept by each route.
  static std::vector<ApiRoute> table(const std::shared_ptr<Routes>& self) {
    using Handler = ApiResponse (Routes::*)(const ApiRequest&);
    const auto call = [&](Handler h) { return [self, h](const ApiRequest& r) { return (*self.*h)(r); }; };
    const auto get = [&](const char* path, Handler h) { return ApiRoute{"GET", path, call(h)}; };
    const auto post = [&](const char* path, Handler h) { return ApiRoute{"POST", path, call(h)}; };
    std::vector<ApiRoute> routes = {get("/api/v1/status", &Routes::status),
                                    get("/api/v1/snapshot", &Routes::snapshot),
                                    get("/api/v1/agents", &Routes::agents),
                                    get("/api/v1/usage", &Routes::usage),
                                    get("/api/v1/rounds", &Routes::rounds),
                                    post("/api/v1/rounds", &Routes::ask_round),
                                    get("/api/v1/health", &Routes::health),
                                    post("/api/v1/reload", &Routes::ask_reload),
                                    post("/api/v1/cache/clear", &Routes::ask_clear),
                                    post("/api/v1/seen", &Routes::mark_seen),
                                    get("/metrics", &Routes::metrics),
                                    get("/readyz", &Routes::readyz)};
    ApiRoute events{"GET", "/api/v1/events", {}}, alive = get("/healthz", &Routes::healthz);
    events.is_event_stream = true;
    alive.without_token = true;
    routes.insert(routes.end(), {events, alive});
    return routes;
  }

 private:
  ApiResponse status(const ApiRequest&) { return {200, state_.status_text()}; }

  ApiResponse snapshot(const ApiRequest&) {
    const auto text = state_.snapshot_text();
    return text ? ApiResponse{200, *text} : error_answer(503, "no round is done yet");
  }

  ApiResponse agents(const ApiRequest&) {
    const auto s = state_.board.latest();
    return s ? json_answer(200, {{"at_ms", s->at_ms}, {"agents", to_json(*s)["agents"]}})
             : error_answer(503, "no round is done yet");
  }

  ApiResponse usage(const ApiRequest&) {
    const auto s = state_.board.latest();
    return s ? json_answer(200, usage_json(*s)) : error_answer(503, "no round is done yet");
  }

  ApiResponse rounds(const ApiRequest& r) {
    const auto last = query_number(r.query, "last", 60);
    if (!last) return error_answer(400, "last must be a whole number, 0 or more: how many rounds are wanted");
    ordered_json list = ordered_json::array();
    for (const RoundRecord& record : state_.recent.last(*last)) list.push_back(to_json(record));
    return json_answer(200, {{"rounds", std::move(list)}});
  }

  ApiResponse health(const ApiRequest&) {
    const auto lines = state_.health();
    return json_answer(200, {{"level", to_string(worst(lines))}, {"lines", to_json(lines)}});
  }

  ApiResponse metrics(const ApiRequest& r) {
    const auto format = Metrics::format_for(r.accept);
    return {200, state_.metrics.text(format), Metrics::content_type(format)};
  }

  ApiResponse healthz(const ApiRequest&) {
    const auto lines = state_.health();
    const Level level = worst(lines);
    return {level == Level::kCritical ? 503 : 200, dump({{"level", to_string(level)}})};
  }

  ApiResponse readyz(const ApiRequest&) {
    const bool ready = state_.board.latest() != nullptr;
    return {ready ? 200 : 503, dump({{"ready", ready}})};
  }

  ApiResponse ask_round(const ApiRequest&) {
    const auto s = state_.board.latest();
    requests_.round = true;
    wake_();
    return {202, dump({{"after_round", s ? s->round.number : 0}})};
  }
  ApiResponse mark_seen(const ApiRequest& r) {
    auto target = query_text(r.query, "target");
    if (!target)
      return error_answer(400, "target must be percent-encoded text: a pane, a session, or nothing for all");
    requests_.add_seen(std::move(*target));
    return ask(requests_.wake);
  }
  ApiResponse ask_reload(const ApiRequest&) { return ask(requests_.reload); }
  ApiResponse ask_clear(const ApiRequest&) { return ask(requests_.clear_cache); }
  ApiResponse ask(std::atomic<bool>& flag) {
    flag = true;
    wake_();
    return {202, "{}"};
  }

  const ServiceState& state_;
  LoopRequests& requests_;
  const std::function<void()> wake_;
};

}  // namespace

Router make_routes(const ServiceState& state, LoopRequests& requests, std::function<void()> wake,
                   ApiDesk& desk, const std::shared_ptr<Logins>& logins) {
  auto routes = Routes::table(std::make_shared<Routes>(state, requests, std::move(wake)));
  for (ApiRoute& r : look_routes(state, desk)) routes.push_back(std::move(r));
  for (ApiRoute& r : answer_routes(state, desk)) routes.push_back(std::move(r));
  for (ApiRoute& r : page_routes(state, desk, logins)) routes.push_back(std::move(r));
  return Router(std::move(routes));
}

}  // namespace orc
