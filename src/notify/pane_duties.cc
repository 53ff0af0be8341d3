#include "pane_duties.h"

#include <fmt/format.h>

#include <algorithm>

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

}  // namespace

PaneDuties::PaneDuties(const DispatcherSetup& setup, const Cancel& cancel)
    : setup_(setup), cancel_(cancel), options_(tmux_options(setup)) {
  for (const auto& server : setup_.live) {
    const ServerAddress& address = server->link.address();
    hands_.try_emplace(address.name, server, setup_.classifier, &cancel);
  }
  thread_ = std::thread([this] { run(); });
}

PaneDuties::~PaneDuties() {
  stop();
  thread_.join();
}

void PaneDuties::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
}

void PaneDuties::add(OutMessage message) {
  const std::lock_guard lock(mutex_);
  fresh_.push_back(std::move(message));
}

void PaneDuties::look(std::shared_ptr<const Snapshot> snapshot) {
  {
    const std::lock_guard lock(mutex_);
    for (const Transition& t : snapshot->transitions) {
      if (t.gone || t.to.state != State::kCrashed)
        crashes_.erase(t.pane.key);
      else if (!t.from.agent.empty())
        crashes_.insert(t.pane.key);
    }
    snapshot_ = std::move(snapshot);
  }
  wake_.notify_one();
}

void PaneDuties::rest() {
  {
    const std::lock_guard lock(mutex_);
    snapshot_ = nullptr;
    resting_ = true;
  }
  wake_.notify_one();
}

bool PaneDuties::saw_crash(const PaneKey& pane) const {
  const std::lock_guard lock(mutex_);
  return crashes_.contains(pane);
}

bool PaneDuties::idle() const {
  const std::lock_guard lock(mutex_);
  return !busy_;
}

void PaneDuties::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [&] { return stop_ || resting_ || snapshot_ != nullptr; });
    if (std::exchange(resting_, false) && options_) options_->forget();
    if (stop_) break;
    if (snapshot_ == nullptr) continue;
    const auto snapshot = std::exchange(snapshot_, nullptr);
    messages_.insert(messages_.end(), std::make_move_iterator(fresh_.begin()),
                     std::make_move_iterator(fresh_.end()));
    fresh_.clear();
    busy_ = true;
    lock.unlock();
    if (options_) options_->show(*snapshot, &cancel_);
    deliver_to_pms(*snapshot);
    restart_crashed(*snapshot);
    lock.lock();
    busy_ = false;
  }
  lock.unlock();
  if (options_) options_->clear(Steady::now() + kClearTime);
}

const PaneHand* PaneDuties::hand_for(const std::string& server) const {
  const auto found = hands_.find(server);
  return found == hands_.end() ? nullptr : &found->second;
}

void PaneDuties::log(const OutMessage& m, bool delivered, const std::string& text) const {
  const std::string first = m.text.substr(0, m.text.find('\n'));
  if (setup_.log)
    setup_.log({m.at_ms, m.channel, m.session, text.empty() ? first : first + ": " + text, delivered});
}

// Whether this may be done now: not answered before, and within the cap. Without a memory nothing is.
bool PaneDuties::may_act(const char* action, const PaneKey& pane, std::int64_t episode, int cap,
                         std::int64_t now, std::string* why) const {
  const auto done =
      setup_.store
          ? setup_.store->actions(now - kHour_ms)
          : Result<std::vector<ActionRecord>>(fail(ErrorKind::kIo, "there is no database to remember it in"));
  if (!done) return *why = done.error().message, false;
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
  if (setup_.store && m.id != 0) static_cast<void>(setup_.store->remove(m.id));
  return true;
}

void PaneDuties::deliver_to_pms(const Snapshot& s) {
  std::set<std::pair<ServerId, int>>
      served;  // one message a session and round: the next when it is idle again
  std::erase_if(messages_, [&](OutMessage& m) {
    if (drop_stale(m, s.at_ms)) return true;
    const PaneHand* hand = hand_for(m.server);
    const auto pm = std::find_if(s.agents.begin(), s.agents.end(), [&](const AgentStatus& a) {
      const bool ready = a.verdict.state == State::kIdle || (m.placed && a.verdict.state == State::kDraft);
      return ready && a.pane.role == Role::kPm && a.pane.key.server == m.server_id &&
             a.pane.session_id == m.session_id;
    });
    if (hand == nullptr || pm == s.agents.end() || !served.insert({m.server_id, m.session_id}).second)
      return false;
    return deliver(m, *pm, *hand);
  });
}

