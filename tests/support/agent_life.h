// SPDX-License-Identifier: Apache-2.0
// AgentLife: rounds of made-up agents with a random but repeatable life, for the history and the
// notifications.
#pragma once

#include <cmath>
#include <memory>
#include <random>
#include <vector>

#include "tmux_orc/base/model.h"
#include "tmux_orc/history/history_store.h"

namespace orc::test {

class AgentLife {
 public:
  AgentLife(std::size_t agents, double changes_per_round, unsigned seed = 1)
      : random_(seed), chance_(changes_per_round) {
    for (std::size_t i = 0; i < agents; ++i) {
      AgentStatus a;
      a.pane.key = {7, static_cast<PaneId>(i)};
      a.pane.server_name = "default";
      a.pane.session = "s" + std::to_string(i / 5);
      a.pane.window_index = static_cast<int>(i % 5);
      a.pane.role = i % 10 == 0 ? Role::kPm : Role::kAgent;
      a.verdict = {"claude", State::kWorking, "", "claude/spinner", 1};
      agents_.push_back(std::move(a));
    }
  }

  // One round at `at_ms`; each agent changes its state with the given chance.
  HistoryRound round(std::int64_t at_ms) {
    static constexpr State kStates[] = {State::kWorking, State::kWaiting, State::kIdle,
                                        State::kWorking, State::kError,   State::kRateLimited};
    auto s = std::make_shared<Snapshot>();
    s->at_ms = at_ms;
    std::uniform_real_distribution<double> real(0, 1);
    for (AgentStatus& a : agents_) {
      if (a.since_ms == 0) a.since_ms = at_ms;
      if (real(random_) >= chance_) continue;
      const State next = kStates[random_() % std::size(kStates)];
      if (next == a.verdict.state) continue;
      Verdict to = a.verdict;
      to.state = next;
      s->transitions.push_back({at_ms, a.pane, a.verdict, to, false});
      a.verdict = to;
      a.since_ms = at_ms;
    }
    s->agents = agents_;
    s->servers.push_back({"default", "native", "3.3a", "", true});
    RoundFigures& f = s->round;
    f.number = ++number_;
    f.mode = "async";
    f.agents = f.panes = agents_.size();
    f.phase.list = 0.5 + real(random_);
    f.phase.capture = std::exp(2 * real(random_));
    f.phase.total = f.phase.list + f.phase.capture;
    f.captures = random_() % (agents_.size() + 1);
    f.cache.pane_content.hits = f.panes - f.captures;
    f.cache.pane_content.misses = f.captures;
    f.pool = {20, 1, 1};
    HistoryRound r;
    ProcessFigures process;
    process.cpu_s = f.phase.total / 1000;
    process.resident_mb = 14;
    r.record = make_record(*s, process);
    r.snapshot = std::move(s);
    return r;
  }
  const std::vector<AgentStatus>& agents() const { return agents_; }

 private:
  std::mt19937 random_;
  const double chance_;
  std::vector<AgentStatus> agents_;
  std::uint64_t number_ = 0;
};

}  // namespace orc::test
