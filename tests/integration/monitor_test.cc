// SPDX-License-Identifier: Apache-2.0
// Whole rounds over replayed agents: right verdicts, the same in every mode; the change gate; transitions.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "test_server.h"

namespace orc::test {
namespace {

const std::vector<std::pair<std::string, std::string>>& scenes() {
  static const std::vector<std::pair<std::string, std::string>> list = [] {
    std::vector<std::pair<std::string, std::string>> out;
    for (const char* agent : {"claude", "codex", "gemini", "opencode", "pi", "qwen"}) {
      for (const char* state : {"idle", "working", "waiting", "draft", "error", "rate_limited"}) {
        if (std::string(agent) == "qwen" && std::string(state) == "rate_limited")
          continue;  // there is no such scene
        out.emplace_back(agent, state);
      }
    }
    return out;
  }();
  return list;
}

TEST(Modes, AllGiveTheSameAndRightVerdicts) {
  TestServer server(120, 40);
  std::map<PaneId, std::string> expected;
  for (const auto& [agent, state] : scenes()) expected[server.agent(agent, state)] = agent + " " + state;
  server.window({"bash", "--norc"}, "shell");

  using Verdicts = std::map<PaneId, Verdict>;
  const auto verdicts = [](const Snapshot& s) {
    Verdicts out;
    for (const AgentStatus& a : s.agents) out[a.pane.key.pane] = a.verdict;
    return out;
  };
  const auto all_right = [&](const Snapshot& s) {
    return std::all_of(expected.begin(), expected.end(),
                       [&](const auto& e) { return verdict_of(s, e.first) == e.second; });
  };
  Verdicts first;
  for (const auto choice : {TransportChoice::kNative, TransportChoice::kSpawn}) {
    for (const auto& [async, polling] : {std::pair{true, false}, {true, true}, {false, false}}) {
      for (const bool partial : {true, false}) {
        auto options = at_once(choice, async, false);
        options.polling = polling;
        options.partial_captures = partial;
        Watch watch({server.address()}, options);
        // Time enough for a machine that has none: what is claimed is the verdicts.
        const auto snapshot = first.empty() ? watch.rounds_until(all_right, 60s) : watch.round(60s);
        SCOPED_TRACE(fmt::format("{} {}{}{}", choice == TransportChoice::kNative ? "native" : "spawn",
                                 async ? "async" : "sync", polling ? " polling" : "",
                                 partial ? " partial" : ""));
        for (const auto& [pane, wanted] : expected) EXPECT_EQ(verdict_of(*snapshot, pane), wanted);
        EXPECT_EQ(snapshot->agents.size(), expected.size());
        EXPECT_EQ(snapshot->round.mode, async ? "async" : "sync");
        EXPECT_EQ(snapshot->servers[0].transport, choice == TransportChoice::kNative ? "native" : "spawn");
        EXPECT_EQ(snapshot->round.errors + snapshot->round.timeouts, 0u);
        EXPECT_EQ(snapshot->round.captures, expected.size() + 2 + snapshot->round.partial_retries);
        if (first.empty())
          first = verdicts(*snapshot);
        else
          EXPECT_EQ(verdicts(*snapshot), first);
      }
    }
  }
}

TEST(Modes, ACachedVerdictIsTheSameAsAFreshOne) {
  TestServer server(120, 40);
  std::map<PaneId, std::string> expected;
  for (const auto& [agent, state] : scenes()) expected[server.agent(agent, state)] = agent + " " + state;
  Watch watch({server.address()}, at_once());
  const auto fresh = watch.rounds_until([&](const Snapshot& s) {
    return std::all_of(expected.begin(), expected.end(),
                       [&](const auto& e) { return verdict_of(s, e.first) == e.second; });
  });
  const auto still = watch.rounds_until([](const Snapshot& s) { return s.round.captures == 0; });
  ASSERT_EQ(still->round.captures, 0u);
  ASSERT_EQ(still->agents.size(), fresh->agents.size());
  for (std::size_t i = 0; i < still->agents.size(); ++i)
    EXPECT_EQ(still->agents[i].verdict, fresh->agents[i].verdict);
}

TEST(ChangeGate, UnchangedPanesAreNotReadAgain) {
  TestServer server;
  const PaneId text = server.window_showing("first"), agent = server.agent("claude", "waiting");
  Watch watch({server.address()}, at_once());
  watch.rounds_until([&](const Snapshot& s) { return verdict_of(s, agent) == "claude waiting"; });
  wait_for_next_second();
  watch.round();  // reads what was written in the second before, for the last time
  const auto still = watch.round();
  EXPECT_EQ(still->round.captures, 0u);
  EXPECT_EQ(verdict_of(*still, agent), "claude waiting");
  EXPECT_EQ(still->round.cache.pane_content.hits, 3u);
  EXPECT_EQ(watch.round()->round.cache.pane_content.hits, 3u) << "a round tells of its own looks";

  server.write_visibly(text, "\x1b[Hother", "other");
  EXPECT_EQ(watch.round()->round.captures, 1u) << "only the changed one is read";
  wait_for_next_second();
  EXPECT_LE(watch.round()->round.captures, 1u);
  EXPECT_EQ(watch.round()->round.captures, 0u);
}

TEST(Reload, KeepsWhatIsLookedAtInTheSameWayStill) {
  TestServer server;
  const PaneId agent = server.agent("claude", "waiting");
  Watch watch({server.address()}, at_once());
  watch.rounds_until([&](const Snapshot& s) { return verdict_of(s, agent) == "claude waiting"; });
  wait_for_next_second();
  watch.round();
  const std::uint64_t number = watch.round()->round.number;
  const auto live = watch.monitor().servers().at(0);

  auto options = at_once();
  options.aggregate.max_failures = 7;
  options.async = false;
  watch.reload({server.address()}, options);
  EXPECT_EQ(watch.monitor().servers().at(0), live) << "its connections and riders go on";
  const auto after = watch.round();
  EXPECT_EQ(after->round.captures, 0u) << "what was judged stands";
  EXPECT_EQ(after->round.spawns, 0u) << "nobody asks the version again";
  EXPECT_EQ(after->round.number, number + 1);
  EXPECT_EQ(after->round.cache.pane_content.hits, 2u) << "and no look is counted twice";
  EXPECT_EQ(verdict_of(*after, agent), "claude waiting");
  EXPECT_TRUE(after->transitions.empty());

  options.discover.agent_windows = {"other"};  // another role for a pane: all is looked at anew
  watch.reload({server.address()}, options);
  EXPECT_NE(watch.monitor().servers().at(0), live);
  EXPECT_GT(watch.round()->round.captures, 0u);

  watch.reload({}, options);
  EXPECT_TRUE(watch.round()->agents.empty());
}

TEST(ChangeGate, NoChangeIsMissed) {  // cursor, title and second are all as before: only the text is new
  TestServer server;
  const PaneId text = server.window_showing("start\x1b[H");
  Watch watch({server.address()}, at_once());
  watch.round();
  for (int i = 0; i < 40; ++i) {
    if (i % 10 == 9) wait_for_next_second();
    const std::string mark = fmt::format("mark-{:04}", i);
    server.write_visibly(text, "\x1b[H" + mark + "\x1b[H", mark);
    const auto snapshot = watch.round();
    ASSERT_GE(snapshot->round.captures, 1u) << "change " << i << " was missed";
    watch.round();  // remembers what it saw in this very second: must not be trusted in the next
  }
}

TEST(ChangeGate, EveryFactOpensIt) {
  TestServer server;
  const PaneId pane = server.window_showing("text");
  Watch watch({server.address()}, at_once());
  // What changes without output is seen by whole rounds.
  const auto full = [&] { return watch.monitor().run_round(Steady::now() + 10s); };
  const auto settle = [&] {
    const auto s = watch.rounds_until([](const Snapshot& x) { return x.round.captures == 0; });
    ASSERT_EQ(s->round.captures, 0u);
  };
  settle();
  server.tmux({"select-pane", "-t", pane_name(pane), "-T", "another title"});
  EXPECT_GE(full()->round.captures, 1u) << "title";
  settle();
  server.tmux({"resize-window", "-t", pane_name(pane), "-x", "70"});
  EXPECT_GE(full()->round.captures, 1u) << "size";
  settle();
  server.tmux({"clear-history", "-t", pane_name(pane)});
  server.tmux({"set-option", "-w", "-t", pane_name(pane), "remain-on-exit", "on"});
  server.tmux({"respawn-pane", "-k", "-t", pane_name(pane), "sleep", "1000"});
  EXPECT_GE(full()->round.captures, 1u) << "process";
}

TEST(Pulses, AskLessAndSeeTheSame) {
  TestServer server(120, 40);
  for (int i = 0; i < 11; ++i) server.agent("claude", "idle");
  const PaneId last = server.agent("claude", "waiting");
  Watch watch({server.address()}, at_once());
  const auto seen = [&](const Snapshot& s) {
    return s.agents.size() == 12 && verdict_of(s, last) == "claude waiting";
  };
  ASSERT_TRUE(seen(*watch.rounds_until(seen)));
  std::this_thread::sleep_for(2100ms);        // the second of their output is over
  for (int i = 0; i < 2; ++i) watch.round();  // those that rode along were still
  const auto pulse = watch.round();
  EXPECT_EQ(pulse->round.captures, 0u);
  const auto whole = watch.monitor().run_round(Steady::now() + 10s);
  EXPECT_LT(pulse->round.bytes * 2, whole->round.bytes);
  ASSERT_EQ(pulse->agents.size(), whole->agents.size());
  for (std::size_t i = 0; i < whole->agents.size(); ++i) {
    EXPECT_EQ(pulse->agents[i].pane.key, whole->agents[i].pane.key);
    EXPECT_EQ(pulse->agents[i].pane.facts, whole->agents[i].pane.facts);
    EXPECT_EQ(pulse->agents[i].pane.target(), whole->agents[i].pane.target());
    EXPECT_EQ(pulse->agents[i].verdict, whole->agents[i].verdict);
  }
  const PaneId fresh = server.agent("codex", "idle");
  EXPECT_TRUE(wait_until([&] { return verdict_of(*watch.round(), fresh) == "codex idle"; })) << "a new pane";
  server.tmux({"copy-mode", "-t", pane_name(last)});
  EXPECT_TRUE(wait_until([&] { return find_agent(*watch.round(), last)->pane.in_mode; }, 3s));
  server.tmux({"kill-pane", "-t", pane_name(last)});
  EXPECT_TRUE(wait_until([&] { return find_agent(*watch.round(), last) == nullptr; }, 1s)) << "gone";
}

TEST(ChangeGate, OffMeansOff) {
  TestServer server;
  Watch watch({server.address()}, at_once(TransportChoice::kAuto, true, false));
  watch.round();
  wait_for_next_second();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(watch.round()->round.captures, 1u);
}

TEST(ChangeGate, EntriesExpire) {
  TestServer server;
  auto options = at_once();
  options.cache.default_ttl_s = 0.3;
  Watch watch({server.address()}, options);
  wait_for_next_second();
  watch.round();
  EXPECT_EQ(watch.round()->round.captures, 0u);
  EXPECT_TRUE(wait_until([&] { return watch.round()->round.captures == 1; }, 2s));
}

TEST(Transitions, NewChangedGone) {
  TestServer server(120, 40);
  Watch watch({server.address()}, at_once());
  EXPECT_TRUE(watch.round()->transitions.empty()) << "a plain pane is nobody's transition";
  std::vector<Transition> all;
  const auto collect_until = [&](const std::function<bool(const Snapshot&)>& holds) {
    return watch.rounds_until([&](const Snapshot& s) {
      all.insert(all.end(), s.transitions.begin(), s.transitions.end());
      return holds(s);
    });
  };
  const PaneId pane = server.agent("claude", "waiting");
  collect_until([&](const Snapshot& s) { return verdict_of(s, pane) == "claude waiting"; });
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all.front().from.agent, "") << "new";
  EXPECT_EQ(all.back().to.state, State::kWaiting);

