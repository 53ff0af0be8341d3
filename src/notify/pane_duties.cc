// SPDX-License-Identifier: Apache-2.0
#include "pane_duties.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include "tmux_orc/base/text.h"

namespace orc {
namespace {

constexpr auto kClearTime = std::chrono::milliseconds(500);  // of the 2 s that a stop may take
constexpr int kPmTries = 3;
constexpr std::int64_t kHour_ms = 3'600'000;
constexpr std::int64_t kStale_ms = 12 * kHour_ms;  // a report that old helps nobody
constexpr std::int64_t kFreshCrash_ms =
    2 * 60'000;  // older ones were there before anybody asked for restarts

// What the options in tmux show, where a channel asks for them.
std::unique_ptr<TmuxOptions> tmux_options(const DispatcherSetup& setup) {
  bool wanted = false, panes = false;
  for (const NotifyChannel& c : setup.settings.channels) {
    wanted = wanted || c.type == NotifyChannel::Type::kStatusline;
    panes = panes || (c.type == NotifyChannel::Type::kStatusline && c.panes);
  }
  return wanted ? std::make_unique<TmuxOptions>(setup.live, panes) : nullptr;
}

PaneDuties::Typists hands_of(const DispatcherSetup& setup, const Cancel& cancel) {
  PaneDuties::Typists out;
  for (const auto& server : setup.live)
    out.emplace(server->link.address().name, std::make_unique<PaneHand>(server, setup.classifier, &cancel));
  return out;
}

}  // namespace

PaneDuties::PaneDuties(const DispatcherSetup& setup, const Cancel& cancel)
    : PaneDuties(setup, cancel, hands_of(setup, cancel)) {}

PaneDuties::PaneDuties(const DispatcherSetup& setup, const Cancel& cancel, Typists typists)
    : setup_(setup), cancel_(cancel), hands_(std::move(typists)), options_(tmux_options(setup)) {
  thread_ = std::thread([this] { run(); });
}

PaneDuties::~PaneDuties() {
  stop();
  thread_.join();
}

void PaneDuties::stop() {
  {
    MutexLock lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
}

void PaneDuties::add(OutMessage message) {
  MutexLock lock(mutex_);
  fresh_.push_back(std::move(message));
}

void PaneDuties::hand_over() {
  MutexLock lock(mutex_);
  fresh_.clear();
  handed_over_ = true;
}

void PaneDuties::look(std::shared_ptr<const Snapshot> snapshot) {
  {
    MutexLock lock(mutex_);
    for (const Transition& t : snapshot->transitions) {
      if (t.gone || t.to.state != State::kCrashed)
        crashes_.erase(t.pane.key);
      else if (!t.from.agent.empty())
        crashes_.insert(t.pane.key);
    }
    std::erase_if(crashes_, [&](const PaneKey& p) {  // of a server that is not watched any more
      return std::none_of(snapshot->agents.begin(), snapshot->agents.end(),
                          [&](const AgentStatus& a) { return a.pane.key == p; });
    });
    snapshot_ = std::move(snapshot);
  }
  wake_.notify_one();
}

void PaneDuties::rest() {
  {
    MutexLock lock(mutex_);
    snapshot_ = nullptr;
    resting_ = true;
  }
  wake_.notify_one();
}

bool PaneDuties::saw_crash(const PaneKey& pane) const {
  MutexLock lock(mutex_);
  return crashes_.contains(pane);
}

bool PaneDuties::idle() const {
  MutexLock lock(mutex_);
  return !busy_ && (stop_ || snapshot_ == nullptr);
}

void PaneDuties::run() {
  MutexLock lock(mutex_);
  for (;;) {
    wake_.wait(mutex_, [&]() ORC_REQUIRES(mutex_) { return stop_ || resting_ || snapshot_ != nullptr; });
    if (std::exchange(resting_, false) && options_) options_->forget();
    if (stop_) break;
    if (snapshot_ == nullptr) continue;
    const auto snapshot = std::exchange(snapshot_, nullptr);
    if (std::exchange(handed_over_, false)) messages_.clear();
    const std::deque<OutMessage> fresh = std::exchange(fresh_, {});
    busy_ = true;
    lock.unlock();
    take_fresh(fresh);
    if (options_) options_->show(*snapshot, &cancel_);
    deliver_to_pms(*snapshot);
    restart_crashed(*snapshot);
    lock.lock();
    busy_ = false;
  }
  lock.unlock();
  if (options_) options_->clear(Steady::now() + kClearTime);
}

// Of a session whose PM takes nothing the newest are kept, as in the database.
void PaneDuties::take_fresh(const std::deque<OutMessage>& fresh) {
  for (const OutMessage& m : fresh) {
    messages_.push_back(m);
    const auto same = [&](const OutMessage& o) {
      return o.channel == m.channel && o.server_id == m.server_id && o.session_id == m.session_id;
    };
    if (std::count_if(messages_.begin(), messages_.end(), same) <= NotifyStore::kMostOfASession) continue;
    const auto oldest = std::find_if(messages_.begin(), messages_.end(), same);
    log(*oldest, false, "too many wait for its PM");
    settle(*oldest);
    messages_.erase(oldest);
  }
}

void PaneDuties::settle(const OutMessage& m) {
  std::erase_if(said_, [&](const auto& said) { return said.first == m.id; });
  if (setup_.store && m.id != 0) static_cast<void>(setup_.store->remove(m.id));
}

const PaneTypist* PaneDuties::hand_for(const std::string& server) const {
  const auto found = hands_.find(server);
  return found == hands_.end() ? nullptr : found->second.get();
}

void PaneDuties::log(const OutMessage& m, bool delivered, const std::string& text) const {
  const std::string first = m.text.substr(0, m.text.find('\n'));
  if (setup_.log)
    setup_.log({m.at_ms, m.channel, m.session, text.empty() ? first : first + ": " + text, delivered});
}

// Whether this may be done: not answered before, and within the cap. Without a memory nobody knows.
Result<bool> PaneDuties::may_act(const char* action, const PaneKey& pane, std::int64_t episode, int cap,
                                 std::int64_t now, std::string* why) const {
  ORC_TRY(done, setup_.store ? setup_.store->actions(now - kHour_ms)
                             : Result<std::vector<ActionRecord>>(
                                   fail(ErrorKind::kIo, "there is no database to remember it in")));
  int count = 0;
  for (const ActionRecord& a : *done) {
    if (a.action != action || a.pane != pane) continue;
    if (a.episode == episode && a.action == "restart") return *why = "it was answered already", false;
    ++count;
  }
  if (count >= cap) return *why = fmt::format("{} in the last hour are the most", cap), false;
  return true;
}

bool PaneDuties::drop_stale(OutMessage& m, std::int64_t now) {
  if (now - m.at_ms < kStale_ms) return false;
  log(m, false, "its PM could not be told in 12 hours");
  settle(m);
  return true;
}

void PaneDuties::deliver_to_pms(const Snapshot& s) {
  std::set<std::pair<ServerId, int>>
      served;  // one message a session and round: the next when it is idle again
  std::erase_if(messages_, [&](OutMessage& m) {
    if (drop_stale(m, s.at_ms)) return true;
    const PaneTypist* hand = hand_for(m.server);
    const auto pm = std::find_if(s.agents.begin(), s.agents.end(), [&](const AgentStatus& a) {
      const bool ready = a.verdict.state == State::kIdle || (m.placed && a.verdict.state == State::kDraft);
      return ready && a.pane.role == Role::kPm && a.pane.key.server == m.server_id &&
             a.pane.session_id == m.session_id;
    });
    if (hand == nullptr || pm == s.agents.end() || !served.insert({m.server_id, m.session_id}).second)
      return false;
    return deliver(m, *pm, *hand, s.at_ms);
  });
}

// Before a byte of it reaches the pane: what is not known to have been pasted is pasted again by the next
// run.
Result<void> PaneDuties::write_down(OutMessage& m) const {
  if (setup_.store == nullptr) return fail(ErrorKind::kIo, "there is no database to remember it in");
  if (m.id == 0) {  // the database could not take it when it was decided
    std::vector<OutMessage> one = {m};
    ORC_DO(setup_.store->replace(0, one));
    m.id = one.front().id;
  }
  return setup_.store->set_placed(m.id, true);
}

bool PaneDuties::deliver(OutMessage& m, const AgentStatus& pm, const PaneTypist& hand, std::int64_t now) {
  const auto not_placed = [&] {
    if (std::exchange(m.placed, false) && setup_.store)
      static_cast<void>(setup_.store->set_placed(m.id, false));
  };
  const auto placing = [&] {
    auto ok = write_down(m);
    m.placed = ok.has_value();
    return ok;
  };
  std::string why;
  const bool was_placed = m.placed;
  const auto outcome =
      was_placed ? move_placed(m, pm, hand, now, &why) : hand.deliver(pm.pane, m.text, placing, &why);
  if (outcome == PaneTypist::Outcome::kNotNow) {
    if (!was_placed) not_placed();
    return false;
  }
  if (outcome ==
      PaneTypist::Outcome::kPlaced) {  // it stands there until the user, or we if we may, submit it
    if (said_.insert({m.id, why}).second) log(m, false, why);
    return false;
  }
  const bool delivered = outcome == PaneTypist::Outcome::kDelivered;
  if (!delivered) {
    not_placed();
    if (setup_.store && m.id != 0) static_cast<void>(setup_.store->set_tries(m.id, m.tries + 1));
  }
  if (delivered || ++m.tries >= kPmTries || was_placed) {
    log(m, delivered, why);
    settle(m);
    return true;
  }
  log(m, false, why);
  return false;
}

// A message that was pasted and is not known to be taken. If it does not stand in the prompt, somebody or
// something took it: it is never pasted again.
PaneTypist::Outcome PaneDuties::move_placed(const OutMessage& m, const AgentStatus& pm,
                                            const PaneTypist& hand, std::int64_t now, std::string* why) {
  const auto found = hand.find_placed(pm.pane, m.text, why);
  if (found == PaneTypist::Outcome::kDelivered) *why = "it was pasted, and stands in the prompt no more";
  if (found != PaneTypist::Outcome::kPlaced) return found;
  const NotifySettings& n = setup_.settings;
  *why = "our text stands in the prompt and was not submitted";
  if (n.submit_draft == "off") return PaneTypist::Outcome::kPlaced;
  const auto may = may_act("submit", pm.pane.key, m.id, n.submit_draft_cap_per_hour, now, why);
  if (!may) *why = may.error().message;
  if (!may || !*may) return PaneTypist::Outcome::kPlaced;
  if (n.submit_draft == "dry-run")
    return *why += " (dry run: Enter was not sent)", PaneTypist::Outcome::kPlaced;
  const ActionRecord record{"submit", pm.pane.key, m.id, now};
  if (auto ok = setup_.store->add(record); !ok)
    return *why = ok.error().message, PaneTypist::Outcome::kPlaced;
  const auto outcome = hand.submit(pm.pane, m.text, why);
  if (outcome == PaneTypist::Outcome::kNotNow) static_cast<void>(setup_.store->take_back(record));
  if (setup_.audit)
    setup_.audit({now, "submit", printable(pm.pane.target()), "Enter for a draft of ours: " + *why,
                  outcome == PaneTypist::Outcome::kDelivered});
  return outcome;
}

// Written down first, done after: what cannot be written down is not done, or no cap would hold.
PaneTypist::Outcome PaneDuties::restart(const AgentStatus& a, const PaneTypist& hand, std::int64_t now,
                                        std::string* why) {
  const NotifySettings& n = setup_.settings;
  const auto not_yet = [&](const Error& error) {
    if (refused_.insert({a.pane.key, a.since_ms}).second && setup_.audit)
      setup_.audit({now, "restart", printable(a.pane.target()),
                    fmt::format("{}: {} (not yet: {})", a.verdict.agent, n.restart_command, error.message),
                    false});
    return PaneTypist::Outcome::kNotNow;
  };
  const auto may = may_act("restart", a.pane.key, a.since_ms, n.restart_cap_per_hour, now, why);
  if (!may) return not_yet(may.error());
  if (!*may) return PaneTypist::Outcome::kFailed;
  const auto could = hand.restart(a.pane, n.restart_command, true, why);
  if (could != PaneTypist::Outcome::kDelivered || n.restart_crashed == "dry-run") return could;
  const ActionRecord record{"restart", a.pane.key, a.since_ms, now};
  if (auto ok = setup_.store->add(record); !ok) return not_yet(ok.error());
  const auto outcome = hand.restart(a.pane, n.restart_command, false, why);
  // It counts against the cap if that cannot be taken back: one restart too few.
  if (outcome == PaneTypist::Outcome::kNotNow) static_cast<void>(setup_.store->take_back(record));
  return outcome;
}

// One try an episode, with a cap an hour; every one is written down.
void PaneDuties::restart_crashed(const Snapshot& s) {
  const NotifySettings& n = setup_.settings;
  if (n.restart_crashed == "off") return;
  for (auto* episodes : {&tried_, &refused_})
    std::erase_if(*episodes, [&](const auto& e) { return s.at_ms - e.second > kFreshCrash_ms; });
  for (const AgentStatus& a : s.agents) {
    const PaneTypist* hand = hand_for(a.pane.server_name);
    if (a.verdict.state != State::kCrashed || hand == nullptr) continue;
    // Only one that was seen to happen, a moment ago.
    if (!(a.since_exact || saw_crash(a.pane.key)) || s.at_ms - a.since_ms > kFreshCrash_ms ||
        tried_.contains({a.pane.key, a.since_ms}))
      continue;
    std::string why;
    const bool dry = n.restart_crashed == "dry-run";
    const auto outcome = restart(a, *hand, s.at_ms, &why);
    // The shell may still be drawing its prompt: until the crash is old, another round looks again.
    if (outcome == PaneTypist::Outcome::kNotNow) continue;
    tried_.insert({a.pane.key, a.since_ms});
    const bool done = outcome == PaneTypist::Outcome::kDelivered && !dry;
    if (setup_.audit)
      setup_.audit({s.at_ms, "restart", printable(a.pane.target()),
                    fmt::format("{}: {}{}", a.verdict.agent, n.restart_command,
                                done ? "" : " (not done: " + why + ")"),
                    done});
  }
}

}  // namespace orc
