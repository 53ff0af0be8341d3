// SPDX-License-Identifier: Apache-2.0
// PaneHand: answering a dialog.
#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tmux_orc/act/pane_hand.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/check/as_round.h"

namespace orc {
namespace {

constexpr double kAnswerTime_s = 5;  // an agent may need so long to take an answer, and to show it
constexpr double kMoveTime_s = 2;    // ... and to move its pointer
constexpr auto kGone = std::chrono::milliseconds(100);  // a dialog that is only redrawn is back by then
constexpr auto kMoved = std::chrono::milliseconds(0);
constexpr int kTries = 4;  // something may move in a pane that asks: a clock, a spinner

bool asks(const Classified& seen, std::uint64_t ask) {
  return seen.verdict.state == State::kWaiting && seen.verdict.asks && seen.verdict.asks->id == ask;
}

// Why none of its options can be chosen; "" if one can.
std::string unanswerable(const Ask& ask, const Answering& ways) {
  std::string why;
  for (std::size_t i = 0; i < ask.options.size(); ++i) {
    const auto way = way_to(ask, i, ways);
    if (way) return "";
    if (i == 0) why = way.error().message;
  }
  return why;
}

}  // namespace

std::optional<Verdict> PaneHand::standing(const Look& now, std::uint64_t ask) const {
  if (ask == 0) return std::nullopt;
  if (const Classified part = classify_as_round(*classifier_, now.screen); asks(part, ask))
    return part.verdict;
  return asks(now.seen, ask) ? std::optional(now.seen.verdict) : std::nullopt;
}

Result<PaneHand::Question> PaneHand::question(PaneId pane) const {
  ORC_TRY(now, look(pane));
  Question out;
  out.pane.key.pane = pane;
  out.pane.server_name = server_->link.address().name;
  out.pane.facts = now->facts;
  out.pane.session_id = now->session_id;
  out.verdict = classify_as_round(*classifier_, now->screen).verdict;
  out.ask = out.verdict.asks.value_or(Ask());
  out.ways = answers_of(classifier_->agents(), out.verdict);
  out.takes_text = text_refusal(out.pane, *now).empty();
  out.refusal = living_refusal(out.pane, *now);
  if (!out.refusal.empty()) return out;
  if (out.verdict.state != State::kWaiting)
    out.refusal = fmt::format("the agent is {}", to_string(out.verdict.state));
  else if (out.ask.id == 0 || out.ask.options.empty())
    out.refusal = "its options cannot be read from the screen: jump there";
  else
    out.refusal = unanswerable(out.ask, out.ways);
  return out;
}

// One key, if the dialog is as it was seen in `now`, with the pointer on `pointer` (-1: wherever it is).
// Where only something else moved, it looks again.
PaneHand::Outcome PaneHand::press(const PaneRef& pane, Look& now, std::uint64_t ask, int pointer,
                                  const std::string& key, std::string* why) const {
  const PaneId id = pane.key.pane;
  for (int i = 0; i < kTries; ++i) {
    if (*why = living_refusal(pane, now); !why->empty()) return Outcome::kNotNow;
    const auto verdict = standing(now, ask);
    if (!verdict) return *why = "the dialog changed", Outcome::kNotNow;
    if (pointer >= 0 && verdict->asks->selected != pointer)
      return *why = "somebody else moved the pointer", Outcome::kNotNow;
    if (somebody_types(id)) return *why = "somebody is at the keyboard", Outcome::kNotNow;
    const auto sent = if_unmoved(id, now, fmt::format("send-keys -t %{} {}", id, key),
                                 standing_rows(*verdict->asks, now.screen.text));
    if (!sent) return *why = sent.error().message, Outcome::kFailed;
    if (*sent) return Outcome::kDelivered;
    auto again = look(id);
    if (!again) return *why = again.error().message, Outcome::kNotNow;
    now = std::move(*again);
  }
  return *why = "something moves in the pane all the time", Outcome::kNotNow;
}

// Moves the pointer step by step: an agent that gets two keys at once may take them for one that it does not
// know, and a list may have entries that are passed over.
PaneHand::Outcome PaneHand::point_at(const PaneRef& pane, Look& now, std::uint64_t ask, std::size_t option,
                                     AnswerBy way, std::string* why) const {
  const bool across = way == AnswerBy::kArrowsAcross;
  for (bool moved = false;; moved = true) {
    const auto verdict = standing(now, ask);
    if (!verdict) return *why = "the dialog changed", moved ? Outcome::kFailed : Outcome::kNotNow;
    const int at = verdict->asks->selected, wanted = static_cast<int>(option);
    if (at == wanted) return Outcome::kDelivered;
    int next = wanted;
    std::string key = verdict->asks->options[option].key;
    if (way != AnswerBy::kNumberEnter) {
      if (at < 0)
        return *why = "no pointer is seen in the dialog", moved ? Outcome::kPlaced : Outcome::kNotNow;
      const bool down = at < wanted;
      next = at + (down ? 1 : -1);
      key = across ? (down ? "Right" : "Left") : (down ? "Down" : "Up");
    }
    const Outcome pressed = press(pane, now, ask, way == AnswerBy::kNumberEnter ? -1 : at, key, why);
    if (pressed != Outcome::kDelivered)
      return moved && pressed == Outcome::kNotNow ? Outcome::kPlaced : pressed;
    const auto arrived = [&](const Look& l) {
      const auto v = standing(l, ask);
      return v && v->asks->selected == next;
    };
    if (!wait_for(pane.key.pane, kMoveTime_s, now, arrived, kMoved))
      return *why = "the pointer did not go where it should; nothing was chosen", Outcome::kPlaced;
  }
}

PaneHand::Outcome PaneHand::await_end(const PaneRef& pane, std::uint64_t ask, std::string* why) const {
  Look now;
  // Of a program that ended with its answer nothing stands there any more, too.
  if (wait_for(
          pane.key.pane, kAnswerTime_s, now, [&](const Look& l) { return !standing(l, ask); }, kGone))
    return Outcome::kDelivered;
  return *why = "the key was sent, but the dialog still stands there", Outcome::kFailed;
}

PaneHand::Outcome PaneHand::answer(const PaneRef& pane, std::uint64_t ask, std::size_t option,
                                   std::string* why) const {
  auto now = look(pane.key.pane);
  if (!now) return *why = now.error().message, Outcome::kNotNow;
  if (*why = living_refusal(pane, *now); !why->empty()) return Outcome::kNotNow;
  const auto verdict = standing(*now, ask);
  if (!verdict) {
    *why = now->seen.verdict.state == State::kWaiting
               ? "the dialog changed"
               : fmt::format("the agent is {} now", to_string(now->seen.verdict.state));
    return Outcome::kNotNow;
  }
  const auto way = way_to(*verdict->asks, option, answers_of(classifier_->agents(), *verdict));
  if (!way) return *why = way.error().message, Outcome::kNotNow;
  std::string key = "Enter";
  int pointer = static_cast<int>(option);
  bool moved = false;
  if (*way == AnswerBy::kNumber || *way == AnswerBy::kLetter) {
    key = verdict->asks->options[option].key;
    pointer = -1;
  } else {
    moved = verdict->asks->selected != static_cast<int>(option);
    if (const Outcome pointed = point_at(pane, *now, ask, option, *way, why); pointed != Outcome::kDelivered)
      return pointed;
  }
  const Outcome pressed = press(pane, *now, ask, pointer, key, why);
  if (pressed != Outcome::kDelivered)
    return moved && pressed == Outcome::kNotNow ? Outcome::kPlaced : pressed;
  return await_end(pane, ask, why);
}

}  // namespace orc
