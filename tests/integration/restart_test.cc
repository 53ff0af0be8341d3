// SPDX-License-Identifier: Apache-2.0
// A server that dies and comes back on the same socket, with the same pane ids: nothing of the old life may
// be told of the new one.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <random>
#include <thread>

#include "modes.h"
#include "test_server.h"

namespace orc::test {
namespace {

std::vector<std::string> replay(const std::string& agent, const std::string& state) {
  return {ORC_PROGRAM, "__replay", agent, state, "still", "0"};
}

class Restart : public ::testing::TestWithParam<Mode> {
 protected:
  MonitorOptions options() const { return at_once(std::get<0>(GetParam()), std::get<1>(GetParam())); }
  TestServer server_{120, 40, replay("claude", "waiting")};
};

TEST_P(Restart, TheNewLifeIsSeenAsNew) {
  Watch watch({server_.address()}, options());
  const auto before =
      watch.rounds_until([](const Snapshot& s) { return verdict_of(s, 0) == "claude waiting"; });
  ASSERT_EQ(verdict_of(*before, 0), "claude waiting");
  const PaneKey old_key = before->agents[0].pane.key;
  server_.kill_hard();
  const auto dead = watch.round(2s);
  EXPECT_FALSE(dead->servers[0].reachable);

  server_.start(replay("gemini", "idle"));
  bool old_gone = false, new_seen = false;
  const auto after = watch.rounds_until([&](const Snapshot& s) {
    for (const Transition& t : s.transitions) {
      if (t.pane.key == old_key) {
        EXPECT_TRUE(t.gone);
        old_gone = true;
      } else {
        EXPECT_NE(t.to.agent, "claude") << "a verdict of the old life";
        EXPECT_TRUE(t.from.agent.empty() || t.from.agent == "gemini") << t.from.agent;
        new_seen = true;
      }
    }
    return std::any_of(s.agents.begin(), s.agents.end(), [](const AgentStatus& a) {
      return a.verdict.agent == "gemini" && a.verdict.state == State::kIdle;
    });
  });
  EXPECT_TRUE(old_gone) << "no transition says that the old life's pane is gone";
  EXPECT_TRUE(new_seen);
  ASSERT_EQ(after->agents.size(), 1u) << "the old life's agent is still told";
  EXPECT_EQ(after->agents[0].pane.key.pane, old_key.pane);
  EXPECT_NE(after->agents[0].pane.key.server, old_key.server);
  EXPECT_EQ(after->agents[0].verdict.agent, "gemini");
  EXPECT_EQ(after->counts, (std::map<State, std::size_t>{{State::kIdle, 1}}));
}

TEST_P(Restart, WithoutARoundInBetween) {
  Watch watch({server_.address()}, options());
  const auto before =
      watch.rounds_until([](const Snapshot& s) { return verdict_of(s, 0) == "claude waiting"; });
  ASSERT_EQ(verdict_of(*before, 0), "claude waiting");
  server_.kill_hard();
  server_.start();  // the pane of the same number runs nothing but sleep now
  bool gone = false;
  const auto after = watch.rounds_until([&](const Snapshot& s) {
    for (const Transition& t : s.transitions)
      gone = gone || (t.gone && t.pane.key == before->agents[0].pane.key);
    return s.servers[0].reachable;
  });
  EXPECT_TRUE(after->servers[0].reachable);
  EXPECT_TRUE(gone);
  EXPECT_EQ(after->agents.size(), 0u) << "an agent of the old life is told: " << verdict_of(*after, 0);
}

TEST_P(Restart, KilledInTheMiddleOfRounds) {
  auto o = options();
  o.cache.enabled = false;
  Watch watch({server_.address()}, o);
  std::mt19937 random(5);
  std::uniform_int_distribution<int> moment_us(0, 15'000);
  for (int life = 0; life < 6; ++life) {
    const bool waits = life % 2 == 0;
    const std::string expected = waits ? "claude waiting" : "gemini idle";
    const pid_t pid = server_.pid();
    const auto seen = watch.rounds_until([&](const Snapshot& s) {
      const auto right = [&](const AgentStatus& a) {
        return a.verdict.agent + " " + std::string(to_string(a.verdict.state)) == expected;
      };
      return std::any_of(s.agents.begin(), s.agents.end(), right);
    });
    ASSERT_TRUE(seen->servers[0].reachable) << "life " << life << ": " << seen->servers[0].note;
    {
      std::jthread killer([&, us = moment_us(random)] {
        std::this_thread::sleep_for(std::chrono::microseconds(us));
        if (server_.alive()) ::kill(pid, SIGKILL);
      });
      // By time, not by number: a native round takes 0.3 ms, and on a busy machine the killer's thread is
      // late by more than the 60 ms of 200 of them.
      bool reached = true;
      for (const auto until = Steady::now() + 15s; reached && Steady::now() < until;) {
        reached = watch.round(2s)->servers[0].reachable;
        ASSERT_LT(watch.last_round_ms(), 6000) << "a round outlives its time";
      }
      EXPECT_FALSE(reached) << "a dead server counts as reachable";
    }
    server_.kill_hard();
    server_.start(waits ? replay("gemini", "idle") : replay("claude", "waiting"));
  }
}

TEST_P(Restart, AnOrderlyEnd) {
  Watch watch({server_.address()}, options());
  watch.rounds_until([](const Snapshot& s) { return verdict_of(s, 0) == "claude waiting"; });
  server_.tmux({"kill-server"});
  ASSERT_TRUE(wait_until([&] { return !server_.alive(); }));
  const auto dead = watch.round(2s);
  EXPECT_FALSE(dead->servers[0].reachable);
  EXPECT_NE(dead->servers[0].note, "");
}

INSTANTIATE_TEST_SUITE_P(Modes, Restart, all_modes(), mode_name);

}  // namespace
}  // namespace orc::test
