// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "process_walk.h"
#include "programs.h"
#include "terminal.h"
#include "tmux_orc/base/proc.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/base/unique_fd.h"
#include "tmux_orc/discover/processes.h"

namespace orc {
namespace {

// The machine's processes change by a few a second; a scan of 500 of them costs about 3 ms.
constexpr auto kTerminalsAge = std::chrono::seconds(1);

// At most 4 KB: of a long command line the program and its script, which come first, are enough. With errno,
// 0 if all went well.
std::string read_file(const std::string& path) {
  errno = 0;
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return {};
  std::array<char, 4096> text;
  const ssize_t n = ::read(fd.get(), text.data(), text.size());
  return {text.data(), n > 0 ? static_cast<std::size_t>(n) : 0};
}

// Whether what failed to be read is there all the same: no descriptors left, no right.
bool is_there(int error) { return error != 0 && error != ENOENT && error != ESRCH; }

std::string read_args(const std::string& root, int pid) {
  std::string args = read_file(fmt::format("{}/{}/cmdline", root, pid));
  while (args.ends_with('\0')) args.pop_back();
  std::replace(args.begin(), args.end(), '\0', ' ');
  return args;
}

// /proc/PID/stat: "pid (name) state ...". The name is comm's (a line's end in it is written \\n); with the
// terminal's owner in the same file, comm need not be read: 3 us of 12 a process.
struct Stat {
  std::string name, after_name;  // empty if the process is gone
};
Stat read_stat(const std::string& root, int pid) {
  const std::string stat = read_file(fmt::format("{}/{}/stat", root, pid));
  const auto open = stat.find('('), close = stat.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close < open) return {};
  return {stat.substr(open + 1, close - open - 1), stat.substr(close + 1)};
}

void append_numbers(std::string_view text, std::vector<int>& out) {
  const char* at = text.data();
  const char* end = at + text.size();
  while (at < end) {
    int value = 0;
    const auto [after, error] = std::from_chars(at, end, value);
    if (error == std::errc{}) out.push_back(value);
    at = after == at ? at + 1 : after;
  }
}

// The kernel lists children per thread of the parent; one built without CONFIG_PROC_CHILDREN not at all.
std::vector<int> read_children(const std::string& root, int pid, bool& unread) {
  std::vector<int> children;
  const std::string tasks = fmt::format("{}/{}/task", root, pid);
  DIR* dir = ::opendir(tasks.c_str());
  if (dir == nullptr) {
    if (is_there(errno)) unread = true;
    return children;
  }
  while (const dirent* entry = ::readdir(dir)) {
    if (entry->d_name[0] == '.') continue;
    const std::string thread = fmt::format("{}/{}", tasks, entry->d_name);
    std::string list = read_file(thread + "/children");
    if (is_there(errno) || (errno == ENOENT && ::access(thread.c_str(), F_OK) == 0)) unread = true;
    const auto last_blank = list.rfind(' ');  // each pid ends with one; drop a cut pid
    list.resize(last_blank == std::string::npos ? 0 : last_blank);
    append_numbers(list, children);
  }
  ::closedir(dir);
  std::sort(children.begin(), children.end());
  return children;
}

// The kernel's number of a terminal (in stat) against that of an open file.
bool is_terminal(dev_t device, int tty) {
  const auto number = static_cast<unsigned>(tty);
  return major(device) == ((number >> 8) & 0xfff) &&
         minor(device) == ((number & 0xff) | ((number >> 12) & 0xfff00));
}

// For one walk: what it has read of a process it does not read again.
class ProcView final : public TerminalView {
 public:
  explicit ProcView(const std::string& root) : root_(root) {}
  // No comm: the process is gone, or `unread`.
  Process process(int pid, int depth, bool& unread) const {
    const Stat stat = read_stat(root_, pid);
    if (stat.name.empty()) {
      unread = unread || is_there(errno);
      return {depth, pid, {}, {}};
    }
    read_.emplace_back(pid, parse_stat(stat.after_name));
    return {depth, pid, stat.name, read_args(root_, pid)};
  }
  std::optional<TerminalFacts> facts(int pid) const override {
    const auto known =
        std::find_if(read_.begin(), read_.end(), [&](const auto& r) { return r.first == pid; });
    return known != read_.end() ? known->second : parse_stat(read_stat(root_, pid).after_name);
  }
  bool is_idle_shell(int pid) const override {
    bool unread = false;
    return orc::is_idle_shell(process(pid, 0, unread));
  }
  bool draws_on(int pid, int tty) const override {
    struct stat out {};
    if (::stat(fmt::format("{}/{}/fd/1", root_, pid).c_str(), &out) != 0) return errno == EACCES;
    return S_ISCHR(out.st_mode) && is_terminal(out.st_rdev, tty);
  }

