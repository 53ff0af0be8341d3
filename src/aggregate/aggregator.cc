// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/aggregate/aggregator.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include "tmux_orc/base/confirmed_rule.h"
#include "tmux_orc/base/reset_time.h"

namespace orc {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kFarMs =
    18 * 3'600'000;  // no limit with a clock time alone lasts that long: most are of 5 hours
constexpr std::int64_t kSlackMs = 120'000;
constexpr std::size_t kMostLimits = 8;
// One whose last input is older may have left.
constexpr std::int64_t kWatching_s = 60;

// A pane that never showed an agent is followed, so that its first agent is noticed, but not reported.
bool is_reported(const PaneRef& pane, const Verdict& verdict) {
  return !verdict.agent.empty() || !pane.agent_option.empty();
}

// A question that follows on another is one more to be answered. One that was not read is no other one.
bool asks_another(const Verdict& a, const Verdict& b) {
  return a.state == State::kWaiting && a.asks && b.asks && a.asks->id != b.asks->id;
}

bool changed(const Verdict& a, const Verdict& b) {
  return a.state != b.state || a.agent != b.agent || (a.state == State::kWaiting && a.detail != b.detail) ||
         asks_another(a, b);
}

// Changes that a single look may get wrong: an agent repaints between two steps of a turn, and its process
// may be replaced by a new one (an update, a restart by a wrapper).
bool is_doubtful(const Verdict& from, const Verdict& to) {
  const bool ended =
      to.state == State::kExited || to.state == State::kCrashed || to.state == State::kNotAgent;
  const bool was_ended = from.state == State::kExited || from.state == State::kCrashed || from.agent.empty();
  return (from.state == State::kWorking && to.state == State::kIdle) || (ended && !was_ended);
}

// The screen and the agent itself: only the gap between two turns is to be ruled out.
constexpr double kAgreedConfirm_s = 0.2;

// States in which the words may have stood on the screen before, unseen.
bool hides_the_text(const Verdict& v) {
  return v.agent.empty() || v.state == State::kWaiting || v.state == State::kStarting ||
         v.state == State::kUnknown;
}

void move(std::int64_t& stamp, std::int64_t step_ms) {
  if (stamp != 0) stamp += step_ms;
}

}  // namespace

// Unknown before idle: an agent that nobody understands may well ask something.
int attention_rank(State state) {
  constexpr State kOrder[] = {State::kWaiting, State::kCrashed,     State::kError,   State::kRateLimited,
                              State::kExited,  State::kInterrupted, State::kUnknown, State::kIdle,
                              State::kDraft,   State::kStarting,    State::kWorking, State::kNotAgent};
  return static_cast<int>(std::find(std::begin(kOrder), std::end(kOrder), state) - std::begin(kOrder));
}

int attention_rank(const AgentStatus& agent) {
  // Twice a state's, so that there is room behind it.
  if (agent.done) return 2 * attention_rank(State::kWaiting) + 1;
  if (agent.stuck) return 2 * attention_rank(State::kRateLimited) + 1;
  return 2 * attention_rank(agent.verdict.state);
}

void Aggregator::begin_round() {
  ++round_;
  follow_clock();
  transitions_.clear();
  missed_.clear();
}

// By how much more or less the wall clock went than time did.
std::int64_t Aggregator::step_since(const ClockReading& before) const {
  if (before.wall_ms == 0) return 0;
  const std::int64_t step = (clock_.wall_ms() - before.wall_ms) - (clock_.uptime_ms() - before.uptime_ms);
  return std::abs(step) < kStep_ms ? 0 : step;
}

void Aggregator::follow_clock() {
  const std::int64_t step = step_since(read_);
  read_ = {clock_.wall_ms(), clock_.uptime_ms()};
  now_ms_ = read_.wall_ms;
  if (step == 0) return;
  clock_step_ms_ += step;
  for (auto& [key, known] : known_) {
    for (std::int64_t* stamp :
         {&known.status.since_ms, &known.worked_ms, &known.seen_ms, &known.doubtful_began.ms})
      move(*stamp, step);
    if (known.before_loss) move(known.before_loss->since_ms, step);
    if (known.status.last_seen) move(known.status.last_seen->at_ms, step);
  }
}

void Aggregator::restore_clock(const ClockReading& reading) {
  restored_step_ms_ = step_since(reading);
  clock_step_ms_ += restored_step_ms_;
  if (reading.wall_ms != 0) read_ = {clock_.wall_ms(), clock_.uptime_ms()};
}

