// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/discover/ps_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>
#include <utility>
#include <vector>

#include "process_walk.h"
#include "programs.h"
#include "terminal.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/tmux/spawn.h"

namespace orc {
namespace {

bool take_number(std::string_view& line, int& value) {
  while (line.starts_with(' ')) line.remove_prefix(1);
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
  if (error != std::errc{}) return false;
  line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  while (line.starts_with(' ')) line.remove_prefix(1);
  return true;
}

std::string_view take_word(std::string_view& line) {
  const std::string_view word = line.substr(0, std::min(line.find(' '), line.size()));
  line.remove_prefix(word.size());
  while (line.starts_with(' ')) line.remove_prefix(1);
  return word;
}

// Terminals have names here; all that matters is which are the same.
int terminal_number(std::string_view name) {
  if (name.empty() || name.starts_with('?') || name == "-") return 0;
  return static_cast<int>(fnv1a(name) & 0x3fffffff) | 0x40000000;
}

class TableView final : public TerminalView {
 public:
  explicit TableView(const ProcessTable& table) : table_(table) {}
  std::optional<TerminalFacts> facts(int pid) const override {
    const auto owner = table_.owners.find(pid);
    const auto process = table_.processes.find(pid);
    if (owner == table_.owners.end() || process == table_.processes.end()) return std::nullopt;
    const ProcessTable::Owner& o = owner->second;
    return TerminalFacts{process->second.state, o.parent, o.group, o.tty, o.foreground, 0};
  }
  bool is_idle_shell(int pid) const override {
    const auto process = table_.processes.find(pid);
    return process != table_.processes.end() && orc::is_idle_shell(process->second);
  }
  bool draws_on(int, int) const override { return true; }  // ps does not know

 private:
  const ProcessTable& table_;
};

// macOS gives the program's path where Linux gives the kernel's name.
std::string_view program_name(std::string_view comm) {
  return comm.starts_with('/') ? comm.substr(comm.rfind('/') + 1) : comm;
}

}  // namespace

// Twice, since both columns may hold blanks: only the last one of a line can be told from the rest
// everywhere.
std::string ps_script() {
  return "ps -A -ww -o pid= -o ppid= -o pgid= -o tpgid= -o tty= -o stat= -o comm= && echo && "
         "ps -A -ww -o pid= -o args=\n";
}

ProcessTable parse_ps(std::string_view output) {
  ProcessTable table;
  bool args = false;
  for (std::string_view line : split_lines(output)) {
    line = rtrim(line);
    if (line.empty()) {
      args = true;
      continue;
    }
    int pid = 0;
    ProcessTable::Owner owner;
    if (!take_number(line, pid)) continue;
    if (args) {
      if (const auto found = table.processes.find(pid); found != table.processes.end())
        found->second.args = line;
    } else if (take_number(line, owner.parent) && take_number(line, owner.group) &&
               take_number(line, owner.foreground)) {
      owner.tty = terminal_number(take_word(line));
      const std::string_view state = take_word(line);
      table.processes[pid] = {0, pid, std::string(program_name(line)), "", state.empty() ? '\0' : state[0]};
      table.owners[pid] = owner;
      table.children[owner.parent].push_back(pid);
    }
  }
  for (auto& [pid, children] : table.children) std::sort(children.begin(), children.end());
  return table;
}

// What an earlier round was told says nothing of the screens of this one: an agent that died between would be
// alive behind a screen that shows its end, and with no more output nobody would look again.
void PsSource::begin(Deadline deadline, bool /*fresh*/) const {
  MutexLock lock(mutex_);
  answer_by_ = deadline;
  asked_ = {};
}

void PsSource::refresh() const {
  const auto now = Steady::now();
  if (asked_ != Steady::time_point{} && now - asked_ < max_age_) return;
  table_ = {};
  if (host_->ready(now)) {
    StringSink out;
    const Deadline by = host_->limit(answer_by_);
    const auto done = run_process(host_->argv({"sh", "-s"}), ps_script(), by, out);
    if (done && done->status == 0) table_ = parse_ps(out.text);
    if (!done && done.error().kind == ErrorKind::kTimeout) host_->unanswered(by, answer_by_);
  }
  asked_ = Steady::now();
}

bool PsSource::has_terminal(int pid) const {
  const auto longest = Steady::now() + std::chrono::hours(1);  // the machine's own time is the limit
  if (!host_->ready(longest)) return false;
  StringSink out;
  const std::string script = fmt::format("ps -o stat= -o ppid= -o pgid= -o tpgid= -p {}\n", pid);
  const auto done = run_process(host_->argv({"sh", "-s"}), script, host_->limit(longest), out);
  // Its first letter, then the numbers, as in /proc/PID/stat: "S+ 1 20 20" is "S 1 20 - - 20" there.
  char state[16] = {};
  long parent = 0, group = 0, foreground = 0;
  if (!done || done->status != 0) return false;
  if (std::sscanf(out.text.c_str(), "%15s %ld %ld %ld", state, &parent, &group, &foreground) != 4)
    return false;
  return stat_has_terminal(fmt::format("{} {} {} 0 0 {}", state[0], parent, group, foreground));
}

std::vector<Process> PsSource::tree(int pid, bool (*enough)(const Process&, const void*),
                                    const void* context) const {
  MutexLock lock(mutex_);
  refresh();
  std::vector<Process> found;
  // clang sees no lock in a lambda, though it is called under ours.
  const auto add = [&](int id, int depth) ORC_TSA(no_thread_safety_analysis) {
    const auto process = table_.processes.find(id);
    if (process == table_.processes.end()) return;
    found.push_back(process->second);
    found.back().depth = depth;
  };
  add(pid, 0);
  const TableView view(table_);
  const auto is_agent = [&](Process& p) {
    if (const auto facts = view.facts(p.pid)) p.standing = standing_of(view, pid, p.pid, *facts);
    return enough(p, context);
  };
  const bool complete =
      walk_processes(found, is_agent, [&](int parent, int depth) ORC_TSA(no_thread_safety_analysis) {
        const auto children = table_.children.find(parent);
        if (children == table_.children.end()) return true;
        for (const int child : children->second) add(child, depth);
        return true;
      });
  if (!complete) found.clear();
  return found;
}

// What the kernel's children are not: the system's, since their parent has ended.
std::vector<Process> PsSource::left_on_terminal(int pid, bool (*is_agent)(const Process&, const void*),
                                                const void* context) const {
  MutexLock lock(mutex_);
  refresh();
  std::vector<Process> out;
  const auto pane = table_.owners.find(pid);
  if (pane == table_.owners.end() || pane->second.tty == 0) return out;
  for (const auto& [other, owner] : table_.owners) {
    if (owner.tty != pane->second.tty || owner.parent != 1 || other == pid) continue;
    const Process& process = table_.processes.at(other);
    if (!is_agent(process, context)) continue;
    out.push_back(process);
    out.back().standing = Standing::kFront;
  }
  return out;
}

}  // namespace orc
