// SPDX-License-Identifier: Apache-2.0
// PsSource: process evidence of another machine, by one `ps` there for all panes. What it tells is kept for a
// moment, so that a round over many panes asks once. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/mutex.h"
#include "tmux_orc/discover/processes.h"
#include "tmux_orc/tmux/host.h"

namespace orc {

// pid -> process, and parent -> children, sorted by pid.
struct ProcessTable {
  struct Owner {  // of its terminal, as TerminalFacts
    int parent = 0, group = 0, foreground = 0, tty = 0;
  };
  std::unordered_map<int, Process> processes;
  std::unordered_map<int, Owner> owners;
  std::unordered_map<int, std::vector<int>> children;
};

// The output of ps_script(): "pid ppid pgid tpgid tty stat comm" lines, an empty line, "pid args" lines.
// Lines that cannot be understood are left out.
std::string ps_script();
ProcessTable parse_ps(std::string_view output);

class PsSource final : public ProcessSource {
 public:
  // `max_age`: for how long an answer holds within a round; 0 asks anew for every pane.
  PsSource(std::shared_ptr<Host> host, Steady::duration max_age)
      : host_(std::move(host)), max_age_(max_age) {}

  // What is asked from now on ends by then, and sooner if the machine's own time is up. At first: never.
  void begin(Deadline deadline, bool fresh) const override;

  // Empty, which means unknown, also if the machine does not answer.
  std::vector<Process> tree(int pid, bool (*enough)(const Process&, const void*),
                            const void* context) const override;
  std::vector<Process> left_on_terminal(int pid, bool (*is_agent)(const Process&, const void*),
                                        const void* context) const override;
  bool has_terminal(int pid) const override;
  std::optional<int> end_of(int) const override { return std::nullopt; }  // ps does not know

 private:
  void refresh() const ORC_REQUIRES(mutex_);

  const std::shared_ptr<Host> host_;
  const Steady::duration max_age_;
  mutable Mutex mutex_;
  mutable ProcessTable table_ ORC_GUARDED_BY(mutex_);
  mutable Deadline answer_by_ ORC_GUARDED_BY(mutex_) = Deadline::max();
  mutable Steady::time_point asked_ ORC_GUARDED_BY(mutex_){};
};

}  // namespace orc