void Aggregator::take(std::span<const PaneRef* const> panes, std::span<Outcome> outcomes) {
  for (Outcome& outcome : outcomes) {
    const PaneRef& pane = *panes[outcome.index];
    if (outcome.kind == Outcome::Kind::kVerdict) {
      take_verdict(pane, std::move(outcome.verdict));
      take_motion(pane.key, outcome);
    } else if (outcome.kind == Outcome::Kind::kFailed) {
      // Not read this time: nothing new is known, and it is not gone.
      if (const auto found = known_.find(pane.key); found != known_.end()) found->second.round = round_;
    }
  }
}

// A state that is seen first now. What the screen shows without output since it has shown since then, but not
// before the look that saw another; a worker writes on.
Aggregator::Began Aggregator::began_now(const Known& known, const PaneRef& pane, State state) const {
  if (!known.judged_at) return {now_ms_, false};
  const double gap_s = seconds_between(*known.judged_at, clock_.steady());
  if (gap_s <= kExact_s) return {now_ms_, true};
  const std::int64_t output_ms = state == State::kWorking ? now_ms_ : now_ms_ - pane.quiet_s * 1000;
  return {std::clamp(output_ms, std::min(known.seen_ms, now_ms_), now_ms_), false};
}

void Aggregator::change(Known& known, const PaneRef& pane, Verdict verdict, Began began) {
  transitions_.push_back({now_ms_, pane, known.status.verdict, verdict, false});
  known.status.verdict = std::move(verdict);
  known.status.since_ms = began.ms;
  known.status.since_exact = began.exact;
  known.status.done =
      transitions_.back().from.state == State::kWorking && transitions_.back().to.state == State::kIdle;
  take_limit(known, transitions_.back().from, now_ms_);
  known.doubtful_since.reset();
}

// An agent in the background, or with one task and no prompt, need not show anything.
void Aggregator::take_motion(const PaneKey& key, const Outcome& outcome) {
  Known& known = known_.at(key);
  const bool works = known.status.verdict.state == State::kWorking;
  const bool must_move = outcome.motion != 0 || outcome.from_cache || known.doubtful_since;
  if (!works || !must_move) {
    known.stillness.reset();
    known.status.stuck = false;
    return;
  }
  const auto now = clock_.steady();
  if (!known.doubtful_since) known.stillness.look(outcome.motion, now);
  known.status.stuck = settings_.stuck_s > 0 && known.stillness.still_s(now) >= settings_.stuck_s;
}

// When the limit ends that the pane tells of. The same words mean the same limit, also when they are read
// again later, after a dialog or a resize; only an agent that was at work since the limit ended can have run
// into a new one.
void Aggregator::take_limit(Known& known, const Verdict& from, std::int64_t printed_ms) {
  AgentStatus& status = known.status;
  const std::string& phrase = status.verdict.reset_phrase;
  const std::int64_t before = std::exchange(status.resets_at_ms, 0);
  if (phrase.empty()) return;
  const auto same = std::find_if(known.limits.begin(), known.limits.end(),
                                 [&](const KnownLimit& l) { return l.phrase == phrase; });
  const bool is_known = same != known.limits.end();
  if (is_known && (same->resets_at_ms > now_ms_ || known.worked_ms <= same->resets_at_ms)) {
    status.resets_at_ms = same->resets_at_ms;
    return;
  }
  const auto parsed = parse_reset(phrase, printed_ms);
  if (!parsed) return;
  status.resets_at_ms = parsed->at_ms;
  if (parsed->clock_only && parsed->at_ms - now_ms_ > kFarMs) {
    // "resets 3pm", read again after 3pm, was today's; and so it was if nobody saw it printed.
    if (is_known)
      status.resets_at_ms = same->resets_at_ms;
    else if (hides_the_text(from))
      status.resets_at_ms -= kDayMs;
  }
  // A countdown, repainted: "in 5m", "in 4m".
  if (from.state == State::kRateLimited && before > now_ms_ &&
      std::abs(status.resets_at_ms - before) <= kSlackMs) {
    status.resets_at_ms = before;
  }
  if (is_known) known.limits.erase(same);
  if (known.limits.size() >= kMostLimits) known.limits.erase(known.limits.begin());
  known.limits.push_back({phrase, status.resets_at_ms});
}

// Whether a person looks at the pane, and has seen how its turn ended: a client that shows it had input in a
// later second than the end.
void Aggregator::take_view(Known& known, const PaneRef& pane) const {
  AgentStatus& status = known.status;
  status.watched = pane.viewed_ago_s && *pane.viewed_ago_s <= kWatching_s;
  const bool seen = pane.viewed_ago_s && now_ms_ / 1000 - *pane.viewed_ago_s > status.since_ms / 1000;
  if (seen) status.done = false;
}

