// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/notify/notifier.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <tuple>
#include <utility>

#include "tmux_orc/base/text.h"
#include "tmux_orc/figures/calendar.h"

namespace orc {
namespace {

constexpr std::int64_t kForgetMs = 7ll * 86'400'000;  // what was told of panes that are long gone
constexpr std::int64_t kSameLimitMs = 120'000;        // times as agents print them: to the minute
constexpr std::size_t kMostSeen = 10'000;  // panes of which it is known that they worked, or are fresh
constexpr PaneId kNoPane = std::numeric_limits<PaneId>::max();

std::optional<Concern> concern_of_state(const AgentStatus& a, bool worked, bool fresh) {
  switch (a.verdict.state) {
    case State::kCrashed:
      return Concern::kCrashed;
    case State::kWaiting:
      return Concern::kWaiting;
    case State::kRateLimited:
      return Concern::kRateLimited;
    case State::kError:
      return Concern::kError;
    case State::kExited:
      return Concern::kMissing;
    case State::kIdle:
      if (fresh) return Concern::kFresh;
      if (worked) return Concern::kIdle;  // one that was never seen at work has nothing to report
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

std::vector<Concern> concerns_of(const AgentStatus& a, bool worked, bool fresh) {
  std::vector<Concern> out;
  if (const auto concern = concern_of_state(a, worked, fresh)) out.push_back(*concern);
  if (a.stuck) out.push_back(Concern::kStuck);
  if (a.done) out.push_back(Concern::kDone);
  return out;
}

// Whether an agent is (still) a case of the concern.
bool lasts(Concern concern, const AgentStatus& a) {
  const State state = a.verdict.state;
  switch (concern) {
    case Concern::kCrashed:
      return state == State::kCrashed;
    case Concern::kWaiting:
    case Concern::kEscalation:
      return state == State::kWaiting;
    case Concern::kRateLimited:
      return state == State::kRateLimited;
    case Concern::kError:
      return state == State::kError;
    case Concern::kIdle:
    case Concern::kFresh:
      return state == State::kIdle;
    case Concern::kMissing:
      return state == State::kExited;
    case Concern::kStuck:
      return a.stuck;
    case Concern::kDone:
      return a.done;
    case Concern::kUnreachable:
      return false;
  }
  return false;
}

NotifyItem item_of(Concern concern, const AgentStatus& a) {
  return {concern,    a.pane,         a.verdict.agent, a.verdict.detail,
          a.since_ms, a.resets_at_ms, false,           a.verdict.asks};
}

ToldKey key_of(const NotifyItem& i) { return {i.pane.key.server, i.pane.key.pane, i.concern}; }
PaneKey pane_of(const ToldKey& k) { return {k.server, k.pane}; }

// A server keeps its name over its lives.
PaneKey server_key(const std::string& name) { return {fnv1a(name), kNoPane}; }

int minutes_of(const std::string& text) {
  int hour = 0, minute = 0;
  return std::sscanf(text.c_str(), "%d:%d", &hour, &minute) == 2 ? hour * 60 + minute : -1;
}

std::int64_t ms(double seconds) { return static_cast<std::int64_t>(seconds * 1000); }

// A wall clock that stepped back must not keep anybody silent: what seems to lie ahead is long past.
std::int64_t elapsed(std::int64_t since, std::int64_t now) {
  return now >= since ? now - since : std::numeric_limits<std::int64_t>::max();
}

bool is_alive(State state) {
  return state != State::kExited && state != State::kCrashed && state != State::kNotAgent;
}

// A dialog of its start (trust, login) is no task.
bool is_at_work(const Verdict& v) {
  return v.state == State::kWorking ||
         (v.state == State::kWaiting && v.detail != "trust" && v.detail != "login");
}

}  // namespace

void Notifier::observe_transition(const Transition& t) {
  const PaneKey& pane = t.pane.key;
  if (t.gone) {
    memory_.worked.erase(pane);
    memory_.fresh.erase(pane);
    // An agent that quit or crashed was told already; that its pane is closed then is no news.
    const auto told = [&](Concern c) { return memory_.told.contains({pane.server, pane.pane, c}); };
    const bool known = (t.to.state == State::kExited && told(Concern::kMissing)) ||
                       (t.to.state == State::kCrashed && told(Concern::kCrashed));
    if (!known && !t.to.agent.empty())
      missing_.push_back({Concern::kMissing, t.pane, t.to.agent, "", t.at_ms, 0, false});
    return;
  }
  // In the first look at a server every pane seems new.
  const bool started = t.from.agent.empty() ? lives_.contains(pane.server) : !is_alive(t.from.state);
  if (started && is_alive(t.to.state)) {
    memory_.fresh.insert(pane);
    memory_.worked.erase(pane);
  }
  if (is_at_work(t.from)) memory_.worked.insert(pane);  // also what was at work before a restart
}

void Notifier::observe_servers(const Snapshot& s) {
  for (const ServerFigures& f : s.servers) {
    ServerSeen& seen = servers_[f.name];
    if (f.life != 0) lives_.insert(f.life);
    if (!f.reachable) {
      if (seen.lost_ms == 0) seen.lost_ms = s.at_ms;
      continue;
    }
    seen.lost_ms = 0;
    seen.agents =
        static_cast<std::size_t>(std::count_if(s.agents.begin(), s.agents.end(), [&](const AgentStatus& a) {
          return a.pane.server_name == f.name;
        }));
  }
  std::erase_if(servers_, [&](const auto& entry) {
    return std::none_of(s.servers.begin(), s.servers.end(),
                        [&](const ServerFigures& f) { return f.name == entry.first; });
  });
}

// An episode ends when the pane is seen in another state, or in the same one for another reason.
void Notifier::close_ended(const Snapshot& s) {
  std::map<PaneKey, const AgentStatus*> agents;
  for (const AgentStatus& a : s.agents) agents[a.pane.key] = &a;
  std::set<PaneKey> changed, found_again;
  for (const Transition& t : s.transitions) {
    if (t.from.rule == kNotReachedRule)
      found_again.insert(t.pane.key);
    else if (!t.from.agent.empty())
      changed.insert(t.pane.key);
  }
  for (auto& [key, value] : memory_.told) {
    if (!value.open) continue;
    if (key.pane == kNoPane) {
      const ToldKey& whose = key;  // clang's analyzer takes a captured binding for uninitialized
      value.open = std::any_of(servers_.begin(), servers_.end(), [&](const auto& server) {
        return server_key(server.first).server == whose.server && server.second.lost_ms != 0;
      });
      continue;
    }
    const auto found = agents.find(pane_of(key));
    if (found == agents.end()) continue;
    const AgentStatus& agent = *found->second;
    if (agent.last_seen) continue;  // its server is not reached: nobody knows
    const bool another = changed.contains(agent.pane.key) ||
                         (found_again.contains(agent.pane.key) && agent.since_ms > value.at_ms);
    value.open = lasts(key.concern, agent) && !another;
  }
}

void Notifier::observe(const Snapshot& s) {
  for (const Transition& t : s.transitions) observe_transition(t);
  observe_servers(s);
  for (const AgentStatus& a : s.agents) {
    if (!is_at_work(a.verdict)) continue;
    memory_.worked.insert(a.pane.key);
    memory_.fresh.erase(a.pane.key);
  }
  close_ended(s);
}

bool Notifier::is_due(const NotifyItem& i, std::int64_t now, bool* repeated) const {
  const auto found = settings_.pace.find(i.concern);
  const NotifySettings::Pace pace = found == settings_.pace.end() ? NotifySettings::Pace{} : found->second;
  const double debounce_s = i.concern == Concern::kEscalation ? settings_.escalate_after_s : pace.debounce_s;
  if (elapsed(i.since_ms, now) < ms(debounce_s)) return false;
  const bool limit = i.concern == Concern::kRateLimited && i.resets_at_ms > 0;
  if (limit && i.resets_at_ms <= now) return false;  // an old text: that limit is over
  const auto told = memory_.told.find(key_of(i));
  if (told == memory_.told.end()) return true;
  *repeated = told->second.open;
  if (told->second.open) return pace.repeat_s > 0 && elapsed(told->second.at_ms, now) >= ms(pace.repeat_s);
  if (limit && std::abs(told->second.until_ms - i.resets_at_ms) <= kSameLimitMs) return false;  // seen again
  return elapsed(told->second.at_ms, now) >= ms(pace.cooldown_s);
}

void Notifier::collect(const AgentStatus& a, std::int64_t now, std::vector<NotifyItem>& due) const {
  const auto limit = memory_.told.find({a.pane.key.server, a.pane.key.pane, Concern::kRateLimited});
  const bool resting = limit != memory_.told.end() && limit->second.until_ms > now;
  for (const Concern concern :
       concerns_of(a, memory_.worked.contains(a.pane.key), memory_.fresh.contains(a.pane.key))) {
    if (resting && (concern == Concern::kIdle || concern == Concern::kFresh || concern == Concern::kError ||
                    concern == Concern::kDone))
      continue;
    std::vector<NotifyItem> candidates = {item_of(concern, a)};
    if (concern == Concern::kWaiting && settings_.escalate_after_s > 0)
      candidates.push_back(item_of(Concern::kEscalation, a));
    for (NotifyItem& i : candidates) {
      if (is_due(i, now, &i.repeated)) due.push_back(std::move(i));
    }
  }
}

// One that never had an agent, or was never there, is missed by nobody.
void Notifier::collect_servers(std::int64_t now, std::vector<NotifyItem>& due) const {
  for (const auto& [name, seen] : servers_) {
    if (seen.lost_ms == 0 || seen.agents == 0) continue;
    NotifyItem i;
    i.concern = Concern::kUnreachable;
    i.pane.key = server_key(name);
    i.pane.server_name = name;
    i.detail = fmt::format("its {} agents cannot be seen", seen.agents);
    i.since_ms = seen.lost_ms;
    if (is_due(i, now, &i.repeated)) due.push_back(std::move(i));
  }
}

bool Notifier::is_quiet(std::int64_t now) const {
  const int from = minutes_of(settings_.quiet_from), until = minutes_of(settings_.quiet_until);
  if (from < 0 || until < 0 || from == until) return false;
  const int at = minute_of_day(now);
  return from < until ? at >= from && at < until : at >= from || at < until;
}

std::set<std::string> Notifier::channels_for(const NotifyItem& i) const {
  std::set<std::string> out;
  const bool on_demand =
      i.concern == Concern::kIdle || i.concern == Concern::kEscalation || i.concern == Concern::kDone;
  if (settings_.rules.empty()) {
    if (on_demand) return out;
    for (const NotifyChannel& c : settings_.channels) out.insert(c.name);
    return out;
  }
  const bool server = i.concern == Concern::kUnreachable;  // of no role, and in no session
  for (const NotifyRule& r : settings_.rules) {
    const bool concern = r.concerns.empty()
                             ? !on_demand
                             : std::find(r.concerns.begin(), r.concerns.end(), i.concern) != r.concerns.end();
    const bool role = server || (i.pane.role == Role::kPm ? r.pms : r.agents);
    const bool session =
        r.sessions.empty() ||
        (!server && std::any_of(r.sessions.begin(), r.sessions.end(),
                                [&](const std::string& p) { return glob_match(p, i.pane.session); }));
    if (concern && role && session) out.insert(r.channels.begin(), r.channels.end());
  }
  return out;
}

// One message a channel; a PM's channel has a recipient in every session.
std::vector<Message> Notifier::address(const std::vector<NotifyItem>& due, std::int64_t now) const {
  std::map<std::tuple<std::string, ServerId, int>, Message> messages;
  for (const NotifyItem& i : due) {
    for (const std::string& name : channels_for(i)) {
      const auto channel = std::find_if(settings_.channels.begin(), settings_.channels.end(),
                                        [&](const NotifyChannel& c) { return c.name == name; });
      if (channel == settings_.channels.end()) continue;
      if (channel->type == NotifyChannel::Type::kStatusline) continue;  // shows what is, and gets no messages
      const bool to_pm = channel->type == NotifyChannel::Type::kPmPane;
      // A PM is not told about itself, nor about what is no session's.
      if (to_pm && (i.pane.role == Role::kPm || i.concern == Concern::kUnreachable)) continue;
      Message& m = messages[{name, to_pm ? i.pane.key.server : 0, to_pm ? i.pane.session_id : 0}];
      m.channel = name;
      m.at_ms = now;
      if (to_pm) {
        m.server = i.pane.server_name;
        m.session = i.pane.session;
        m.server_id = i.pane.key.server;
        m.session_id = i.pane.session_id;
      }
      m.items.push_back(i);
    }
  }
  std::vector<Message> out;
  for (auto& [key, message] : messages) out.push_back(std::move(message));
  return out;
}

void Notifier::forget_old(const Snapshot& s) {
  std::set<PaneKey> alive;
  for (const AgentStatus& a : s.agents) alive.insert(a.pane.key);
  std::erase_if(memory_.told, [&](const auto& entry) {
    return !alive.contains(pane_of(entry.first)) && s.at_ms - entry.second.at_ms > kForgetMs;
  });
  // Of servers that are watched no more nobody says that their panes are gone.
  for (std::set<PaneKey>* panes : {&memory_.worked, &memory_.fresh}) {
    if (panes->size() > kMostSeen)
      std::erase_if(*panes, [&](const PaneKey& p) { return !alive.contains(p); });
  }
  if (lives_.size() > kMostSeen) {
    std::set<ServerId> now;
    for (const ServerFigures& f : s.servers) now.insert(f.life);
    std::erase_if(lives_, [&](ServerId life) { return !now.contains(life); });
  }
}

void Notifier::restore(NotifyMemory memory) {
  memory.worked.insert(memory_.worked.begin(), memory_.worked.end());
  memory.fresh.insert(memory_.fresh.begin(), memory_.fresh.end());
  std::erase_if(memory.fresh, [&](const PaneKey& p) { return memory.worked.contains(p); });
  memory_ = std::move(memory);
}

void Notifier::clock_was_set(std::int64_t step_ms) {
  started_ms_ += step_ms;
  for (auto& [key, value] : memory_.told) value.at_ms += step_ms;
  for (auto& [name, seen] : servers_) {
    if (seen.lost_ms != 0) seen.lost_ms += step_ms;
  }
}

std::vector<Message> Notifier::decide(const Snapshot& s, const std::function<bool(const PaneRef&)>& muted,
                                      bool silent) {
  observe(s);
  const std::int64_t now = s.at_ms;
  if (silent || !settings_.enabled || settings_.channels.empty()) {
    missing_.clear();  // another tells it, or nobody wants to know
    return {};
  }
  if (elapsed(started_ms_, now) < ms(settings_.startup_grace_s) || is_quiet(now)) return {};
  std::vector<NotifyItem> due;
  for (const AgentStatus& a : s.agents) {
    // Who looks at it sees it; once they are gone and it still lasts, it is told.
    if (!a.watched && !muted(a.pane)) collect(a, now, due);
  }
  for (NotifyItem& i : missing_) {
    if (!muted(i.pane)) due.push_back(std::move(i));
  }
  missing_.clear();
  collect_servers(now, due);
  for (const NotifyItem& i : due) memory_.told[key_of(i)] = {now, true, i.resets_at_ms};
  forget_old(s);
  return address(due, now);
}

}  // namespace orc
