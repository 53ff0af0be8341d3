#include "look_routes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "tmux_orc/api/query.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/check/explanation_json.h"

namespace orc {
namespace {

using nlohmann::ordered_json;

constexpr auto kFresh = std::chrono::seconds(1);  // a screen is shown for so long without another look
constexpr auto kLookTime = std::chrono::seconds(2);
constexpr std::size_t kMostRows = 500, kMostColumns = 1000, kMostBytes = 512 * 1024;

ApiResponse answer(int status, const ordered_json& j) { return {status, dump(j)}; }
ApiResponse error(int status, const std::string& text) { return answer(status, {{"error", text}}); }

// What a request asks about.
struct Subjects {
  std::shared_ptr<LiveServer> server;
  PaneId pane = 0;
  std::optional<AgentStatus> told;  // as the last round has it; nothing where no agent is known
};

std::string name_of(const LiveServer& server) { return server.link.address().name; }

bool is_of(const PaneRef& p, const std::string& server) {
  return server.empty() || p.server_name == server || fmt::format("{:016x}", p.key.server) == server;
}

// `pane` is %N or an agent's session:window.pane, `server` a name, an id, or "" where it is not needed to
// tell. The error is the response.
tl::expected<Subjects, ApiResponse> find(const ServiceState& state, const Eyes& eyes, const std::string& pane,
                                         const std::string& server) {
  Subjects out;
  const auto snapshot = state.board.latest();
  if (!snapshot) return tl::unexpected(error(503, "no round is done yet"));
  std::vector<std::string> names;
  for (const AgentStatus& a : snapshot->agents) {
    if (!a.pane.is_called(pane) || !is_of(a.pane, server)) continue;
    out.told = a;
    names.push_back(a.pane.server_name);
  }
  const auto id = out.told ? out.told->pane.key.pane : pane_number(pane);
  if (!id) return tl::unexpected(error(404, "no agent is known in this pane: ask for %N"));
  out.pane = *id;
  if (!out.told) {
    for (const ServerFigures& f : snapshot->servers) {
      if (server.empty() || f.name == server || fmt::format("{:016x}", f.life) == server)
        names.push_back(f.name);
    }
  }
  if (names.size() > 1)
    return tl::unexpected(error(409, fmt::format("of which server? {}", fmt::join(names, ", "))));
  for (const auto& s : eyes.servers) {
    if (names.size() == 1 && name_of(*s) == names.front()) out.server = s;
  }
  if (!out.server) return tl::unexpected(error(404, "this server is not watched"));
  return out;
}

std::int64_t wall_ms() { return SystemClock().wall_ms(); }

ApiResponse failed(const Error& e) {
  return error(e.kind == ErrorKind::kCommand ? 404 : 502, printable(e.message));
}

ApiResponse screen_of(const Subjects& subject) {
  const auto look = subject.server->observer.observe_one(subject.pane, Steady::now() + kLookTime);
  if (!look) return failed(look.error());
  return answer(200, {{"at_ms", wall_ms()},
                      {"pane", fmt::format("%{}", look->pane.key.pane)},
                      {"server_id", fmt::format("{:016x}", look->pane.key.server)},
                      {"width", look->evidence.width},
                      {"height", look->evidence.height},
                      {"text", presentable_screen(look->evidence.text)}});
}

ApiResponse explain(const Subjects& subject, const Eyes& eyes, bool with_record) {
  const auto look = subject.server->observer.observe_one(subject.pane, Steady::now() + kLookTime);
  if (!look) return failed(look.error());
  ordered_json j = explain_look(*eyes.classifier, *look, wall_ms(), with_record);
  j["told"] = nullptr;
  if (const auto& told = subject.told) {
    j["told"] = {{"agent", told->verdict.agent},
                 {"state", to_string(told->verdict.state)},
                 {"detail", told->verdict.detail},
                 {"rule", told->verdict.rule},
                 {"since_ms", told->since_ms}};
  }
  return answer(200, j);
}

// Both routes: the pane of the request, handed to `make` on the desk's thread.
template <typename Make>
ApiResponse ask(const ServiceState& state, ApiDesk& desk, const ApiRequest& r, const char* kind,
                Steady::duration fresh, bool only_agents, Make make) {
  const auto pane = query_text(r.query, "pane"), server = query_text(r.query, "server");
  if (!pane || !server || pane->empty() || (only_agents && server->empty()))
    return error(400,
                 "pane and server are wanted, as /api/v1/agents names them: pane=%255&server=ID (server_id)");
  const Eyes eyes = desk.eyes();
  auto subject = find(state, eyes, *pane, *server);
  if (!subject) return subject.error();
  if (only_agents && !subject->told) return error(404, "no agent is known in this pane");
  const std::string key = fmt::format("{} %{} {}", kind, subject->pane, name_of(*subject->server));
  return desk.ask(key, fresh, [=, subject = std::move(*subject)] { return make(subject, eyes); });
}

}  // namespace

std::string presentable_screen(std::string_view text) {
  std::string out;
  const std::string clean = printable(text.substr(0, kMostBytes), true);
  const auto lines = split_lines(clean);
  for (std::size_t i = 0; i < std::min(lines.size(), kMostRows); ++i)
    out.append(fit_width(rtrim(lines[i]), static_cast<int>(kMostColumns))).push_back('\n');
  return out;
}

std::vector<ApiRoute> look_routes(const ServiceState& state, ApiDesk& desk) {
  return {{"GET", "/api/v1/screen",
           [&](const ApiRequest& r) {
             return ask(state, desk, r, "screen", kFresh, true,
                        [](const Subjects& s, const Eyes&) { return screen_of(s); });
           }},
          {"GET", "/api/v1/explain", [&](const ApiRequest& r) {
             const bool with_record = query_text(r.query, "record") == "1";
             return ask(
                 state, desk, r, with_record ? "record" : "explain", {}, false,
                 [with_record](const Subjects& s, const Eyes& e) { return explain(s, e, with_record); });
           }}};
}

}  // namespace orc
