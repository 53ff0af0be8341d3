#include "tmux_orc/publish/notifier.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "tmux_orc/base/text.h"
#include "tmux_orc/publish/calendar.h"

namespace orc {
namespace {

constexpr std::size_t kMostLines = 20;
constexpr std::int64_t kForgetMs = 7ll * 86'400'000;  // what was told of panes that are long gone

std::optional<Concern> concern_of(const AgentStatus& a, bool worked, bool fresh) {
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

NotifyItem item_of(Concern concern, const AgentStatus& a) {
  return {concern, a.pane, a.verdict.agent, a.verdict.detail, a.since_ms, a.resets_at_ms, false};
}

ToldKey key_of(const NotifyItem& i) { return {i.pane.key.server, i.pane.key.pane, i.concern}; }

int minutes_of(const std::string& text) {
  int hour = 0, minute = 0;
  return std::sscanf(text.c_str(), "%d:%d", &hour, &minute) == 2 ? hour * 60 + minute : -1;
}

std::int64_t ms(double seconds) { return static_cast<std::int64_t>(seconds * 1000); }

std::string item_line(const NotifyItem& i, std::int64_t now) {
  std::string what;
  switch (i.concern) {
    case Concern::kCrashed:
      what = i.detail.empty() ? "crashed" : "crashed (" + i.detail + ")";
      break;
    case Concern::kWaiting:
      what = i.detail.empty() ? "waits for a person" : "waits for a person (" + i.detail + ")";
      break;
    case Concern::kRateLimited:
      what = i.resets_at_ms > 0 ? "rate-limited until " + time_text(i.resets_at_ms) : "rate-limited";
      break;
    case Concern::kError:
      what = "stopped with an error";
      break;
    case Concern::kIdle:
      what = "idle";
      break;
    case Concern::kFresh:
      what = "started, has had no task";
      break;
    case Concern::kMissing:
      what = "is gone";
      break;
    case Concern::kEscalation:
      what = "still waits for a person";
      break;
  }
  const std::string name = i.pane.window_name.empty() ? i.agent : i.pane.window_name;
  return fmt::format("- {} ({}): {}, since {} ({}){}", printable(i.pane.target()), printable(name),
                     printable(what), time_text(i.since_ms), format_duration_ms(now - i.since_ms),
                     i.repeated ? ", told before" : "");
}

}  // namespace

bool glob_match(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

void Notifier::observe(const Snapshot& s) {
  ++rounds_;
  for (const Transition& t : s.transitions) {
    const bool started = t.from.agent.empty() || t.from.state == State::kExited ||
                         t.from.state == State::kCrashed || t.from.state == State::kNotAgent;
    const bool alive =
        t.to.state != State::kExited && t.to.state != State::kCrashed && t.to.state != State::kNotAgent;
    if (t.gone) {
      worked_.erase(t.pane.key);
      fresh_.erase(t.pane.key);
      const auto exited = told_.find({t.pane.key.server, t.pane.key.pane, Concern::kMissing});
      // An agent that quit was told already; that its pane is closed then is no news.
      const bool known = t.to.state == State::kExited && exited != told_.end();
      if (!known && !t.to.agent.empty())
        missing_.push_back({Concern::kMissing, t.pane, t.to.agent, "", t.at_ms, 0, false});
    } else if (started && alive && rounds_ > 1) {
      fresh_.insert(t.pane.key);  // in the first round everything looks new
      worked_.erase(t.pane.key);
    }
  }
  for (const AgentStatus& a : s.agents) {
    if (a.verdict.state == State::kWorking || a.verdict.state == State::kWaiting) {
      worked_.insert(a.pane.key);
      fresh_.erase(a.pane.key);
    }
  }
}

bool Notifier::is_due(const NotifyItem& i, std::int64_t now, bool* repeated) const {
  const auto found = settings_.pace.find(i.concern);
  const NotifySettings::Pace pace = found == settings_.pace.end() ? NotifySettings::Pace{} : found->second;
  const double debounce_s = i.concern == Concern::kEscalation ? settings_.escalate_after_s : pace.debounce_s;
  if (now - i.since_ms < ms(debounce_s)) return false;
  const auto told = told_.find(key_of(i));
  if (told == told_.end()) return true;
  *repeated = told->second >= i.since_ms;  // this episode was told
  if (*repeated) return pace.repeat_s > 0 && now - told->second >= ms(pace.repeat_s);
  return now - told->second >= ms(pace.cooldown_s);
}

void Notifier::collect(const AgentStatus& a, std::int64_t now, std::vector<NotifyItem>& due) const {
  const auto concern = concern_of(a, worked_.contains(a.pane.key), fresh_.contains(a.pane.key));
  if (!concern) return;
  std::vector<NotifyItem> candidates = {item_of(*concern, a)};
  if (*concern == Concern::kWaiting && settings_.escalate_after_s > 0)
    candidates.push_back(item_of(Concern::kEscalation, a));
  for (NotifyItem& i : candidates) {
    if (is_due(i, now, &i.repeated)) due.push_back(std::move(i));
  }
}

bool Notifier::is_quiet(std::int64_t now) const {
  const int from = minutes_of(settings_.quiet_from), until = minutes_of(settings_.quiet_until);
  if (from < 0 || until < 0 || from == until) return false;
  const auto seconds = static_cast<std::time_t>(now / 1000);
  std::tm t{};
  ::localtime_r(&seconds, &t);
  const int at = t.tm_hour * 60 + t.tm_min;
  return from < until ? at >= from && at < until : at >= from || at < until;
}

std::set<std::string> Notifier::channels_for(const NotifyItem& i) const {
  std::set<std::string> out;
  if (settings_.rules.empty()) {
    if (i.concern == Concern::kIdle || i.concern == Concern::kEscalation || i.pane.role == Role::kPm)
      return out;
    for (const Channel& c : settings_.channels) out.insert(c.name);
    return out;
  }
  for (const NotifyRule& r : settings_.rules) {
    const bool concern = r.concerns.empty()
                             ? i.concern != Concern::kIdle && i.concern != Concern::kEscalation
                             : std::find(r.concerns.begin(), r.concerns.end(), i.concern) != r.concerns.end();
    const bool role = i.pane.role == Role::kPm ? r.pms : r.agents;
    const bool session = r.sessions.empty() ||
                         std::any_of(r.sessions.begin(), r.sessions.end(),
                                     [&](const std::string& p) { return glob_match(p, i.pane.session); });
    if (concern && role && session) out.insert(r.channels.begin(), r.channels.end());
  }
  return out;
}

// One message a channel; a PM's channel has a recipient in every session.
std::vector<Message> Notifier::address(const std::vector<NotifyItem>& due, std::int64_t now) const {
  std::map<std::tuple<std::string, std::string, std::string>, Message> messages;
  for (const NotifyItem& i : due) {
    for (const std::string& name : channels_for(i)) {
      const auto channel = std::find_if(settings_.channels.begin(), settings_.channels.end(),
                                        [&](const Channel& c) { return c.name == name; });
      if (channel == settings_.channels.end()) continue;
      const bool to_pm = channel->type == Channel::Type::kPmPane;
      if (to_pm && i.pane.role == Role::kPm) continue;  // a PM is not told about itself
      const std::string server = to_pm ? i.pane.server_name : "", session = to_pm ? i.pane.session : "";
      Message& m = messages[{name, server, session}];
      m.channel = name;
      m.server = server;
      m.session = session;
      m.at_ms = now;
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
  const auto is_old = [&](const auto& entry) {
    return !alive.contains({entry.first.server, entry.first.pane}) && s.at_ms - entry.second > kForgetMs;
  };
  std::erase_if(told_, is_old);
}

std::vector<Message> Notifier::decide(const Snapshot& s, const std::function<bool(const PaneRef&)>& muted,
                                      bool silent) {
  observe(s);
  const std::int64_t now = s.at_ms;
  if (silent) {
    missing_.clear();  // the active one tells it
    return {};
  }
  if (!settings_.enabled || settings_.channels.empty()) {
    missing_.clear();
    return {};
  }
  if (now - started_ms_ < ms(settings_.startup_grace_s) || is_quiet(now)) return {};
  std::vector<NotifyItem> due;
  for (const AgentStatus& a : s.agents) {
    if (!muted(a.pane)) collect(a, now, due);
  }
  for (NotifyItem& i : missing_) {
    if (!muted(i.pane)) due.push_back(std::move(i));
  }
  missing_.clear();
  for (const NotifyItem& i : due) told_[key_of(i)] = now;
  forget_old(s);
  return address(due, now);
}

std::string message_text(const Message& m) {
  static constexpr std::pair<Concern, const char*> kSections[] = {{Concern::kCrashed, "Crashed"},
                                                                  {Concern::kError, "Errors"},
                                                                  {Concern::kWaiting, "Waiting for a person"},
                                                                  {Concern::kEscalation, "Waiting too long"},
                                                                  {Concern::kRateLimited, "Rate-limited"},
                                                                  {Concern::kIdle, "Idle"},
                                                                  {Concern::kFresh, "Fresh"},
                                                                  {Concern::kMissing, "Missing"}};
  std::string out = fmt::format("Agents report {}\n", time_text(m.at_ms));
  for (const auto& [concern, title] : kSections) {
    std::vector<const NotifyItem*> items;
    for (const NotifyItem& i : m.items) {
      if (i.concern == concern) items.push_back(&i);
    }
    if (items.empty()) continue;
    out += fmt::format("{}:\n", title);
    for (std::size_t i = 0; i < std::min(items.size(), kMostLines); ++i)
      out += item_line(*items[i], m.at_ms) + "\n";
    if (items.size() > kMostLines) out += fmt::format("- and {} more\n", items.size() - kMostLines);
  }
  out.pop_back();
  return out;
}

std::string message_summary(const Message& m) {
  std::map<Concern, int> counts;
  for (const NotifyItem& i : m.items) ++counts[i.concern];
  if (m.items.size() == 1) return item_line(m.items[0], m.at_ms).substr(2);
  std::string out;
  for (const auto& [concern, count] : counts)
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", count, to_string(concern));
  return out;
}

}  // namespace orc
