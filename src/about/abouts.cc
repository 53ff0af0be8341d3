#include "tmux_orc/about/abouts.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "tmux_orc/about/task_title.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/discover/agent_version.h"
#include "tmux_orc/discover/processes.h"

namespace orc {
namespace {

// A look takes some 30 us: readlink, a stat a folder, one of HEAD.
constexpr auto kBusyAgain = std::chrono::seconds(2);    // its pane has output
constexpr auto kQuietAgain = std::chrono::seconds(30);  // somebody else may change the branch
constexpr std::int64_t kQuiet_s = 4;
constexpr auto kForget = std::chrono::minutes(10);

std::string link_at(const std::string& path) {
  std::array<char, 4096> link{};
  const ssize_t n = ::readlink(path.c_str(), link.data(), link.size());
  return n > 0 ? std::string(link.data(), static_cast<std::size_t>(n)) : "";
}

std::string last_name(const std::string& folder) { return folder.substr(folder.rfind('/') + 1); }

}  // namespace

Abouts::Abouts(std::string proc) : proc_(std::move(proc)), thread_([this] { run(); }) {}

Abouts::~Abouts() {
  {
    MutexLock lock(mutex_);
    stop_ = true;
  }
  wanted_.notify_all();
  thread_.join();
}

void Abouts::note(const PaneKey& pane, const Agent& agent) {
  MutexLock lock(mutex_);
  Entry& entry = entries_[pane];
  if (entry.agent == agent) return;
  const bool queued = entry.queued;
  entry = {};
  entry.agent = agent;
  entry.queued = queued;
  entry.asked_at = Steady::now();
}

bool Abouts::is_due(const Entry& entry, const AgentStatus& agent) const {
  if (entry.queued) return false;
  const bool busy = agent.pane.quiet_s <= kQuiet_s || agent.verdict.state == State::kWorking;
  return !entry.read || Steady::now() - entry.read_at >= (busy ? kBusyAgain : kQuietAgain);
}

bool Abouts::is_known(const std::vector<PaneKey>& panes) const {
  return std::all_of(panes.begin(), panes.end(), [&](const PaneKey& pane) {
    const auto found = entries_.find(pane);
    return found == entries_.end() || found->second.read;
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
    if (!entry.read) fresh.push_back(a.pane.key);
    if (!is_due(entry, a)) continue;
    entry.queued = true;
    queue_.push_back(a.pane.key);
  }
  if (!queue_.empty()) wanted_.notify_all();
  while (!is_known(fresh)) {
    if (known_.wait_until(mutex_, by) == std::cv_status::timeout) break;
  }
  for (AgentStatus& a : agents) {
    const auto found = entries_.find(a.pane.key);
    if (found == entries_.end() || !found->second.read) continue;
    Entry& entry = found->second;
    a.about = entry.about;
    if (entry.title != a.pane.facts.title || entry.task.empty()) {
      entry.title = a.pane.facts.title;
      entry.task = task_of_title(entry.title, entry.agent.name, last_name(entry.about.cwd));
    }
    a.about.task = entry.task;
  }
}

std::size_t Abouts::followed() const {
  MutexLock lock(mutex_);
  return entries_.size();
}

void Abouts::read_one(const PaneKey& pane) {
  Agent agent;
  About about;
  bool is_new = false;
  {
    MutexLock lock(mutex_);
    const auto found = entries_.find(pane);
    if (found == entries_.end()) return;
    found->second.queued = false;
    agent = found->second.agent;
    about = found->second.about;
    is_new = about.cwd.empty();
  }
  const std::string cwd = link_at(fmt::format("{}/{}/cwd", proc_, agent.pid));
  // One that ended leaves what it worked on; another life of its number is not it.
  const bool is_it =
      !cwd.empty() && (agent.started == 0 || process_started(agent.pid, proc_) == agent.started);
  if (is_it) {
    const GitPlace place = places_.of(cwd);
    about.cwd = printable(cwd);
    about.project = place.project;
    about.branch = place.branch;
    if (is_new) about.version = printable(version_of_process(agent.pid, proc_));
  }
  MutexLock lock(mutex_);
  const auto found = entries_.find(pane);
  if (found == entries_.end() || found->second.agent != agent) return;
  found->second.about = std::move(about);
  found->second.read = true;
  found->second.read_at = Steady::now();
}

void Abouts::drop_old() {
  MutexLock lock(mutex_);
  const auto now = Steady::now();
  std::erase_if(entries_, [&](const auto& entry) { return now - entry.second.asked_at > kForget; });
}

void Abouts::run() {
  auto dropped = Steady::now();
  for (;;) {
    std::vector<PaneKey> panes;
    {
      MutexLock lock(mutex_);
      while (queue_.empty() && !stop_) wanted_.wait(mutex_);
      if (stop_) return;
      panes.swap(queue_);
    }
    for (const PaneKey& pane : panes) {
      read_one(pane);
      known_.notify_all();
    }
    if (Steady::now() - dropped < kForget) continue;
    dropped = Steady::now();
    drop_old();
    places_.drop_unused();
  }
}

}  // namespace orc
