// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/about/abouts.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>

#include "task_title.h"
#include "tmux_orc/base/proc.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/base/turn_word.h"
#include "tmux_orc/base/within_memory.h"
#include "tmux_orc/discover/agent_version.h"
#include "tmux_orc/witness/session_place.h"

namespace orc {
namespace {

// A look takes some 30 us: readlink, a stat a folder, one of HEAD.
constexpr auto kBusyAgain = std::chrono::seconds(2);    // its pane has output
constexpr auto kQuietAgain = std::chrono::seconds(30);  // somebody else may change the branch
constexpr std::int64_t kQuiet_s = 4;
constexpr auto kForget = std::chrono::minutes(10);
constexpr auto kSeekAgain = std::chrono::seconds(10);         // for another session of the same process
constexpr auto kSeekFirst = std::chrono::seconds(3);          // for one at all: it begins with the first turn
constexpr auto kEventsAgain = std::chrono::milliseconds(20);  // an agent writes many lines in one breath
constexpr std::size_t kMostSpent = 20'000;                    // rows that nobody took

std::string last_name(const std::string& folder) { return folder.substr(folder.rfind('/') + 1); }

}  // namespace

Abouts::Abouts(std::string proc, Wake wake)
    : proc_(std::move(proc)), wake_(std::move(wake)), thread_([this] { run(); }) {}

Abouts::~Abouts() {
  {
    MutexLock lock(mutex_);
    stop_ = true;
  }
  woken_.wake();
  thread_.join();
}

void Abouts::note(const PaneKey& pane, const Agent& agent) {
  MutexLock lock(mutex_);
  Entry& entry = entries_[pane];
  if (entry.agent == agent) return;
  const bool queued = entry.queued;
  const std::uint64_t changes = entry.turn_changes + 1;
  entry = {};
  entry.agent = agent;
  entry.queued = queued;
  entry.turn_changes = changes;
  entry.asked_at = Steady::now();
}

bool Abouts::is_due(const Entry& entry, const AgentStatus& agent) const {
  if (entry.queued) return false;
  const bool busy = agent.pane.quiet_s <= kQuiet_s || agent.verdict.state == State::kWorking || entry.goes_on;
  return !entry.read || Steady::now() - entry.read_at >= (busy ? kBusyAgain : kQuietAgain);
}

bool Abouts::is_known(const std::vector<PaneKey>& panes) const {
  return std::all_of(panes.begin(), panes.end(), [&](const PaneKey& pane) ORC_TSA(no_thread_safety_analysis) {
    const auto found = entries_.find(pane);
    return found == entries_.end() || found->second.whole;
  });
}

void Abouts::fill(std::vector<AgentStatus>& agents, Deadline by) {
  MutexLock lock(mutex_);
  std::vector<PaneKey> fresh;
  for (const AgentStatus& a : agents) {
    const auto found = entries_.find(a.pane.key);
    if (found == entries_.end()) continue;
    Entry& entry = found->second;
    entry.asked_at = Steady::now();
    entry.title = a.pane.facts.title;
    if (!entry.whole) fresh.push_back(a.pane.key);
    if (!is_due(entry, a)) continue;
    entry.queued = true;
    queue_.push_back(a.pane.key);
  }
  if (!queue_.empty()) woken_.wake();
  while (!is_known(fresh)) {
    if (!known_.wait_until(mutex_, by)) break;
  }
  for (AgentStatus& a : agents) {
    const auto found = entries_.find(a.pane.key);
    if (found != entries_.end() && found->second.read) join(found->second, a);
  }
}

// The log first: it says it whole and at once. The footer fills what that leaves open.
void Abouts::join(const Entry& entry, AgentStatus& a) {
  a.about = entry.about;
  a.about.task = task_of_title(a.pane.facts.title, entry.agent.name, last_name(entry.about.cwd));
  a.usage = entry.usage;
  const Footer& f = entry.footer;
  if (a.about.model.empty()) a.about.model = f.model;
  if (!f.context_percent && !f.cost_usd) return;
  if (!a.usage) a.usage.emplace();
  if (!a.usage->context_percent) a.usage->context_percent = f.context_percent;
  if (!a.usage->cost_usd) a.usage->cost_usd = f.cost_usd;
}

void Abouts::note_footer(const PaneKey& pane, Footer footer) {
  MutexLock lock(mutex_);
  const auto found = entries_.find(pane);
  // A dialog hides it: what was said last stands.
  if (found != entries_.end() && footer != Footer{}) found->second.footer = std::move(footer);
}

OwnWord Abouts::turn(const PaneKey& pane, int pid) const {
  MutexLock lock(mutex_);
  const auto found = entries_.find(pane);
  return found != entries_.end() && found->second.agent.pid == pid ? found->second.turn : OwnWord{};
}

std::string Abouts::left_turn(const PaneKey& pane) const {
  MutexLock lock(mutex_);
  const auto found = entries_.find(pane);
  return found != entries_.end() && found->second.goes_on ? found->second.agent.name : "";
}

std::uint64_t Abouts::turn_changes(const PaneKey& pane) const {
  MutexLock lock(mutex_);
  const auto found = entries_.find(pane);
  return found == entries_.end() ? 0 : found->second.turn_changes;
}

std::vector<SpentHour> Abouts::take_spent() {
  MutexLock lock(mutex_);
  std::vector<SpentHour> out;
  out.reserve(spent_.size());
  for (auto& [key, spent] : spent_) out.push_back(std::move(spent));
  spent_.clear();
  return out;
}

std::size_t Abouts::followed() const {
  MutexLock lock(mutex_);
  return entries_.size();
}

bool Abouts::read_one(const PaneKey& pane) {
  Entry entry;
  {
    MutexLock lock(mutex_);
    const auto found = entries_.find(pane);
    if (found == entries_.end()) return false;
    found->second.queued = false;
    entry = found->second;
  }
  const Agent& agent = entry.agent;
  const std::string cwd = link_target(fmt::format("{}/{}/cwd", proc_, agent.pid));
  // One that ended leaves what it worked on; another life of its number is not it.
  const bool is_it =
      !cwd.empty() && (agent.started == 0 || process_started(agent.pid, proc_) == agent.started);
  About about = entry.about;
  bool more = false;
  Followed* log = nullptr;
  if (!is_it) {
    log = log_of(pane, agent);
    more = log != nullptr && read_log(*log);
  } else {
    if (about.cwd.empty()) about.version = printable(version_of_process(agent.pid, proc_));
    const GitPlace place = places_.of(cwd);
    about.cwd = printable(cwd);
    about.project = place.project;
    about.branch = place.branch;
    more = follow_log(pane, entry, cwd);
    log = log_of(pane, agent);
  }
  Turn turn;
  if (log != nullptr) {
    turn = turn_of(*log, is_it);
    about.model = log->log->model();
    if (!more) tell_spent(*log, about);
  }
  const bool changed = publish(pane, agent, std::move(about), more ? nullptr : log, more, std::move(turn));
  if (changed && wake_) wake_(pane);
  return more;
}

// Codex has its turns run by a daemon: they go on when the agent in the pane was killed.
Abouts::Turn Abouts::turn_of(Followed& f, bool is_alive) const {
  Turn turn{f.log->turn()};
  if (turn.word.at_ms < process_began_ms(f.agent.started)) return {};  // an earlier process' last one
  if (is_alive || turn.word.word != turn_word::kRuns) return turn;
  f.writer = writer_of(f.tail->path(), f.writer, proc_);
  turn.goes_on = f.writer != 0;
  return turn;
}

// True if the turn is another than was known.
bool Abouts::publish(const PaneKey& pane, const Agent& agent, About about, Followed* log, bool more,
                     Turn turn) {
  MutexLock lock(mutex_);
  const auto found = entries_.find(pane);
  if (found == entries_.end() || found->second.agent != agent) return false;
  found->second.about = std::move(about);
  if (log != nullptr) {
    const Usage usage = log->log->usage(log->tail->from_start());
    found->second.usage = usage == Usage{} ? std::nullopt : std::optional(usage);
    if (log->told != log->log->hours()) log->told = log->log->hours();
  }
  found->second.read = true;
  found->second.whole = found->second.whole || !more;
  found->second.read_at = Steady::now();
  if (more || (found->second.turn == turn.word && found->second.goes_on == turn.goes_on)) return false;
  found->second.turn = std::move(turn.word);
  found->second.goes_on = turn.goes_on;
  ++found->second.turn_changes;
  return true;
}

// pi and Gemini name neither process nor pane: of two in one folder nobody can say whose a session is.
bool Abouts::shares_folder(const PaneKey& pane, const Entry& entry) const {
  MutexLock lock(mutex_);
  return std::any_of(entries_.begin(), entries_.end(), [&](const auto& other) {
    return other.first != pane && other.second.agent.name == entry.agent.name &&
           (other.second.about.cwd == entry.about.cwd || !other.second.read);
  });
}

void Abouts::seek_log(const PaneKey& pane, const Entry& entry, const std::string& cwd, Followed& f) {
  const std::string thread = entry.agent.name == "codex" ? codex_thread_name(entry.title) : "";
  const std::string& agent = entry.agent.name;
  const bool stays = agent == "codex" || agent == "pi";
  const bool is_settled = f.log != nullptr && stays && thread == f.thread;
  if (is_settled || Steady::now() - f.sought < (f.log != nullptr ? kSeekAgain : kSeekFirst)) return;
  f.sought = Steady::now();
  if (entry.agent.name == "codex" && thread.empty()) return;  // no name now: the thread is as it was
  f.thread = thread;
  const bool unclear = (agent == "pi" || agent == "gemini") && shares_folder(pane, entry);
  if (unclear && f.log != nullptr) return;  // that one is its own: it was alone
  const std::string now = f.tail == nullptr ? "" : f.tail->path();
  const std::string path =
      unclear ? ""
              : session_log_of(
                    {agent, entry.agent.pid, entry.agent.started, pane.pane, cwd, entry.title, now}, proc_);
  if (f.tail != nullptr && f.tail->path() == path) return;
  unwatch(f);
  f.tail = path.empty() ? nullptr : std::make_unique<TailReader>(path);
  f.log = path.empty() ? nullptr : make_session_log(entry.agent.name);
  f.told.clear();
}

Abouts::Followed* Abouts::log_of(const PaneKey& pane, const Agent& agent) {
  const auto found = logs_.find(pane);
  return found != logs_.end() && found->second.agent == agent && found->second.log != nullptr ? &found->second
                                                                                              : nullptr;
}

bool Abouts::follow_log(const PaneKey& pane, const Entry& entry, const std::string& cwd) {
  if (make_session_log(entry.agent.name) == nullptr) return false;
  Followed& f = logs_[pane];
  if (f.agent != entry.agent) {
    unwatch(f);
    f = {};
    f.agent = entry.agent;
  }
  seek_log(pane, entry, cwd, f);
  return f.log != nullptr && read_log(f);
}

// A piece of it a turn, so that a long one of one agent keeps no other waiting.
bool Abouts::read_log(Followed& f) {
  watch(f);  // before reading: what is written from here on is told
  auto step = f.tail->step([&](std::string_view line) { f.log->take_line(line); });
  if (step == TailReader::Step::kAnew) {
    f.log = make_session_log(f.agent.name);
    step = TailReader::Step::kMore;
  }
  return step == TailReader::Step::kMore;
}

// Those whose turns are told. Again where it was not there yet, or was replaced.
void Abouts::watch(Followed& f) {
  if (f.watch >= 0 || f.agent.name == "claude") return;
  f.watch = files_.watch_file(f.tail->path());
}

void Abouts::unwatch(Followed& f) {
  const int number = std::exchange(f.watch, -1);
  const bool shared =
      std::any_of(logs_.begin(), logs_.end(), [&](const auto& log) { return log.second.watch == number; });
  if (number >= 0 && !shared) files_.remove(number);
}

std::vector<PaneKey> Abouts::take_events() {
  std::vector<PaneKey> panes;
  const bool any = files_.take_events([&](const FileWatch::Event& event) {
    for (auto& [pane, f] : logs_) {
      if (f.watch < 0 || (f.watch != event.watch && !event.lost)) continue;
      if (event.gone) f.watch = -1;
      if (std::find(panes.begin(), panes.end(), pane) == panes.end()) panes.push_back(pane);
    }
  });
  if (any) events_due_ = Steady::now() + kEventsAgain;
  return panes;
}

void Abouts::tell_spent(const Followed& f, const About& about) {
  if (!f.tail->from_start()) return;  // its first hour is not whole
  const std::uint64_t session = fnv1a(f.tail->path());
  const bool has_cost = f.log->usage(true).cost_usd.has_value();
  MutexLock lock(mutex_);
  for (const auto& [key, spent] : f.log->hours()) {
    const auto told = f.told.find(key);
    if (told != f.told.end() && told->second == spent) continue;
    if (spent_.size() >= kMostSpent) return;
    spent_[{session, key.first, key.second}] = {session,    key.first, f.agent.name, about.project,
                                                key.second, spent,     has_cost};
  }
}

void Abouts::drop_old() {
  MutexLock lock(mutex_);
  const auto now = Steady::now();
  std::erase_if(entries_, [&](const auto& entry) { return now - entry.second.asked_at > kForget; });
  for (auto log = logs_.begin(); log != logs_.end();) {
    if (!entries_.contains(log->first)) {
      unwatch(log->second);
      log = logs_.erase(log);
    } else {
      ++log;
    }
  }
}

// Until somebody asks or a log grew; `more`: there is something to do already.
void Abouts::wait_for_work(bool more) {
  const auto now = Steady::now();
  if (events_due_ && *events_due_ <= now) events_due_.reset();
  std::array<pollfd, 2> fds{{{woken_.fd(), POLLIN, 0}, {events_due_ ? -1 : files_.fd(), POLLIN, 0}}};
  ::poll(fds.data(), fds.size(), more ? 0 : events_due_ ? poll_timeout(*events_due_, now) : -1);
  woken_.clear();
}

void Abouts::run() {
  auto dropped = Steady::now();
  std::vector<PaneKey> panes, unread;
  for (;;) {
    wait_for_work(!unread.empty());
    {
      MutexLock lock(mutex_);
      if (stop_) return;
      panes.swap(queue_);
    }
    within_memory([&] {
      if (!events_due_ || *events_due_ <= Steady::now()) {
        for (const PaneKey& pane : take_events()) unread.push_back(pane);
      }
      panes.insert(panes.end(), unread.begin(), unread.end());
      unread.clear();
      for (const PaneKey& pane : panes) {
        if (read_one(pane)) unread.push_back(pane);
        known_.notify_all();
      }
    });
    panes.clear();
    if (Steady::now() - dropped < kForget) continue;
    dropped = Steady::now();
    drop_old();
    places_.drop_unused();
  }
}

}  // namespace orc