bool Aggregator::mark_seen(const PaneKey& pane) {
  const auto found = known_.find(pane);
  return found != known_.end() && std::exchange(found->second.status.done, false);
}

void Aggregator::take_verdict(const PaneRef& pane, Verdict verdict) {
  auto [it, is_new] = known_.try_emplace(pane.key);
  Known& known = it->second;
  known.round = known.judged_round = round_;
  known.status.pane = pane;
  const Began began = began_now(known, pane, verdict.state);
  known.seen_ms = now_ms_;
  known.judged_at = clock_.steady();
  if (verdict.state == State::kWorking) known.worked_ms = now_ms_;
  if (is_new) {
    known.is_agent = is_reported(pane, verdict);
    known.status.verdict = verdict;
    // What it shows now it has shown since its window's last output at the latest; a worker is at it now.
    known.status.since_ms =
        verdict.state == State::kWorking ? now_ms_ : std::min(now_ms_, now_ms_ - pane.quiet_s * 1000);
    // Old text tells an old time: it was printed when the window last had output.
    take_limit(known, {}, known.status.since_ms);
    take_view(known, pane);
    if (known.is_agent) transitions_.push_back({now_ms_, pane, {}, std::move(verdict), false});
    return;
  }
  if (known.before_loss) {
    find_again(known, pane, std::move(verdict));
    return take_view(known, pane);
  }
  take_view(known, pane);
  const bool was_agent = std::exchange(known.is_agent, known.is_agent || is_reported(pane, verdict));
  if (!changed(known.status.verdict, verdict)) {
    known.doubtful_since.reset();
    const Verdict before =
        std::exchange(known.status.verdict, std::move(verdict));  // the rule and a worker's detail may differ
    if (before.reset_phrase != known.status.verdict.reset_phrase) take_limit(known, before, now_ms_);
    return;
  }
  if (wants_second_look(known, verdict, began)) return;
  if (known.is_agent) {
    if (!was_agent) known.status.verdict = {};
    const Began first = known.doubtful_since ? known.doubtful_began : began;
    change(known, pane, std::move(verdict), first);
  } else {
    known.status.verdict = std::move(verdict);
  }
}

bool Aggregator::wants_second_look(Known& known, const Verdict& verdict, const Began& began) {
  if (settings_.confirm_s <= 0 || !is_doubtful(known.status.verdict, verdict)) {
    known.doubtful_since.reset();
    return false;
  }
  const auto now = clock_.steady();
  if (!known.doubtful_since || known.doubtful_state != verdict.state) {
    known.doubtful_since = now;
    known.doubtful_state = verdict.state;
    known.doubtful_began = began;
  }
  if (is_confirmed(verdict.rule)) {  // as if the doubt were older
    const auto less = from_seconds(std::max(0.0, settings_.confirm_s - kAgreedConfirm_s));
    known.doubtful_since = std::min(*known.doubtful_since, now - less);
  }
  return seconds_between(*known.doubtful_since, now) < settings_.confirm_s;
}

// Its server was not reached for too long: what was seen last is no knowledge of what is.
void Aggregator::lose(Known& known) {
  AgentStatus& status = known.status;
  known.before_loss = {status.verdict, status.since_ms, status.since_exact, status.done};
  change(known, status.pane, {status.verdict.agent, State::kUnknown, "", std::string(kNotReachedRule), 1.0},
         {known.seen_ms, false});
  status.last_seen = {known.before_loss->verdict.state, known.seen_ms};
  known.stillness.reset();
  status.stuck = false;
}

// A window without output since then shows what it showed before: that state went on. Of anything else the
// latest moment at which it can have begun is known, by that output.
void Aggregator::find_again(Known& known, const PaneRef& pane, Verdict verdict) {
  const auto before = *std::exchange(known.before_loss, std::nullopt);
  const std::int64_t lost_ms = std::exchange(known.status.last_seen, std::nullopt)->at_ms;
  const std::int64_t output_ms = std::min(now_ms_, now_ms_ - pane.quiet_s * 1000);
  const bool same = !changed(before.verdict, verdict) && output_ms < lost_ms;
  const bool works = verdict.state == State::kWorking;
  const std::int64_t began_ms = same ? before.since_ms : works ? now_ms_ : std::max(output_ms, lost_ms);
  change(known, pane, std::move(verdict), {began_ms, same && before.since_exact});
  known.status.done = same && before.done;
}

