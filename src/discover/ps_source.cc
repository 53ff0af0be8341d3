#include "tmux_orc/discover/ps_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <utility>

#include "process_walk.h"
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

// macOS gives the program's path where Linux gives the kernel's name.
std::string_view program_name(std::string_view comm) {
  return comm.starts_with('/') ? comm.substr(comm.rfind('/') + 1) : comm;
}

}  // namespace

// Twice, since both columns may hold blanks: only the last one of a line can be told from the rest
// everywhere.
std::string ps_script() {
  return "ps -A -ww -o pid= -o ppid= -o stat= -o comm= && echo && ps -A -ww -o pid= -o args=\n";
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
    int pid = 0, parent = 0;
    if (!take_number(line, pid)) continue;
    if (args) {
      if (const auto found = table.processes.find(pid); found != table.processes.end())
        found->second.args = line;
    } else if (take_number(line, parent)) {
      const auto state_end = std::min(line.find(' '), line.size());
      const char state = line.empty() ? '\0' : line[0];
      line.remove_prefix(state_end);
      line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
      table.processes[pid] = {0, pid, std::string(program_name(line)), "", state};
      table.children[parent].push_back(pid);
    }
  }
  for (auto& [pid, children] : table.children) std::sort(children.begin(), children.end());
  return table;
}

void PsSource::begin(Deadline deadline, bool fresh) const {
  MutexLock lock(mutex_);
  answer_by_ = deadline;
  if (fresh) asked_ = {};
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
  StringSink out;
  const std::string script = fmt::format("ps -o stat= -o ppid= -o pgid= -o tpgid= -p {}\n", pid);
  const auto done = run_process(host_->argv({"sh", "-s"}), script,
                                host_->limit(Steady::now() + std::chrono::hours(1)), out);
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
  const auto add = [&](int id, int depth) {
    const auto process = table_.processes.find(id);
    if (process == table_.processes.end()) return;
    found.push_back(process->second);
    found.back().depth = depth;
  };
  add(pid, 0);
  const bool complete = walk_processes(
      found, [&](Process& p) { return enough(p, context); },
      [&](int parent, int depth) {
        const auto children = table_.children.find(parent);
        if (children == table_.children.end()) return true;
        for (const int child : children->second) add(child, depth);
        return true;
      });
  if (!complete) found.clear();
  return found;
}

}  // namespace orc
