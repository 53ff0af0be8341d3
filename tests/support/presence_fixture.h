// SPDX-License-Identifier: Apache-2.0
// A history of one agent that does what the test says, a round a minute.
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "support/history_fixture.h"
#include "tmux_orc/base/model.h"
#include "tmux_orc/report/reports.h"

namespace orc::test {

// One agent that does what the test says.
class OneAgent {
 public:
  OneAgent() {
    agent_.pane.key = {7, 3};
    agent_.pane.server_name = "default";
    agent_.pane.session = "main";
    agent_.verdict = {"claude", State::kWorking, "", "claude/spinner", 1};
  }
  void becomes(State state) { next_ = state; }
  void leaves() { leaves_ = true; }
  bool reachable = true;  // its server
  bool watched = true;

  HistoryRound round(std::int64_t at) {
    auto s = std::make_shared<Snapshot>();
    s->at_ms = at;
    if (watched) s->servers.push_back({"default", "native", "3.3a", "", reachable});
    if (agent_.since_ms == 0) agent_.since_ms = at;
    if (next_ && *next_ != agent_.verdict.state) {
      Verdict to = agent_.verdict;
      to.state = *next_;
      s->transitions.push_back({at, agent_.pane, agent_.verdict, to, false});
      agent_.verdict = to;
      agent_.since_ms = at;
    }
    if (leaves_ && !is_gone_)
      s->transitions.push_back({at, agent_.pane, agent_.verdict, agent_.verdict, true});
    is_gone_ = leaves_;
    if (!is_gone_) s->agents.push_back(agent_);
    s->round.number = ++number_;
    s->round.panes = s->round.agents = s->agents.size();
    HistoryRound r{make_record(*s, {}), nullptr};
    r.snapshot = std::move(s);
    return r;
  }

 private:
  AgentStatus agent_;
  std::optional<State> next_;
  bool leaves_ = false, is_gone_ = false;
  std::uint64_t number_ = 0;
};

class Presence : public History {
 protected:
  // A round a minute up to `until`, not included.
  void look(HistoryStore& store, std::int64_t until) {
    std::vector<HistoryRound> rounds;
    for (; at_ < until; at_ += kMinute) rounds.push_back(agent_.round(at_));
    const auto done = store.append(rounds);
    ASSERT_TRUE(done.has_value()) << done.error().message;
  }
  std::vector<Wait> waits() { return reader()->longest_waits(last_days("day", 1, at_), 10).value(); }
  nlohmann::ordered_json activity() {
    return activity_report(*reader(), last_days("day", 1, at_), true)->json;
  }
  const TimeZone utc_{"UTC"};
  const std::int64_t start_ = 1793577600000;  // 2026-11-02 00:00 UTC
  std::int64_t at_ = start_;
  OneAgent agent_;
};

}  // namespace orc::test
