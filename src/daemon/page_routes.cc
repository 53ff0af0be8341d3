// SPDX-License-Identifier: Apache-2.0
#include "page_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "json_answers.h"
#include "named_pane.h"
#include "tmux_orc/api/query.h"
#include "tmux_orc/base/files.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/history/history_reader.h"
#include "tmux_orc/report/reports.h"
#include "tmux_orc/report/timeline.h"
#include "tmux_orc/web/assets.h"

namespace orc {
namespace page {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kMostLogin = 1024;
constexpr auto kTodayFresh = std::chrono::seconds(10);  // its query reads every transition of the day
constexpr auto kTimelineFresh = std::chrono::seconds(30);
constexpr std::int64_t kTimelineSpan_ms = 24 * 3'600'000;
constexpr std::size_t kTimelineColumns = 144;  // of ten minutes
constexpr std::size_t kMostSums = 50;          // of usage; those with the most tokens

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
GET  /api/v1/today              today's waits and usage
GET  /api/v1/timeline?pane=%255&server=ID  what an agent did in the last 24 hours
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
  if (!reader) return json_answer(200, none);
  const Period day = last_days("day", 1, SystemClock().wall_ms());
  const auto times = (*reader)->agent_times(day);
  const auto used = (*reader)->usage(day);
  if (!times || !used) return json_answer(200, none);
  std::int64_t waits = 0, waited = 0, longest = 0, worked = 0;
  for (const AgentTimes& t : *times) {
    waits += sum_of(t.entered, State::kWaiting);
    waited += sum_of(t.ms, State::kWaiting);
    longest = std::max(longest, sum_of(t.longest_ms, State::kWaiting));
    worked += sum_of(t.ms, State::kWorking);
  }
  ordered_json usage = ordered_json::array();
  for (const UsageSum& u : *used) {
    if (usage.size() < kMostSums) usage.push_back(to_json(u));
  }
  return json_answer(200, {{"recorded", true},
                           {"agents", times->size()},
                           {"waits", waits},
                           {"waited_ms", waited},
                           {"longest_ms", longest},
                           {"worked_ms", worked},
                           {"usage", std::move(usage)}});
}

// The columns as one text, a letter each: an index into `states`, "." where nobody was seen.
ApiResponse timeline_of(const Paths& paths, const PaneRef& pane) {
  const ordered_json none = {{"recorded", false}};
  auto reader = HistoryReader::open(paths.history_file(), paths.environment);
  if (!reader) return json_answer(200, none);
  Period day;
  day.to_ms = SystemClock().wall_ms();
  day.from_ms = day.to_ms - kTimelineSpan_ms;
  const auto timeline = read_timeline(**reader, day, kTimelineColumns,
                                      TimelinePlace{pane.server_name, printable(pane.target())});
  if (!timeline) return json_answer(200, none);
  ordered_json states = ordered_json::array();
  for (int i = 0; i < kStateCount; ++i) states.push_back(to_string(static_cast<State>(i)));
  std::string columns(kTimelineColumns, '.');
  ordered_json lengths = ordered_json::object();
  for (const Strip& strip : timeline->strips) {
    for (const auto& [s, ms] : strip.ms) lengths[std::string(to_string(s))] = ms;
    for (std::size_t i = 0; i < strip.columns.size(); ++i)
      if (strip.columns[i]) columns[i] = static_cast<char>('a' + static_cast<int>(*strip.columns[i]));
  }
  return json_answer(200, {{"recorded", true},
                           {"from_ms", timeline->from_ms},
                           {"to_ms", timeline->to_ms},
                           {"states", std::move(states)},
                           {"columns", columns},
                           {"ms", std::move(lengths)}});
}

ApiResponse timeline(const ServiceState& state, ApiDesk& desk, const ApiRequest& r) {
  const auto pane = query_text(r.query, "pane"), server = query_text(r.query, "server");
  if (!pane || !server || pane->empty())
    return error_answer(
        400, "pane and server are wanted, as /api/v1/agents names them: pane=%255&server=ID (server_id)");
  const auto subject = find_pane(state, desk.eyes(), *pane, *server);
  if (!subject) return subject.error();
  if (!subject->told) return error_answer(404, "no agent is known in this pane");
  const PaneRef& p = subject->told->pane;
  return desk.ask(fmt::format("timeline {:016x} %{}", p.key.server, p.key.pane), kTimelineFresh,
                  [&state, p] { return timeline_of(state.paths(), p); });
}

ApiResponse login(Logins& logins, const ApiRequest& r) {
  const auto body = parse_json(r.body);
  if (!body || !body->is_object() || !body->contains("code") || !(*body)["code"].is_string())
    return error_answer(400, R"(a code is wanted: {"code": "..."})");
  const auto cookie = logins.redeem((*body)["code"].get<std::string>());
  if (!cookie) return error_answer(401, "this code was used, or is too old");
  return {200, "{}", "application/json", {{"Set-Cookie", *cookie}}};
}

ApiResponse link(const ServiceState& state, Logins& logins) {
  const Settings s = state.facts().settings;
  return json_answer(200, {{"listen", s.api_listen},
                           {"page_url", s.api_page_url},
                           {"code", logins.wanted() ? logins.make_code() : ""}});
}

ApiResponse rotate(const ServiceState& state, Logins& logins) {
  if (!logins.wanted())
    return error_answer(409, "no token is wanted: api.listen is empty, or api.allow_local_users is on");
  const std::string configured = state.facts().settings.api_token_file;
  const std::string file = configured.empty() ? state.paths().token_file() : configured;
  const std::string token = new_token();
  if (auto ok = write_file_atomically(file, token + "\n", true); !ok)
    return error_answer(500, ok.error().message);
  logins.set_token(token);
  return json_answer(200, {{"file", file}});
}

}  // namespace
}  // namespace page

std::vector<ApiRoute> page_routes(const ServiceState& state, ApiDesk& desk,
                                  const std::shared_ptr<Logins>& logins) {
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
  routes.push_back(
      {"GET", "/api/v1/timeline", [&state, &desk](const ApiRequest& r) { return timeline(state, desk, r); }});
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