  all.clear();
  std::vector<std::string> words = {"respawn-pane", "-k", "-t", pane_name(pane)};
  for (const auto& word : server.agent_command("claude", "working", "paint")) words.push_back(word);
  server.tmux(words);
  collect_until([&](const Snapshot& s) { return verdict_of(s, pane) == "claude working"; });
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all.front().from.state, State::kWaiting);
  EXPECT_EQ(all.back().to.state, State::kWorking);
  for (std::size_t i = 1; i < all.size(); ++i) EXPECT_EQ(all[i].from.state, all[i - 1].to.state) << "a chain";
  EXPECT_TRUE(watch.round()->transitions.empty());

  all.clear();
  server.tmux({"kill-pane", "-t", pane_name(pane)});
  const auto after = collect_until([&](const Snapshot& s) { return s.agents.empty(); });
  ASSERT_EQ(all.size(), 1u);
  EXPECT_TRUE(all[0].gone);
  EXPECT_EQ(all[0].pane.key.pane, pane);
  EXPECT_TRUE(after->agents.empty());
}

TEST(Transitions, AnAgentThatQuitsToItsShellHasExited) {
  TestServer server(120, 40);
  const TempDir dir;
  // A shell that runs the agent; when the agent is ended, the shell remains.
  std::string line;
  for (const auto& word : server.agent_command("claude", "idle")) line += word + " ";
  const PaneId pane =
      server.window({"bash", "--norc", "-c", line + "; PS1='$ ' exec bash --norc -i"}, "claude");
  Watch watch({server.address()}, at_once());
  const auto alive =
      watch.rounds_until([&](const Snapshot& s) { return verdict_of(s, pane) == "claude idle"; });
  ASSERT_EQ(verdict_of(*alive, pane), "claude idle");
  const std::string shell = server.tmux({"display-message", "-p", "-t", pane_name(pane), "#{pane_pid}"});
  std::string killed;
  for (const Process& p : ProcSource().tree(
           std::stoi(shell), [](const Process&, const void*) { return false; }, nullptr)) {
    if (p.comm == "claude") killed = std::to_string(p.pid);
  }
  ASSERT_NE(killed, "");
  ASSERT_EQ(::kill(std::stoi(killed), SIGKILL), 0);
  const auto ended = [&](const Snapshot& s) {
    const AgentStatus* a = find_agent(s, pane);
    return a != nullptr && (a->verdict.state == State::kExited || a->verdict.state == State::kCrashed);
  };
  const auto after = watch.rounds_until(ended);
  EXPECT_TRUE(ended(*after)) << verdict_of(*after, pane);
}

