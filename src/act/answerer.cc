// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/act/answerer.h"

#include <fmt/format.h>

#include <charconv>
#include <string_view>
#include <utility>

#include "tmux_orc/base/text.h"
#include "tmux_orc/figures/json.h"

namespace orc {
namespace {

using End = PaneHand::Outcome;
using nlohmann::ordered_json;

// Why the request cannot even be tried; "" if it can.
std::string refusal_of(const AnswerRequest& request, const PaneHand::Question& question) {
  if (request.ask && question.ask.id != *request.ask)
    return question.verdict.state == State::kWaiting
               ? "the dialog is not the one that was seen"
               : fmt::format("the agent is {} now", to_string(question.verdict.state));
  return question.refusal;
}

}  // namespace

ordered_json to_json(const PaneHand::Question& q) {
  return {{"pane", fmt::format("%{}", q.pane.key.pane)},
          {"server", printable(q.pane.server_name)},
          {"agent", q.verdict.agent},
          {"state", to_string(q.verdict.state)},
          {"detail", q.verdict.detail},
          {"answerable", q.refusal.empty()},
          {"why", q.refusal},
          {"takes_text", q.takes_text},
          {"asks", q.verdict.asks ? to_json(*q.verdict.asks) : ordered_json()}};
}

ordered_json to_json(const AnswerResult& r) {
  ordered_json j = to_json(r.question);
  j["outcome"] = to_string(r.outcome);
  j["chosen"] = printable(r.chosen, true);
  j["why"] = printable(r.why);
  return j;
}

Result<std::uint64_t> parse_ask_id(const std::string& text) {
  std::uint64_t id = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, id, 16);
  if (problem != std::errc() || stop != end || id == 0)
    return fail(ErrorKind::kInvalid, "an id is 16 hexadecimal digits, as `asks` has it");
  return id;
}

std::string_view to_string(End outcome) {
  switch (outcome) {
    case End::kDelivered:
      return "answered";
    case End::kNotNow:
      return "refused";
    case End::kPlaced:
      return "moved";
    case End::kFailed:
      break;
  }
  return "failed";
}

Result<AnswerResult> answer(const PaneHand& hand, const AnswerLog& log, const Clock& clock,
                            const AnswerRequest& request) {
  if (request.text && trim(*request.text).empty()) return fail(ErrorKind::kInvalid, "the text is empty");
  if (request.text && request.text->size() > kLongestAnswer)
    return fail(ErrorKind::kInvalid, fmt::format("a text has at most {} bytes", kLongestAnswer));
  ORC_TRY(question, hand.question(request.pane));
  AnswerResult out;
  out.question = std::move(*question);
  std::size_t option = 0;
  if (request.text) {
    out.chosen = *request.text;
  } else {
    out.why = refusal_of(request, out.question);
    out.chosen = request.choice;
  }
  if (!request.text && out.why.empty()) {
    ORC_TRY(chosen, chosen_option(out.question.ask, request.choice));
    option = *chosen;
    out.chosen = describe(out.question.ask.options[option]);
  }
  AnswerEntry entry;
  entry.id = random_hex();
  entry.at_ms = clock.wall_ms();
  entry.by = request.by;
  entry.server = out.question.pane.server_name;
  entry.pane = fmt::format("%{}", request.pane);
  entry.agent = out.question.verdict.agent;
  entry.title = request.text ? "" : out.question.ask.title;
  entry.choice = out.chosen;
  entry.is_text = request.text.has_value();
  if (auto ok = log.add(entry); !ok) {
    ok.error().message += "; nothing was typed";
    return tl::unexpected(ok.error());
  }
  if (request.text)
    out.outcome = hand.deliver(
        out.question.pane, *request.text, [] { return Result<void>(); }, &out.why);
  else if (out.why.empty())
    out.outcome = hand.answer(out.question.pane, out.question.ask.id, option, &out.why);
  entry.outcome = to_string(out.outcome);
  entry.why = out.outcome == End::kDelivered ? "" : out.why;
  out.why = entry.why;
  // What was typed stays typed: an entry that cannot be completed stays pending.
  static_cast<void>(log.add(entry));
  return out;
}

}  // namespace orc
