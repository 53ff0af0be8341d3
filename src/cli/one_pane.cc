// SPDX-License-Identifier: Apache-2.0
#include "one_pane.h"

#include <fmt/format.h>
#include <poll.h>

#include <chrono>
#include <optional>
#include <utility>

#include "own_eyes.h"
#include "setup.h"
#include "status_source.h"
#include "tmux_orc/api/api_client.h"
#include "tmux_orc/api/query.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/check/explanation_json.h"
#include "tmux_orc/figures/json.h"

namespace orc::cli {
namespace {

using nlohmann::ordered_json;

constexpr auto kEyesPatience = std::chrono::seconds(4);  // a monitor's look may take 2 s
constexpr int kAskEvery_ms = 5;

// Nothing: the monitor cannot tell, and a look of our own may.
Result<std::optional<ordered_json>> ask_eyes(const Paths& paths, const std::string& pane,
                                             const std::string& server, bool with_record) {
  const std::string target = fmt::format("/api/v1/explain?pane={}&server={}{}", query_escape(pane),
                                         query_escape(server), with_record ? "&record=1" : "");
  const auto until = Steady::now() + kEyesPatience;
  while (Steady::now() < until) {
    const auto reply = api_request(paths.api_socket(), "GET", target, kEyesPatience);
    if (!reply || reply->status == 404) return std::nullopt;
    ORC_TRY(j, parse_json(reply->body));
    if (reply->status == 200) {
      (*j)["asked"] = "monitor";
      return std::optional(std::move(*j));
    }
    if (reply->status == 409)
      return fail(ErrorKind::kInvalid, fmt::format("more than one server has a pane {}: say --server; {}",
                                                   pane, j->value("error", "")));
    if (reply->status != 202) return std::nullopt;
    ::poll(nullptr, 0, kAskEvery_ms);
  }
  return std::nullopt;
}

Result<std::string> capture(const OwnEyes& eyes, const OwnEyes::Found& found, const std::string& how) {
  ServerLink& link = found.server->link;
  ORC_DO(link.ensure_ready(eyes.deadline()));
  StringSink sink;
  ORC_TRY(done, link.current()->run({{"capture-pane", fmt::format("-pt%{}", found.pane), how}},
                                    eyes.deadline(), sink));
  if (done->status != 0) return fail(ErrorKind::kCommand, std::string(trim(done->errors)));
  return std::move(sink.text);
}

}  // namespace

Result<ordered_json> explain_pane(const Globals& globals, const std::string& pane, const std::string& server,
                                  bool with_record) {
  ORC_TRY(paths, paths_of(globals));
  if (!asks_for_own_rounds(globals, {})) {
    ORC_TRY(told, ask_eyes(*paths, pane, server, with_record));
    if (*told) return std::move(**told);
  }
  ORC_TRY(made, OwnEyes::open(globals));
  OwnEyes& eyes = **made;
  ORC_TRY(found, eyes.find(pane, server));
  ORC_TRY(look, found->server->observer.observe_one(found->pane, eyes.deadline()));
  ordered_json j = explain_look(*eyes.classifier(), *look, eyes.clock().wall_ms(), with_record);
  j["asked"] = "own look";
  return j;
}

Result<ForPeople> capture_for_people(const Globals& globals, const std::string& pane,
                                     const std::string& server) {
  ORC_TRY(made, OwnEyes::open(globals));
  OwnEyes& eyes = **made;
  ORC_TRY(found, eyes.find(pane, server));
  ORC_TRY(ansi, capture(eyes, *found, "-e"));
  ORC_TRY(scrollback, capture(eyes, *found, "-S-200"));
  return ForPeople{std::move(*ansi), std::move(*scrollback)};
}

}  // namespace orc::cli