// For one moment /proc shows the shell alone, as when a wrapper replaces the agent. The second look must
// look: the screen did not change, so the change gate would confirm the first look's mistake.
TEST(Transitions, AMomentWithoutTheProcessIsNoEnd) {
  class Blinking final : public ProcessSource {
   public:
    std::vector<Process> tree(int pid, bool (*enough)(const Process&, const void*),
                              const void* context) const override {
      if (blind) return {{0, pid, "bash", "bash"}};
      return real_.tree(pid, enough, context);
    }
    bool has_terminal(int pid) const override { return real_.has_terminal(pid); }
    std::optional<int> end_of(int pid) const override { return real_.end_of(pid); }
    std::atomic<bool> blind{false};

   private:
    const ProcSource real_;
  } processes;
  TestServer server(120, 40);
  const PaneId pane = server.agent("claude", "idle");
  const SystemClock clock;
  MonitorOptions options = at_once();
  options.cache.enabled = true;
  options.cache.default_ttl_s = 2;
  options.aggregate.confirm_s = 1;
  Monitor monitor({server.address()}, options, built_in_classifier(), processes, clock);
  const auto round = [&] { return monitor.run_round(Steady::now() + 10s); };
  ASSERT_TRUE(wait_until([&] { return verdict_of(*round(), pane) == "claude idle"; }));
  std::this_thread::sleep_for(2100ms);  // the time to live: the next round looks
  processes.blind = true;
  EXPECT_TRUE(round()->transitions.empty());
  ASSERT_TRUE(monitor.confirm_due()) << "the moment was not seen";
  processes.blind = false;
  std::this_thread::sleep_for(1100ms);
  const auto second = round();
  EXPECT_TRUE(second->transitions.empty());
  EXPECT_EQ(verdict_of(*second, pane), "claude idle");
  EXPECT_FALSE(monitor.confirm_due());
}

