// SPDX-License-Identifier: Apache-2.0
// Process evidence: is an agent alive in a pane? Reads /proc, never asks tmux (pane_current_command costs the
// server 14 to 22 us a pane). Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/model.h"
#include "tmux_orc/base/mutex.h"

namespace orc {

struct ProcessVerdict {
  ProcessEvidence evidence = ProcessEvidence::kUnknown;
  std::string agent;              // set when evidence is kAgent, kSuspended or kApart
  int pid = 0;                    // of the agent's process, 0 if none was found
  std::uint64_t started = 0;      // its Process::started
  std::optional<double> age_s{};  // since it began
  bool headless = false;          // it runs one task without a prompt
  std::string program{};          // kOther: what runs there instead
  std::vector<Process> tree{};    // what was weighed, where inspect_pane() read it
};

// The agent nearest to the root of the tree wins: agents run shells and other agents as tools. One in the
// background of a shell, or on no terminal (a daemon), is none: nobody deals with it in this pane.
ProcessVerdict weigh_processes(const std::vector<Process>& tree, const std::vector<AgentProcess>& agents);

// The agent that one process is, or "". Looks at the program's name and file and, for interpreters and
// wrappers (node, python, npx, env, sh ...), at the script they were given.
std::string agent_of_process(const Process& process, const std::vector<AgentProcess>& agents);

// Whether the process, which is this agent, runs one task without a prompt.
bool is_headless(const Process& process, const std::string& agent, const std::vector<AgentProcess>& agents);

// Where the process tree of a pane comes from: /proc, or a fake in tests.
class ProcessSource {
 public:
  virtual ~ProcessSource() = default;
  // A round or a look begins: what is asked from now on ends by then. `fresh`: what was read earlier does not
  // count.
  virtual void begin(Deadline /*deadline*/, bool /*fresh*/) const {}
  // The process and its descendants, parents first, children sorted by pid. Empty, which means unknown, if
  // the process is gone or unreadable, or if a part that was not read may hold an agent: "no agent" must
  // never come of a read that failed. Need not go below a process for which `enough` says true.
  virtual std::vector<Process> tree(int pid, bool (*enough)(const Process&, const void*),
                                    const void* context) const = 0;

  // Agents that draw on the terminal of the process and are not below it: their wrapper has ended, and left
  // them to the system. Parents outside; no order.
  virtual std::vector<Process> left_on_terminal(int pid, bool (*is_agent)(const Process&, const void*),
                                                const void* context) const {
    (void)pid, (void)is_agent, (void)context;
    return {};
  }

  // Whether what is typed into its terminal goes to the process: it runs, and in the terminal's foreground
  // group. False where that cannot be told.
  virtual bool has_terminal(int pid) const = 0;

  // Whether the process has ended; false where that cannot be told cheaply.
  virtual bool is_gone(int pid) const {
    (void)pid;
    return false;
  }

  // How a process ended whose parent has not asked for it yet: its exit status, or 128 + signal. Nothing
  // where that cannot be told, and for success.
  virtual std::optional<int> end_of(int pid) const = 0;
};

class ProcSource final : public ProcessSource {
 public:
  explicit ProcSource(std::string root = "/proc") : root_(std::move(root)) {}
  std::vector<Process> tree(int pid, bool (*enough)(const Process&, const void*),
                            const void* context) const override;
  std::vector<Process> left_on_terminal(int pid, bool (*is_agent)(const Process&, const void*),
                                        const void* context) const override;
  bool has_terminal(int pid) const override;
  bool is_gone(int pid) const override;
  std::optional<int> end_of(int pid) const override;

 private:
  // Terminal -> the processes on it, of the whole machine. Reading it costs about 6 us a process, so it is
  // shared for a moment by all panes that ask.
  using Terminals = std::unordered_map<int, std::vector<int>>;
  std::vector<int> on_terminal(int tty) const;

  const std::string root_;
  mutable Mutex mutex_;
  mutable Terminals terminals_ ORC_GUARDED_BY(mutex_);
  mutable Steady::time_point terminals_at_ ORC_GUARDED_BY(mutex_){};
};

// "state ppid pgrp session tty tpgid ...", as the kernel's /proc/PID/stat has it behind the name.
bool stat_has_terminal(std::string_view after_name);
std::optional<int> stat_end(std::string_view after_name);

// tree() and weigh_processes() in one, reading no deeper than the first agent.
ProcessVerdict inspect_pane(const ProcessSource& source, int pane_pid,
                            const std::vector<AgentProcess>& agents);

}  // namespace orc
