#include "page_routes.h"

#include <fmt/format.h>

#include <algorithm>

#include "tmux_orc/base/files.h"
#include "tmux_orc/web/assets.h"

namespace orc {
namespace page {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kMostLogin = 1024;

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
GET  /api/v1/today              today's waits
POST /api/v1/login              a code of `tmux-orc page` for a cookie
POST /api/v1/rounds             a round now
POST /api/v1/reload             read the configuration again
POST /api/v1/cache/clear        forget all cached screens
GET  /metrics                   for Prometheus
GET  /healthz                   is the daemon well
GET  /readyz                    is the first round done
)";

// "%255" -> "%5"; what is no escape stays as it is.
std::string unescape(std::string_view text) {
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_escape =
        text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0;
    out += is_escape ? static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2])) : text[i];
    if (is_escape) i += 2;
  }
  return out;
}

std::string query_text(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    if (part.starts_with(name) && part.size() > name.size() && part[name.size()] == '=')
      return unescape(part.substr(name.size() + 1));
  }
  return "";
}

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

// Only of panes that are watched as agents', as the last round saw them.
ApiResponse screen(const ServiceState& state, PageDesk& desk, const ApiRequest& r) {
  const std::string pane = query_text(r.query, "pane"), server = query_text(r.query, "server");
  if (pane.empty() || server.empty())
    return error(400,
                 "pane and server are wanted, as /api/v1/agents names them: pane=%255&server=ID (server_id)");
  const auto snapshot = state.board.latest();
  if (!snapshot) return error(503, "no round is done yet");
  const auto found =
      std::find_if(snapshot->agents.begin(), snapshot->agents.end(), [&](const AgentStatus& a) {
        return fmt::format("%{}", a.pane.key.pane) == pane &&
               fmt::format("{:016x}", a.pane.key.server) == server;
      });
  if (found == snapshot->agents.end()) return error(404, "no agent is known in this pane");
  const auto look = desk.screen(found->pane);
  if (!look) return error(503, look.error().message);
  if (!*look) return answer(202, {{"pending", true}});
  if (!(*look)->error.empty()) return error(502, (*look)->error);
  return answer(200, {{"at_ms", (*look)->at_ms},
                      {"pane", pane},
                      {"server_id", server},
                      {"width", found->pane.facts.width},
                      {"height", found->pane.facts.height},
                      {"text", (*look)->text}});
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

std::vector<ApiRoute> page_routes(const ServiceState& state, PageDesk& desk, std::shared_ptr<Logins> logins) {
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
  routes.push_back({"GET", "/api/v1/screen", [&](const ApiRequest& r) { return screen(state, desk, r); }});
  routes.push_back({"GET", "/api/v1/today", [&](const ApiRequest&) {
                      const auto sums = desk.today();
                      return sums ? answer(200, *sums) : answer(202, {{"pending", true}});
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