TEST(Board, IsReadableWhileRoundsRun) {
  TestServer server(120, 40);
  for (int i = 0; i < 4; ++i) server.agent("claude", "waiting");
  Watch watch({server.address()}, at_once(TransportChoice::kAuto, true, false));
  SnapshotBoard board;
  EXPECT_EQ(board.latest(), nullptr);
  board.publish(watch.rounds_until(
      [](const Snapshot& s) { return s.agents.size() == 4 && s.counts.contains(State::kWaiting); }));
  std::uint64_t seen = 0;
  bool ordered = true;
  {
    std::jthread reader([&](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        const auto latest = board.latest();
        ordered = ordered && latest->round.number >= seen && latest->agents.size() == 4;
        seen = latest->round.number;
      }
    });
    for (int i = 0; i < 50; ++i) board.publish(watch.round());
  }
  EXPECT_TRUE(ordered);
  EXPECT_EQ(board.latest()->round.agents, 4u);
}

TEST(Probe, LooksAtNoPane) {
  TestServer server;
  Watch watch({server.address(), {"nobody", server.socket() + "-none"}});
  const auto figures = watch.monitor().probe(Steady::now() + 3s);
  ASSERT_EQ(figures.size(), 2u);
  EXPECT_TRUE(figures[0].reachable);
  EXPECT_EQ(figures[0].transport, "native");
  EXPECT_FALSE(figures[0].version.empty());
  EXPECT_FALSE(figures[1].reachable);
  EXPECT_NE(figures[1].note, "");
}

}  // namespace
}  // namespace orc::test