 private:
  const std::string& root_;
  mutable std::vector<std::pair<int, std::optional<TerminalFacts>>> read_;
};

bool is_below(const TerminalView& view, int pid, int root) {
  for (int i = 0; i < kMaxDepth && pid > 1; ++i) {
    if (pid == root) return true;
    const auto facts = view.facts(pid);
    pid = facts ? facts->parent : 0;
  }
  return false;
}

std::optional<double> age_of(std::uint64_t started) {
  return started == 0 ? std::nullopt : std::optional(process_age_s(started));
}

void place(const TerminalView& view, int pane_pid, Process& p) {
  const auto facts = view.facts(p.pid);
  if (!facts) return;
  p.state = facts->state;
  p.started = facts->started;
  p.age_s = age_of(facts->started);
  p.standing = standing_of(view, pane_pid, p.pid, *facts);
}

}  // namespace

std::vector<Process> ProcSource::tree(int pid, bool (*enough)(const Process&, const void*),
                                      const void* context) const {
  std::vector<Process> found;
  bool unread = false;
  const ProcView view(root_);
  Process first = view.process(pid, 0, unread);
  if (first.comm.empty()) return found;
  found.push_back(std::move(first));
  bool any_agent = false;
  const auto is_agent = [&](Process& p) {
    if (!enough(p, context)) {
      // Names may be anything; a shell's file tells nothing that its name does not.
      if (is_shell(p)) return false;
      p.exe = link_target(fmt::format("{}/{}/exe", root_, p.pid));
      if (!enough(p, context)) return false;
    }
    place(view, pid, p);
    any_agent = any_agent || !(has_ended(p) || is_in_background(p));
    return true;
  };
  const bool complete = walk_processes(found, is_agent, [&](int parent, int depth) {
    for (const int child : read_children(root_, parent, unread)) {
      if (found.size() >= kMaxProcesses) return false;
      Process p = view.process(child, depth, unread);
      if (!p.comm.empty()) found.push_back(std::move(p));
    }
    return !unread;
  });
  if (!complete) found.clear();
  for (Process& p : found) {  // no agent: then it matters which of the others are in front
    if (!any_agent && !is_shell(p) && p.state == 0) place(view, pid, p);
  }
  return found;
}

std::vector<int> ProcSource::on_terminal(int tty) const {
  MutexLock lock(mutex_);
  const auto now = Steady::now();
  if (terminals_at_ == Steady::time_point{} || now - terminals_at_ >= kTerminalsAge) {
    terminals_.clear();
    const ProcView view(root_);
    if (DIR* dir = ::opendir(root_.c_str()); dir != nullptr) {
      while (const dirent* entry = ::readdir(dir)) {
        const int pid = std::atoi(entry->d_name);
        const auto facts = pid > 0 ? view.facts(pid) : std::nullopt;
        if (facts && facts->tty != 0) terminals_[facts->tty].push_back(pid);
      }
      ::closedir(dir);
    }
    terminals_at_ = now;
  }
  const auto found = terminals_.find(tty);
  return found == terminals_.end() ? std::vector<int>() : found->second;
}

std::vector<Process> ProcSource::left_on_terminal(int pid, bool (*is_agent)(const Process&, const void*),
                                                  const void* context) const {
  std::vector<Process> out;
  const ProcView view(root_);
  const auto pane = view.facts(pid);
  if (!pane || pane->tty == 0) return out;
  for (const int other : on_terminal(pane->tty)) {
    const auto facts = view.facts(other);
    if (other == pid || !facts || facts->tty != pane->tty) continue;
    bool unread = false;
    Process p = view.process(other, 0, unread);
    p.exe = link_target(fmt::format("{}/{}/exe", root_, other));
    p.state = facts->state;
    p.started = facts->started;
    p.age_s = age_of(facts->started);
    if (p.comm.empty() || !is_agent(p, context) || is_below(view, other, pid)) continue;
    if (!view.draws_on(other, pane->tty)) continue;
    p.standing = Standing::kFront;  // nobody took it from there
    out.push_back(std::move(p));
  }
  return out;
}

bool stat_has_terminal(std::string_view after_name) {
  const auto words = words_of(after_name, 6);
  return words.size() == 6 && words[0] != "T" && words[0] != "t" && words[0] != "Z" && words[2] == words[5];
}

// A kernel that does not let us see the exit code says 0, as it does of success: then nothing is known.
std::optional<int> stat_end(std::string_view after_name) {
  constexpr std::size_t kExitCode = 49;  // proc(5): field 52, behind pid and name
  const auto words = words_of(rtrim(after_name), kExitCode + 1);
  if (words.size() <= kExitCode || (words[0] != "Z" && words[0] != "X")) return std::nullopt;
  int code = 0;
  const std::string_view word = words[kExitCode];
  if (std::from_chars(word.data(), word.data() + word.size(), code).ec != std::errc{} || code == 0)
    return std::nullopt;
  return WIFSIGNALED(code) ? 128 + WTERMSIG(code) : WEXITSTATUS(code);
}

bool ProcSource::is_gone(int pid) const {
  const std::string stat = read_stat(root_, pid).after_name;
  if (stat.empty()) return !is_there(errno);
  const char state = trim(stat).front();
  return state == 'Z' || state == 'X';
}

bool ProcSource::has_terminal(int pid) const { return stat_has_terminal(read_stat(root_, pid).after_name); }

std::optional<int> ProcSource::end_of(int pid) const { return stat_end(read_stat(root_, pid).after_name); }

}  // namespace orc