bool PaneDuties::deliver(OutMessage& m, const AgentStatus& pm, const PaneHand& hand) {
  const auto mark = [&](bool placed) {
    m.placed = placed;
    if (setup_.store && m.id != 0) static_cast<void>(setup_.store->set_placed(m.id, placed));
  };
  std::string why;
  const bool was_placed = m.placed;
  const auto outcome = was_placed ? move_placed(m, pm, hand, &why)
                                  : hand.deliver(
                                        pm.pane, m.text, [&] { mark(true); }, &why);
  if (outcome == PaneHand::Outcome::kNotNow) {
    if (!was_placed) mark(false);
    return false;
  }
  if (outcome == PaneHand::Outcome::kPlaced) {  // it stands there until the user, or we if we may, submit it
    if (said_.insert({m.id, why}).second) log(m, false, why);
    return false;
  }
  const bool delivered = outcome == PaneHand::Outcome::kDelivered;
  if (!delivered) {
    mark(false);
    if (setup_.store && m.id != 0) static_cast<void>(setup_.store->set_tries(m.id, m.tries + 1));
  }
  if (delivered || ++m.tries >= kPmTries || was_placed) {
    log(m, delivered, why);
    if (setup_.store && m.id != 0) static_cast<void>(setup_.store->remove(m.id));
    return true;
  }
  log(m, false, why);
  return false;
}

// A message that was pasted and is not known to be taken. If it does not stand in the prompt, somebody or
// something took it: it is never pasted again.
PaneHand::Outcome PaneDuties::move_placed(const OutMessage& m, const AgentStatus& pm, const PaneHand& hand,
                                          std::string* why) {
  const auto found = hand.find_placed(pm.pane, m.text, why);
  if (found == PaneHand::Outcome::kDelivered) *why = "it was pasted, and stands in the prompt no more";
  if (found != PaneHand::Outcome::kPlaced) return found;
  const NotifySettings& n = setup_.settings;
  *why = "our text stands in the prompt and was not submitted";
  if (n.submit_draft == "off") return PaneHand::Outcome::kPlaced;
  if (!may_act("submit", pm.pane.key, m.id, n.submit_draft_cap_per_hour, SystemClock().wall_ms(), why))
    return PaneHand::Outcome::kPlaced;
  if (n.submit_draft == "dry-run")
    return *why += " (dry run: Enter was not sent)", PaneHand::Outcome::kPlaced;
  if (auto ok = setup_.store->add({"submit", pm.pane.key, m.id, SystemClock().wall_ms()}); !ok)
    return *why = ok.error().message, PaneHand::Outcome::kPlaced;
  const auto outcome = hand.submit(pm.pane, m.text, why);
  if (setup_.audit)
    setup_.audit({SystemClock().wall_ms(), "submit", printable(pm.pane.target()),
                  "Enter for a draft of ours: " + *why, outcome == PaneHand::Outcome::kDelivered});
  return outcome;
}

// One try an episode, with a cap an hour; every one is written down, dry runs too.
void PaneDuties::restart_crashed(const Snapshot& s) {
  const NotifySettings& n = setup_.settings;
  if (n.restart_crashed == "off") return;
  for (const AgentStatus& a : s.agents) {
    const PaneHand* hand = hand_for(a.pane.server_name);
    if (a.verdict.state != State::kCrashed || hand == nullptr) continue;
    // Only one that was seen to happen, a moment ago.
    if (!(a.since_exact || saw_crash(a.pane.key)) || s.at_ms - a.since_ms > kFreshCrash_ms ||
        tried_.contains({a.pane.key, a.since_ms}))
      continue;
    std::string why;
    auto outcome = PaneHand::Outcome::kNotNow;
    const bool dry = n.restart_crashed == "dry-run";
    if (may_act("restart", a.pane.key, a.since_ms, n.restart_cap_per_hour, s.at_ms, &why)) {
      outcome = hand->restart(a.pane, n.restart_command, dry, &why);
      // The shell may still be drawing its prompt: until the crash is old, another round looks again.
      if (outcome == PaneHand::Outcome::kNotNow) continue;
      if (!dry) static_cast<void>(setup_.store->add({"restart", a.pane.key, a.since_ms, s.at_ms}));
    }
    tried_.insert({a.pane.key, a.since_ms});
    const bool done = outcome == PaneHand::Outcome::kDelivered && !dry;
    if (setup_.audit)
      setup_.audit({s.at_ms, "restart", printable(a.pane.target()),
                    fmt::format("{}: {}{}", a.verdict.agent, n.restart_command,
                                done ? "" : " (not done: " + why + ")"),
                    done});
  }
}

}  // namespace orc
