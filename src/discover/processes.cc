// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/discover/processes.h"

#include <algorithm>
#include <utility>

#include "process_walk.h"
#include "programs.h"

namespace orc {
namespace {

// One that runs where the user sees it, before one that is behind another program, before one that is
// stopped; then the one nearest to the root.
int rank_of(const Process& p) { return p.state == 'T' ? 2 : p.standing == Standing::kApart ? 1 : 0; }

bool is_nearer(const Process& a, const Process& b) {
  const int rank_a = rank_of(a), rank_b = rank_of(b);
  return rank_a != rank_b ? rank_a < rank_b : a.depth < b.depth;
}

ProcessEvidence evidence_of(const Process& agent) {
  return agent.state == 'T'                   ? ProcessEvidence::kSuspended
         : agent.standing == Standing::kApart ? ProcessEvidence::kApart
                                              : ProcessEvidence::kAgent;
}

// A tree that does not say who owns the terminal: then a program above that is known to be a host does.
Standing standing_in(const std::vector<Process>& tree, const Process& process) {
  if (process.standing != Standing::kUnknown) return process.standing;
  const bool hosted = std::any_of(tree.begin(), tree.end(), [&](const Process& p) {
    return p.depth < process.depth && is_terminal_host(p);
  });
  return hosted ? Standing::kApart : Standing::kUnknown;
}

}  // namespace

ProcessVerdict weigh_processes(const std::vector<Process>& tree, const std::vector<AgentProcess>& agents) {
  if (tree.empty()) return {};
  std::optional<Process> best;
  std::string agent;
  const Process* other = nullptr;
  bool opaque = false;
  for (const Process& process : tree) {
    if (has_ended(process)) continue;  // nobody is there any more, only its parent has not asked yet
    if (is_in_background(process)) continue;
    if (std::string found = agent_of_process(process, agents); !found.empty()) {
      Process candidate = process;
      candidate.standing = standing_in(tree, process);
      if (best && !is_nearer(candidate, *best)) continue;
      best = std::move(candidate);
      agent = std::move(found);
    }
    if (is_opaque(process)) opaque = true;
    if (!is_shell(process) && (other == nullptr || process.depth < other->depth)) other = &process;
  }
  if (best) {
    const bool headless = is_headless(*best, agent, agents);
    return {evidence_of(*best), std::move(agent), best->pid, best->started, best->age_s, headless};
  }
  if (opaque) return {ProcessEvidence::kOpaque, {}, 0};
  if (other != nullptr) return {ProcessEvidence::kOther, {}, 0, 0, {}, false, shown_name(*other)};
  return {ProcessEvidence::kShellOnly, {}, 0};
}

ProcessVerdict inspect_pane(const ProcessSource& source, int pane_pid,
                            const std::vector<AgentProcess>& agents) {
  const auto is_agent = [](const Process& p, const void* context) {
    return !agent_of_process(p, *static_cast<const std::vector<AgentProcess>*>(context)).empty();
  };
  std::vector<Process> tree = source.tree(pane_pid, is_agent, &agents);
  ProcessVerdict verdict = weigh_processes(tree, agents);
  if (verdict.evidence == ProcessEvidence::kShellOnly) {
    std::vector<Process> left = source.left_on_terminal(pane_pid, is_agent, &agents);
    if (ProcessVerdict of_left = weigh_processes(left, agents); of_left.pid != 0) {
      verdict = std::move(of_left);
      tree.insert(tree.end(), left.begin(), left.end());
    }
  }
  verdict.tree = std::move(tree);
  return verdict;
}

}  // namespace orc
