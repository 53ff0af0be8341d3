// SPDX-License-Identifier: Apache-2.0
#include "answer_route.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "json_answers.h"
#include "named_pane.h"
#include "tmux_orc/act/answerer.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/figures/json.h"

namespace orc {
namespace answers {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kMostBody = 4096;

// Why this daemon answers nothing; "" if it does.
std::string refusal(const Settings& s) {
  if (!s.answer) return "answers are switched off (actions.answer)";
  if (!s.api_answer) return "answers over the API are switched off (api.answer)";
  if (s.api_allow_local_users && !s.api_listen.empty())
    return "every user of this machine could answer (api.allow_local_users): nobody can";
  return "";
}

ApiResponse give(const NamedPane& subject, const Eyes& eyes, const Paths& paths, const Cancel* cancel,
                 const AnswerRequest& request) {
  const PaneHand hand(subject.server, eyes.classifier, cancel);
  const auto result = answer(hand, AnswerLog(paths.answer_log()), SystemClock(), request);
  if (!result) {
    const ErrorKind kind = result.error().kind;
    return error_answer(kind == ErrorKind::kInvalid   ? 400
                        : kind == ErrorKind::kCommand ? 404
                                                      : 502,
                        printable(result.error().message));
  }
  return {result->outcome == PaneHand::Outcome::kDelivered ? 200 : 409, dump(to_json(*result))};
}

ApiResponse take(const ServiceState& state, ApiDesk& desk, const ApiRequest& r) {
  if (const std::string why = refusal(state.facts().settings); !why.empty()) return error_answer(403, why);
  const auto body = parse_json(r.body);
  if (!body || !body->is_object())
    return error_answer(400,
                        R"(wanted: {"pane": "%5", "server": "SERVER_ID", "id": "ASK_ID", "choice": "1"})");
  const std::string pane = text_member(*body, "pane"), server = text_member(*body, "server"),
                    choice = text_member(*body, "choice");
  const auto id = parse_ask_id(text_member(*body, "id"));
  if (pane.empty() || choice.empty()) return error_answer(400, "pane and choice are wanted");
  if (!id) return error_answer(400, id.error().message);
  const Eyes eyes = desk.eyes();
  auto subject = find_pane(state, eyes, pane, server);
  if (!subject) return subject.error();
  AnswerRequest request;
  request.pane = subject->pane;
  request.by = "api";
  request.ask = *id;
  request.choice = choice;
  // Who asks again after 202 or a lost connection asks the same: it is typed once.
  const std::string key = fmt::format("answer %{} {} {:016x} {}", subject->pane,
                                      subject->server->link.address().name, *id, choice);
  return desk.ask(key, {}, [=, paths = state.paths(), cancel = desk.cancel(), subject = std::move(*subject)] {
    return give(subject, eyes, paths, cancel, request);
  });
}

}  // namespace
}  // namespace answers

std::vector<ApiRoute> answer_routes(const ServiceState& state, ApiDesk& desk) {
  ApiRoute route{"POST", "/api/v1/answer",
                 [&](const ApiRequest& r) { return answers::take(state, desk, r); }};
  route.most_body = answers::kMostBody;
  return {route};
}

}  // namespace orc