void Aggregator::count_misses(const std::vector<ServerId>& listed) {
  for (const ServerId life : listed) misses_.erase(life);
  const auto now = clock_.steady();
  for (const ServerId life : missed_) {
    Misses& m = misses_[life];
    const bool counts = m.looks == 0 || seconds_between(m.last, now) >= kMissGap_s;
    if (counts) m = {m.looks + 1, now};
    if (m.looks < settings_.max_failures) continue;
    for (auto& [key, known] : known_) {
      if (key.server == life && known.is_agent && !known.before_loss) lose(known);
    }
  }
}

void Aggregator::drop_gone(const std::vector<ServerId>& listed) {
  for (auto it = known_.begin(); it != known_.end();) {
    Known& known = it->second;
    const bool was_listed = std::find(listed.begin(), listed.end(), it->first.server) != listed.end();
    if (known.round == round_ || !was_listed) {
      ++it;
      continue;
    }
    if (known.is_agent) {
      const Verdict& last = known.before_loss ? known.before_loss->verdict : known.status.verdict;
      transitions_.push_back({now_ms_, known.status.pane, known.status.verdict, last, true});
    }
    it = known_.erase(it);
  }
}

std::shared_ptr<Snapshot> Aggregator::finish_round(const std::vector<ServerId>& listed, RoundFigures figures,
                                                   std::vector<ServerFigures> servers) {
  count_misses(listed);
  drop_gone(listed);
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->at_ms = now_ms_;
  snapshot->servers = std::move(servers);
  std::vector<const AgentStatus*> order;  // a status is 1 KB and more: copied once, not moved by the sort
  order.reserve(known_.size());
  for (const auto& [key, known] : known_) {
    if (!known.is_agent) continue;
    order.push_back(&known.status);
    ++snapshot->counts[known.status.verdict.state];
    snapshot->done += known.status.done ? 1 : 0;
    snapshot->stuck += known.status.stuck ? 1 : 0;
  }
  std::sort(order.begin(), order.end(), [](const AgentStatus* a, const AgentStatus* b) {
    const int rank_a = attention_rank(*a), rank_b = attention_rank(*b);
    return rank_a != rank_b ? rank_a < rank_b : place_of(a->pane) < place_of(b->pane);
  });
  snapshot->agents.reserve(order.size());
  for (const AgentStatus* agent : order) snapshot->agents.push_back(*agent);
  snapshot->transitions = transitions_;
  figures.agents = snapshot->agents.size();
  snapshot->round = std::move(figures);
  return snapshot;
}

std::vector<RememberedPane> Aggregator::remembered() const {
  std::vector<RememberedPane> out;
  out.reserve(known_.size());
  for (const auto& [key, known] : known_)
    out.push_back({known.status,
                   known.is_agent,
                   {},
                   known.limits,
                   known.worked_ms,
                   known.seen_ms,
                   known.stillness.memory(clock_.steady()),
                   false});
  return out;
}

void Aggregator::restore(const RememberedPane& pane) {
  Known& known = known_[pane.status.pane.key];
  known.status = pane.status;
  // The clock may have been set while nobody looked, and nobody know it: nothing has begun yet to be.
  const std::int64_t now = clock_.wall_ms();
  const auto follow = [&](std::int64_t& stamp) {
    move(stamp, restored_step_ms_);
    stamp = std::min(stamp, now);
  };
  follow(known.status.since_ms);
  known.is_agent = pane.is_agent;
  known.limits = pane.limits;
  known.worked_ms = pane.worked_ms;
  known.seen_ms = pane.seen_ms;
  follow(known.worked_ms);
  follow(known.seen_ms);
  // What an earlier run saw is no news of a server that is not reached now: one failure is enough.
  if (pane.is_of_earlier_run) misses_[pane.status.pane.key.server].looks = settings_.max_failures - 1;
  known.stillness.restore(pane.stillness, clock_.steady());
  if (const auto& last = pane.status.last_seen) {
    const Verdict verdict{pane.status.verdict.agent, last->state, "", "", 0};
    follow(known.status.last_seen->at_ms);
    known.before_loss = {verdict, known.status.last_seen->at_ms, false, false};
  }
}

std::vector<PaneKey> Aggregator::doubtful() const {
  std::vector<PaneKey> out;
  for (const auto& [key, known] : known_) {
    if (known.doubtful_since) out.push_back(key);
  }
  return out;
}

std::optional<Steady::time_point> Aggregator::confirm_due() const {
  std::optional<Steady::time_point> due;
  const auto wait = from_seconds(settings_.confirm_s);
  for (const auto& [key, known] : known_) {
    // Not read this time (its server is away, say): then a second look has to wait for a round that can.
    if (!known.doubtful_since || known.judged_round != round_) continue;
    const auto at = *known.doubtful_since + wait;
    if (!due || at < *due) due = at;
  }
  return due;
}

}  // namespace orc
