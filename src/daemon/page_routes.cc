// SPDX-License-Identifier: Apache-2.0
#include "page_routes.h"

#include <fmt/format.h>

#include <algorithm>

#include "tmux_orc/base/files.h"
#include "tmux_orc/history/history_reader.h"
#include "tmux_orc/web/assets.h"

namespace orc {
namespace page {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kMostLogin = 1024;
constexpr auto kTodayFresh = std::chrono::seconds(10);  // its query reads every transition of the day

ApiResponse answer(int status, const ordered_json& j) { return {status, dump(j)}; }
ApiResponse error(int status, const std::string& text) { return answer(status, {{"error", text}}); }

constexpr std::string_view kRoutes = R"(tmux-orc: the routes of this monitor. All of it: /api/v1/openapi.yaml

GET  /                          the page
GET  /api                       this list
GET  /api/v1/openapi.yaml       the description for programs
GET  /api/v1/agents             the agents, those who need a person first
GET  /api/v1/snapshot           the last round
GET  /api/v1/status             everything: mode, configuration, health, figures, snapshot
GET  /api/v1/health             figures against their targets
GET  /api/v1/usage              tokens, context and limits, as agents say them
GET  /api/v1/rounds?last=60     what the last rounds cost
GET  /api/v1/events             transitions as they happen (text/event-stream)
GET  /api/v1/screen?pane=%255&server=ID   an agent's screen; ID is its server_id
GET  /api/v1/explain?pane=%255&server=NAME  why a pane has its state
POST /api/v1/answer             an option of a question, with api.answer on
GET  /api/v1/today              today's waits
POST /api/v1/login              a code of `tmux-orc page` for a cookie
POST /api/v1/rounds             a round now
POST /api/v1/reload             read the configuration again
POST /api/v1/cache/clear        forget all cached screens
GET  /metrics                   for Prometheus
GET  /healthz                   is the daemon well
GET  /readyz                    is the first round done
)";

ApiResponse serve(const WebAsset& a, const ApiRequest& r) {
  ApiResponse out{200,
                  a.body,
                  a.content_type,
                  {{"ETag", a.etag},
                   {"Cache-Control", "no-cache"},
                   {"Content-Security-Policy", std::string(kContentPolicy)},
                   {"X-Frame-Options", "DENY"},
                   {"X-Content-Type-Options", "nosniff"},
                   {"Referrer-Policy", "no-referrer"},
                   {"Cross-Origin-Opener-Policy", "same-origin"},
                   {"Cross-Origin-Resource-Policy", "same-origin"}}};
  if (r.if_none_match == a.etag || r.if_none_match == "*") {
    out.status = 304;
    out.body.clear();
  }
  return out;
}

std::int64_t sum_of(const std::map<State, std::int64_t>& values, State state) {
  const auto found = values.find(state);
  return found == values.end() ? 0 : found->second;
}

// "recorded" false: there is no history, or it cannot be read; the status says why.
ApiResponse today(const Paths& paths) {
  const ordered_json none = {{"recorded", false}};
  auto reader = HistoryReader::open(paths.history_file(), paths.environment);
  if (!reader) return answer(200, none);
  const auto times = (*reader)->agent_times(last_days("day", 1, SystemClock().wall_ms()));
  if (!times) return answer(200, none);
  std::int64_t waits = 0, waited = 0, longest = 0, worked = 0;
  for (const AgentTimes& t : *times) {
    waits += sum_of(t.entered, State::kWaiting);
    waited += sum_of(t.ms, State::kWaiting);
    longest = std::max(longest, sum_of(t.longest_ms, State::kWaiting));
    worked += sum_of(t.ms, State::kWorking);
  }
  return answer(200, {{"recorded", true},
                      {"agents", times->size()},
                      {"waits", waits},
                      {"waited_ms", waited},
                      {"longest_ms", longest},
                      {"worked_ms", worked}});
}

ApiResponse login(Logins& logins, const ApiRequest& r) {
  const auto body = parse_json(r.body);
  if (!body || !body->is_object() || !body->contains("code") || !(*body)["code"].is_string())
    return error(400, R"(a code is wanted: {"code": "..."})");
  const auto cookie = logins.redeem((*body)["code"].get<std::string>());
  if (!cookie) return error(401, "this code was used, or is too old");
  return {200, "{}", "application/json", {{"Set-Cookie", *cookie}}};
}

ApiResponse link(const ServiceState& state, Logins& logins) {
  const Settings s = state.facts().settings;
  return answer(200, {{"listen", s.api_listen},
                      {"page_url", s.api_page_url},
                      {"code", logins.wanted() ? logins.make_code() : ""}});
}

ApiResponse rotate(const ServiceState& state, Logins& logins) {
  if (!logins.wanted())
    return error(409, "no token is wanted: api.listen is empty, or api.allow_local_users is on");
  const std::string configured = state.facts().settings.api_token_file;
  const std::string file = configured.empty() ? state.paths().token_file() : configured;
  const std::string token = new_token();
  if (auto ok = write_file_atomically(file, token + "\n", true); !ok) return error(500, ok.error().message);
  logins.set_token(token);
  return answer(200, {{"file", file}});
}

}  // namespace
}  // namespace page

std::vector<ApiRoute> page_routes(const ServiceState& state, ApiDesk& desk, std::shared_ptr<Logins> logins) {
  using namespace page;
  std::vector<ApiRoute> routes;
  for (const WebAsset& a : web_assets()) {
    routes.push_back({"GET", a.path, [&a](const ApiRequest& r) { return serve(a, r); }});
    routes.back().without_token = true;
  }
  routes.push_back({"GET", "/api", [](const ApiRequest&) {
                      return ApiResponse{200, std::string(kRoutes), "text/plain; charset=utf-8"};
                    }});
  routes.back().without_token = true;
  routes.push_back({"GET", "/api/v1/today", [&state, &desk](const ApiRequest&) {
                      return desk.ask("today", kTodayFresh, [&state] { return today(state.paths()); });
                    }});
  routes.push_back({"POST", "/api/v1/login", [logins](const ApiRequest& r) { return login(*logins, r); }});
  routes.back().without_token = true;
  routes.back().most_body = kMostLogin;
  routes.push_back(
      {"POST", "/api/v1/login-links", [&state, logins](const ApiRequest&) { return link(state, *logins); }});
  routes.back().only_local = true;
  routes.push_back(
      {"POST", "/api/v1/token", [&state, logins](const ApiRequest&) { return rotate(state, *logins); }});
  routes.back().only_local = true;
  return routes;
}

}  // namespace orc
