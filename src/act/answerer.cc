#include "tmux_orc/act/answerer.h"

#include <fmt/format.h>

#include "tmux_orc/base/text.h"

namespace orc {
namespace {

using Outcome = PaneHand::Outcome;

// Why the request cannot even be tried; "" if it can.
std::string refusal_of(const AnswerRequest& request, const PaneHand::Question& question) {
  if (request.ask && question.ask.id != *request.ask)
    return question.verdict.state == State::kWaiting
               ? "the dialog is not the one that was seen"
               : fmt::format("the agent is {} now", to_string(question.verdict.state));
  return question.refusal;
}

}  // namespace

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::kDelivered:
      return "answered";
    case Outcome::kNotNow:
      return "refused";
    case Outcome::kPlaced:
      return "moved";
    case Outcome::kFailed:
      break;
  }
  return "failed";
}

Result<AnswerResult> answer(const PaneHand& hand, const AnswerLog& log, const Clock& clock,
                            const AnswerRequest& request) {
  if (request.text && trim(*request.text).empty()) return fail(ErrorKind::kInvalid, "the text is empty");
  if (request.text && request.text->size() > kLongestAnswer)
    return fail(ErrorKind::kInvalid, fmt::format("a text has at most {} bytes", kLongestAnswer));
  auto question = hand.question(request.pane);
  if (!question) return tl::unexpected(question.error());
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
    const auto chosen = chosen_option(out.question.ask, request.choice);
    if (!chosen) return tl::unexpected(chosen.error());
    option = *chosen;
    out.chosen = describe(out.question.ask.options[option]);
  }
  AnswerEntry entry{random_hex(),
                    clock.wall_ms(),
                    request.by,
                    request.server,
                    fmt::format("%{}", request.pane),
                    out.question.verdict.agent,
                    request.text ? "" : out.question.ask.title,
                    out.chosen,
                    request.text.has_value()};
  if (auto ok = log.add(entry); !ok) {
    ok.error().message += "; nothing was typed";
    return tl::unexpected(ok.error());
  }
  if (request.text)
    out.outcome = hand.deliver(
        out.question.pane, *request.text, [] {}, &out.why);
  else if (out.why.empty())
    out.outcome = hand.answer(out.question.pane, out.question.ask.id, option, &out.why);
  entry.outcome = to_string(out.outcome);
  entry.why = out.outcome == Outcome::kDelivered ? "" : out.why;
  out.why = entry.why;
  // What was typed stays typed: an entry that cannot be completed stays pending.
  static_cast<void>(log.add(entry));
  return out;
}

}  // namespace orc
