// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/witness/own_words.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>

#include "opencode_server.h"
#include "tmux_orc/base/proc.h"
#include "tmux_orc/base/within_memory.h"
#include "tmux_orc/witness/claude_session.h"
#include "tmux_orc/witness/session_place.h"

namespace orc {
namespace {

constexpr auto kAskAgain = std::chrono::milliseconds(10);  // a write takes microseconds; it was met by chance
constexpr int kMostTorn = 20;                              // then it is no half-written file but a broken one
constexpr auto kLookAgain = std::chrono::seconds(2);       // where nothing tells of changes (no inotify, NFS)
constexpr auto kForget = std::chrono::minutes(10);
// Whatever it tells by itself: that may be missed. Three requests on loopback take opencode 2 to 5 ms, 400
// at a load of 20 on 2 cores. One that hangs holds up the other agents' words so long.
constexpr auto kAskServer = std::chrono::seconds(1);
constexpr auto kServerPatience = std::chrono::milliseconds(500);
// Between two questions that events bring about.
constexpr auto kServerRest = std::chrono::milliseconds(100);
constexpr int kMostDoublings = 3;                // of the time to the next question, where none was answered
constexpr std::size_t kLongestFile = 64 * 1024;  // a session file has 500 bytes
constexpr std::size_t kLongestEnvironment = 1 << 20;

std::optional<std::string> read_up_to(int fd, std::size_t most) {
  std::string text;
  std::array<char, 16384> part{};
  for (;;) {
    const ssize_t n = ::read(fd, part.data(), part.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::nullopt;
    if (n == 0) return text;
    if (text.size() + static_cast<std::size_t>(n) > most) return std::nullopt;
    text.append(part.data(), static_cast<std::size_t>(n));
  }
}

std::string folder_of(const std::string& file) { return file.substr(0, file.rfind('/')); }

}  // namespace

std::map<std::string, std::string> variables_of(const std::string& proc, int pid,
                                                const std::vector<std::string>& names) {
  std::map<std::string, std::string> out;
  const UniqueFd fd(::open(fmt::format("{}/{}/environ", proc, pid).c_str(), O_RDONLY | O_CLOEXEC));
  auto all = fd ? read_up_to(fd.get(), kLongestEnvironment) : std::nullopt;
  for (std::size_t at = 0; all && at < all->size();) {
    const std::size_t end = std::min(all->find('\0', at), all->size());
    const std::string_view entry(all->data() + at, end - at);
    const auto equals = entry.find('=');
    for (const std::string& name : names) {
      if (entry.substr(0, equals) == name && equals != std::string_view::npos)
        out.emplace(name, entry.substr(equals + 1));
    }
    at = end + 1;
  }
  if (all) std::fill(all->begin(), all->end(), '\0');  // keys and tokens stand there
  return out;
}

std::optional<std::string> read_own_file(const std::string& path, std::size_t most) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat st {};
  if (!fd || ::fstat(fd.get(), &st) != 0) return std::nullopt;
  if (!S_ISREG(st.st_mode) || st.st_uid != ::geteuid()) return std::nullopt;
  return read_up_to(fd.get(), most);
}

OwnWords::OwnWords(Wake wake, std::string proc)
    : wake_(std::move(wake)),
      proc_(std::move(proc)),
      pid_space_(pid_space_of(proc_, "self")),
      thread_([this] { run(); }) {}

OwnWords::~OwnWords() {
  {
    MutexLock lock(mutex_);
    stop_ = true;
  }
  woken_.wake();
  thread_.join();
}

OwnWords::Said OwnWords::of(const Agent& agent, Deadline by) {
  if ((agent.name != "claude" && agent.name != "opencode") || agent.pid <= 0 || agent.started == 0) return {};
  MutexLock lock(mutex_);
  Entry& entry = entries_[agent.pid];
  entry.asked = Steady::now();
  if (entry.agent != agent) {  // another life of the number, or moved to another pane
    const std::uint64_t changes = entry.said.changes + 1;
    entry = {agent, {}, false, false, 0, {{}, {}, changes}, entry.asked};
    new_.push_back(agent.pid);
    woken_.wake();
  }
  const auto known = [&]() ORC_TSA(no_thread_safety_analysis) {
    const auto found = entries_.find(agent.pid);
    return found == entries_.end() || found->second.read;
  };
  while (!known()) {
    if (!known_.wait_until(mutex_, by)) break;
  }
  const auto found = entries_.find(agent.pid);
  if (found != entries_.end() && !found->second.read) found->second.missed = true;
  return found != entries_.end() && found->second.agent == agent ? found->second.said : Said{};
}

std::uint64_t OwnWords::changes(int pid) const {
  MutexLock lock(mutex_);
  const auto found = entries_.find(pid);
  return found == entries_.end() ? 0 : found->second.said.changes;
}

std::size_t OwnWords::followed() const {
  MutexLock lock(mutex_);
  return entries_.size();
}

void OwnWords::watch_folder_of(const std::string& file) {
  const std::string folder = folder_of(file);
  const bool watched =
      std::any_of(folders_.begin(), folders_.end(), [&](const auto& f) { return f.second == folder; });
  if (watched || folder.empty()) return;
  const int number = files_.watch_folder(folder);
  if (number >= 0) folders_[number] = folder;
}

void OwnWords::read_one(int pid) {
  Agent agent;
  std::string file;
  {
    MutexLock lock(mutex_);
    const auto found = entries_.find(pid);
    if (found == entries_.end()) return;
    agent = found->second.agent;
    file = found->second.file;
    if (agent.name != "claude") return;
  }
  if (file.empty()) file = claude_session_file(proc_, pid);
  watch_folder_of(file);  // before reading: what changes from here on is told
  const auto content = file.empty() ? std::nullopt : read_own_file(file, kLongestFile);
  const auto session = content ? parse_claude_session(*content) : std::nullopt;
  const bool is_torn = content && !session;
  Said said;
  if (session && is_of(*session, {pid, agent.started, agent.pane.pane, pid_space_}))
    said = {own_word_of(*session), session->version, 0};
  bool changed = false;
  {
    MutexLock lock(mutex_);
    const auto found = entries_.find(pid);
    if (found == entries_.end() || found->second.agent != agent) return;
    Entry& entry = found->second;
    entry.file = file;
    entry.torn = is_torn ? entry.torn + 1 : 0;
    if (is_torn && entry.torn <= kMostTorn) {
      torn_.push_back(pid);  // what it said last stands until then
    } else {
      changed = (entry.read || entry.missed) &&
                (said.word != entry.said.word || said.version != entry.said.version);
      said.changes = entry.said.changes + (changed ? 1 : 0);
      entry.said = std::move(said);
      entry.read = true;
    }
  }
  known_.notify_all();
  if (changed && wake_) wake_(agent.pane);
}

void OwnWords::follow_new() {
  std::vector<int> pids;
  {
    MutexLock lock(mutex_);
    pids.swap(new_);
  }
  for (const int pid : pids) {
    find_server(pid);
    read_one(pid);
  }
}

// Of a process that was not followed yet, or not in this life of its number.
void OwnWords::find_server(int pid) {
  servers_.erase(pid);
  {
    MutexLock lock(mutex_);
    const auto found = entries_.find(pid);
    if (found == entries_.end() || found->second.agent.name != "opencode") return;
    found->second.read = true;  // it has said nothing yet, and nobody waits for its server
  }
  if (const int port = opencode_port(proc_, pid); port != 0)
    servers_[pid] = {port, 0, Steady::now(), {}, nullptr};
  known_.notify_all();
}

// One a turn: files come first.
void OwnWords::ask_server() {
  const auto now = Steady::now();
  const auto next = std::min_element(servers_.begin(), servers_.end(), [](const auto& a, const auto& b) {
    return a.second.due < b.second.due;
  });
  if (next == servers_.end() || next->second.due > now) return;
  const int pid = next->first;
  Server& server = next->second;
  Agent agent;
  {
    MutexLock lock(mutex_);
    const auto found = entries_.find(pid);
    if (found != entries_.end()) agent = found->second.agent;
  }
  if (agent.pid == 0) {
    servers_.erase(next);
    return;
  }
  // Each time: a port may be another's by now.
  const bool listens = process_started(pid, proc_) == agent.started && listens_at(proc_, pid, server.port);
  const auto word = listens ? ask_opencode(server.port, kServerPatience) : std::nullopt;
  if (!word) {
    server.events.reset();
  } else if (server.events == nullptr) {
    server.events = OpencodeEvents::open(server.port, kServerPatience);
  }
  // One that does not listen yet costs nothing and nobody's time: it takes seconds to start.
  server.failures = word || !listens ? 0 : std::min(server.failures + 1, kMostDoublings);
  server.asked = Steady::now();
  server.due = server.asked + kAskServer * (1 << server.failures);
  take(pid, agent, {word.value_or(OwnWord{}), "", 0});
}

void OwnWords::take_server_events() {
  for (auto& [pid, server] : servers_) {
    if (server.events == nullptr) continue;
    const auto says = server.events->read();
    if (says == OpencodeEvents::Says::kEnd) server.events.reset();
    if (says == OpencodeEvents::Says::kChange) server.due = std::min(server.due, server.asked + kServerRest);
  }
}

// Of a server, which does not say since when it is so.
void OwnWords::take(int pid, const Agent& agent, Said said) {
  {
    MutexLock lock(mutex_);
    const auto found = entries_.find(pid);
    if (found == entries_.end() || found->second.agent != agent) return;
    Entry& entry = found->second;
    said.word.at_ms = entry.said.word.at_ms;
    if (said.word == entry.said.word) return;
    said.word.at_ms = said.word.state == OwnState::kNone ? 0 : SystemClock().wall_ms();
    said.changes = entry.said.changes + 1;
    entry.said = std::move(said);
  }
  if (wake_) wake_(agent.pane);
}

void OwnWords::read_torn() {
  for (const int pid : std::exchange(torn_, {})) read_one(pid);
}

// Those in folders that nothing is told of: not there yet, or on a file system without inotify.
void OwnWords::read_unwatched() {
  const auto now = Steady::now();
  if (now < unwatched_due_) return;
  unwatched_due_ = now + kLookAgain;
  std::vector<int> pids;
  {
    MutexLock lock(mutex_);
    for (const auto& [pid, entry] : entries_) {
      if (entry.agent.name != "claude") continue;
      const std::string folder = folder_of(entry.file);
      const bool watched =
          std::any_of(folders_.begin(), folders_.end(), [&](const auto& f) { return f.second == folder; });
      if (!watched) pids.push_back(pid);
    }
  }
  for (const int pid : pids) read_one(pid);
}

void OwnWords::drop_old() {
  MutexLock lock(mutex_);
  const auto now = Steady::now();
  std::erase_if(entries_, [&](const auto& entry) { return now - entry.second.asked > kForget; });
}

void OwnWords::take_events() {
  std::vector<int> pids;
  files_.take_events([&](const FileWatch::Event& event) {
    if (event.gone || event.lost) {
      // What is in the folder is read again, and it is watched anew.
      if (event.lost)
        folders_.clear();
      else
        folders_.erase(event.watch);
      unwatched_due_ = {};
    }
    int pid = 0;
    const std::string_view name = event.name;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error == std::errc{} && std::string_view(end) == ".json") pids.push_back(pid);
  });
  // One write can be three events.
  std::sort(pids.begin(), pids.end());
  pids.erase(std::unique(pids.begin(), pids.end()), pids.end());
  for (const int pid : pids) read_one(pid);
}

std::optional<Steady::time_point> OwnWords::due() const {
  if (!torn_.empty()) return Steady::now() + kAskAgain;
  MutexLock lock(mutex_);
  if (entries_.empty()) return std::nullopt;
  auto at = unwatched_due_;
  for (const auto& [pid, server] : servers_) at = std::min(at, server.due);
  return std::max(at, Steady::now());
}

void OwnWords::run() {
  for (;;) {
    const auto until = due();
    std::vector<pollfd> fds{{woken_.fd(), POLLIN, 0}, {files_.fd(), POLLIN, 0}};
    for (const auto& [pid, server] : servers_) {
      if (server.events != nullptr) fds.push_back({server.events->fd(), POLLIN, 0});
    }
    ::poll(fds.data(), fds.size(), until ? poll_timeout(*until, Steady::now()) : -1);
    woken_.clear();
    {
      MutexLock lock(mutex_);
      if (stop_) return;
    }
    within_memory([&] {
      read_torn();
      follow_new();
      take_events();
      read_unwatched();
      take_server_events();
      ask_server();
      drop_old();
    });
  }
}

}  // namespace orc
