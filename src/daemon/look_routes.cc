// SPDX-License-Identifier: Apache-2.0
#include "look_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "json_answers.h"
#include "named_pane.h"
#include "tmux_orc/api/query.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/check/explanation_json.h"

namespace orc {
namespace {

using nlohmann::ordered_json;

constexpr auto kFresh = std::chrono::seconds(1);  // a screen is shown for so long without another look
constexpr auto kLookTime = std::chrono::seconds(2);
constexpr std::size_t kMostRows = 500, kMostColumns = 1000, kMostBytes = 512 * 1024;

std::int64_t wall_ms() { return SystemClock().wall_ms(); }

ApiResponse failed(const Error& e) {
  return error_answer(e.kind == ErrorKind::kCommand ? 404 : 502, printable(e.message));
}

ApiResponse screen_of(const NamedPane& subject) {
  const auto look = subject.server->observer.observe_one(subject.pane, Steady::now() + kLookTime);
  if (!look) return failed(look.error());
  return json_answer(200, {{"at_ms", wall_ms()},
                           {"pane", fmt::format("%{}", look->pane.key.pane)},
                           {"server_id", fmt::format("{:016x}", look->pane.key.server)},
                           {"width", look->evidence.width},
                           {"height", look->evidence.height},
                           {"text", presentable_screen(look->evidence.text)}});
}

ApiResponse explain(const NamedPane& subject, const Eyes& eyes, bool with_record) {
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
  return json_answer(200, j);
}

// Both routes: the pane of the request, handed to `make` on the desk's thread.
template <typename Make>
ApiResponse ask(const ServiceState& state, ApiDesk& desk, const ApiRequest& r, const char* kind,
                Steady::duration fresh, bool only_agents, Make make) {
  const auto pane = query_text(r.query, "pane"), server = query_text(r.query, "server");
  if (!pane || !server || pane->empty() || (only_agents && server->empty()))
    return error_answer(
        400, "pane and server are wanted, as /api/v1/agents names them: pane=%255&server=ID (server_id)");
  const Eyes eyes = desk.eyes();
  auto subject = find_pane(state, eyes, *pane, *server);
  if (!subject) return subject.error();
  if (only_agents && !subject->told) return error_answer(404, "no agent is known in this pane");
  const std::string key = fmt::format("{} %{} {}", kind, subject->pane, subject->server->link.address().name);
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
                        [](const NamedPane& s, const Eyes&) { return screen_of(s); });
           }},
          {"GET", "/api/v1/explain", [&](const ApiRequest& r) {
             const bool with_record = query_text(r.query, "record") == "1";
             return ask(
                 state, desk, r, with_record ? "record" : "explain", {}, false,
                 [with_record](const NamedPane& s, const Eyes& e) { return explain(s, e, with_record); });
           }}};
}

}  // namespace orc
