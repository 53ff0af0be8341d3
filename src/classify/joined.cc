// SPDX-License-Identifier: Apache-2.0
#include "joined.h"

#include <utility>

#include "tmux_orc/base/confirmed_rule.h"
#include "tmux_orc/base/turn_word.h"

namespace orc {
namespace {

// The agent's process is there and runs: what it says is about now.
bool is_alive(const Verdict& v) {
  return !v.agent.empty() && v.state != State::kExited && v.state != State::kCrashed &&
         v.detail != "suspended";
}

bool is_menu(const Verdict& v) { return v.state == State::kIdle && v.detail == "menu"; }

// Both said it: the screen's rule stays, it knows more.
Verdict confirmed(const OwnWord& own, Verdict v) {
  confirm_rule(v.rule, own.word);
  v.confidence = 0.99;
  return v;
}

// Of a screen that says nothing it is no wonder that the agent says something.
bool says_something(const Verdict& v) { return v.state != State::kStarting && v.state != State::kUnknown; }

Verdict by_screen(const OwnWord& own, Verdict v) {
  if (says_something(v)) v.against = "own:" + own.word;
  return v;
}

Verdict by_own(const OwnWord& own, State state, Verdict v) {
  if (says_something(v)) v.against = v.rule;
  v.state = state;
  v.detail = own.detail;
  v.rule = v.agent + "/own:" + own.word;
  v.confidence = 0.97;
  v.reset_phrase.clear();
  v.asks.reset();
  return v;
}

// What a session's log says of the last turn, and the screen.
enum class Fit { kConfirms, kFits, kContradicts };

bool rests(State s) {
  return s == State::kIdle || s == State::kDraft || s == State::kError || s == State::kInterrupted;
}

Fit fit(const OwnWord& own, const Verdict& v) {
  if (own.word == turn_word::kRuns) {
    if (v.state == State::kWorking) return Fit::kConfirms;
    return rests(v.state) ? Fit::kContradicts : Fit::kFits;  // it may ask within the turn
  }
  // What comes behind the end is not written: it may try again, or make a summary.
  const bool ended_so = own.word == turn_word::kComplete ? v.state == State::kIdle
                        : own.word == turn_word::kError
                            ? v.state == State::kError || v.state == State::kRateLimited
                            : v.state == State::kInterrupted;
  return ended_so ? Fit::kConfirms : Fit::kFits;
}

// The screen counts, wherever it says something.
Verdict with_turn(const OwnWord& own, Verdict v) {
  const Fit f = fit(own, v);
  if (f == Fit::kConfirms) return confirmed(own, std::move(v));
  if (own.word == turn_word::kRuns && !says_something(v)) return by_own(own, State::kWorking, std::move(v));
  return f == Fit::kContradicts ? by_screen(own, std::move(v)) : v;
}

}  // namespace

bool shows_no_dialog(const Verdict& v) { return says_something(v) && !is_menu(v); }

bool agree(const OwnWord& own, const Verdict& v) {
  if (turn_word::is_one(own.word)) return fit(own, v) != Fit::kContradicts;
  switch (own.state) {
    case OwnState::kNone:
      return true;
    case OwnState::kBusy:
      return v.state == State::kWorking;
    case OwnState::kMaybe:
      if (is_menu(v)) return true;
      [[fallthrough]];
    case OwnState::kWaiting:
      return v.state == State::kWaiting || (v.state == State::kRateLimited && v.detail == "dialog");
    case OwnState::kIdle:
      return v.state == State::kIdle || v.state == State::kDraft || v.state == State::kError ||
             v.state == State::kRateLimited || v.state == State::kInterrupted;
  }
  return true;
}

Verdict joined(const OwnWord& own, bool settled, Verdict v) {
  if (own.state == OwnState::kNone || !is_alive(v)) return v;
  if (turn_word::is_one(own.word)) return with_turn(own, std::move(v));
  if (agree(own, v)) {
    if (own.detail == "background" && v.state == State::kIdle && v.detail.empty()) v.detail = own.detail;
    return confirmed(own, std::move(v));
  }
  if (own.state == OwnState::kBusy) {
    const bool dialog_stays = settled && v.state == State::kWaiting;
    return dialog_stays ? by_screen(own, std::move(v)) : by_own(own, State::kWorking, std::move(v));
  }
  if (own.state == OwnState::kIdle) return by_screen(own, std::move(v));
  return by_own(own, State::kWaiting, std::move(v));
}

}  // namespace orc
