// SPDX-License-Identifier: Apache-2.0
// A server that does not answer (SIGSTOP is as good as any hang): rounds end by their deadline, say so, and
// work again when it does.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <random>
#include <thread>

#include "modes.h"
#include "test_server.h"
#include "tmux_orc/base/unique_fd.h"
#include "tmux_orc/check/check_round.h"

namespace orc::test {
namespace {

constexpr double kSlack_ms = 400;  // two cores, shared with other tests

class Hang : public ::testing::TestWithParam<Mode> {
 protected:
  MonitorOptions options() const { return at_once(std::get<0>(GetParam()), std::get<1>(GetParam())); }
};

TEST_P(Hang, BeforeTheFirstRound) {
  TestServer server;
  const PaneId agent = server.agent("claude", "waiting");
  Watch watch({server.address()}, options());
  server.stop();
  const auto hung = watch.round(1s);
  EXPECT_LT(watch.last_round_ms(), 1000 + kSlack_ms);
  ASSERT_EQ(hung->servers.size(), 1u);
  EXPECT_FALSE(hung->servers[0].reachable);
  EXPECT_NE(hung->servers[0].note, "");
  EXPECT_TRUE(hung->agents.empty());
  server.go_on();
  const auto well =
      watch.rounds_until([&](const Snapshot& s) { return verdict_of(s, agent) == "claude waiting"; });
  EXPECT_EQ(verdict_of(*well, agent), "claude waiting");
  EXPECT_TRUE(well->servers[0].reachable);
}

TEST_P(Hang, InTheMiddleOfALife) {
  TestServer server;
  const PaneId agent = server.agent("claude", "waiting");
  Watch watch({server.address()}, options());
  watch.rounds_until([&](const Snapshot& s) { return verdict_of(s, agent) == "claude waiting"; });
  server.stop();
  for (int i = 0; i < 2; ++i) {
    const auto hung = watch.round(1s);
    EXPECT_LT(watch.last_round_ms(), 1000 + kSlack_ms);
    EXPECT_FALSE(hung->servers[0].reachable);
    EXPECT_NE(hung->servers[0].note, "");
    EXPECT_GE(hung->round.errors, 1u);
    // Nothing is known of its panes now: what was known stands, and nobody is said to be gone.
    EXPECT_EQ(verdict_of(*hung, agent), "claude waiting");
    EXPECT_TRUE(hung->transitions.empty());
  }
  server.go_on();
  const auto well = watch.rounds_until([](const Snapshot& s) { return s.servers[0].reachable; });
  EXPECT_TRUE(well->servers[0].reachable);
  EXPECT_EQ(verdict_of(*well, agent), "claude waiting");
  EXPECT_TRUE(well->transitions.empty());
  EXPECT_EQ(watch.round()->round.errors, 0u);
}

TEST_P(Hang, AtAnyMomentOfARound) {
  TestServer server;
  std::vector<PaneId> agents;
  for (int i = 0; i < 6; ++i) agents.push_back(server.agent("claude", "waiting"));
  auto o = options();
  o.cache.enabled = false;
  Watch watch({server.address()}, o);
  const auto all_waiting = [&](const Snapshot& s) {
    return std::all_of(agents.begin(), agents.end(),
                       [&](PaneId p) { return verdict_of(s, p) == "claude waiting"; });
  };
  ASSERT_TRUE(all_waiting(*watch.rounds_until(all_waiting)));
  const double usual_ms = watch.last_round_ms();
  std::mt19937 random(99);
  std::uniform_real_distribution<double> moment(0, std::max(usual_ms, 2.0));
  int caught = 0;
  for (int i = 0; i < 6; ++i) {
    {
      std::jthread stopper([&, after = moment(random)] {
        std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(after));
        server.stop();
      });
      for (int k = 0; k < 50 && caught == i; ++k) {
        const auto snapshot = watch.round(600ms);
        ASSERT_LT(watch.last_round_ms(), 600 + kSlack_ms);
        ASSERT_TRUE(snapshot->transitions.empty());
        if (snapshot->round.errors + snapshot->round.timeouts > 0) ++caught;
      }
    }
    server.go_on();
    ASSERT_TRUE(all_waiting(*watch.rounds_until([](const Snapshot& s) { return s.servers[0].reachable; })));
  }
  EXPECT_GT(caught, 0);
}

INSTANTIATE_TEST_SUITE_P(Modes, Hang, all_modes(), mode_name);

// Between listing and captures: every pane still gives its one outcome, by the deadline.
TEST(HangAtCapture, EveryPaneFailsInTime) {
  TestServer server;
  for (int i = 0; i < 40; ++i) server.window(TestServer::idle_command());
  const SystemClock clock;
  const ProcSource processes;
  const auto classifier = built_in_classifier();
  for (const auto choice : {TransportChoice::kAuto, TransportChoice::kSpawn}) {
    for (const bool async : {true, false}) {
      SCOPED_TRACE(fmt::format("{} {}", choice == TransportChoice::kAuto ? "auto" : "spawn",
                               async ? "async" : "sync"));
      ServerLink link(server.address(), "tmux", choice, PoolSettings{}, clock);
      ASSERT_TRUE(link.ensure_ready(Steady::now() + 5s));
      const auto listing = Lister(link, {}, clock).list(Steady::now() + 5s);
      ASSERT_TRUE(listing);
      TmuxReader reader(link);
      SeenAgents seen;
      ProcessWitness witness(processes, classifier->processes());
      Observer observer(nullptr, reader, {&witness}, seen);
      std::vector<PaneTask> tasks;
      for (const PaneRef& pane : listing->panes) {
        tasks.emplace_back();
        tasks.back().pane = &pane;
        tasks.back().observer = &observer;
        tasks.back().listed_s = listing->listed_s;
      }
      VerdictCache cache({});
      const auto executor = async ? make_arena_executor(4) : make_inline_executor();
      CheckRound round(*classifier, cache, seen, *executor, clock, {async ? 64u : 1u, true});
      server.stop();
      std::vector<int> outcomes(tasks.size());
      const auto start = Steady::now();
      const auto figures = round.run(tasks, start + 1s, [&](std::span<Outcome> bulk) {
        for (const Outcome& o : bulk) {
          ++outcomes[o.index];
          EXPECT_EQ(o.kind, Outcome::Kind::kFailed);
          EXPECT_NE(o.error, "");
        }
      });
      EXPECT_LT(ms_between(start, Steady::now()), 1000 + kSlack_ms);
      EXPECT_EQ(outcomes, std::vector<int>(tasks.size(), 1));
      EXPECT_EQ(figures.errors + figures.timeouts, tasks.size());
      server.go_on();
    }
  }
}

// With the round's time over nothing is asked any more, and native is not blamed for what it had no time to
// do.
TEST(HangAtCapture, NothingIsAskedAfterTheDeadline) {
  TestServer server;
  for (int i = 0; i < 20; ++i) server.window(TestServer::idle_command());
  for (const auto choice : {TransportChoice::kAuto, TransportChoice::kSpawn}) {
    const auto link = ready_link(server.address(), choice);
    TmuxReader reader(*link);
    std::vector<CaptureRequest> requests;
    for (const PaneId pane : server.pane_ids()) requests.push_back({requests.size(), pane, 0, 24});
    const auto before = link->figures();
    const auto spawns = link->spawns();
    CollectingSink sink;
    reader.read(requests, Steady::now(), sink);
    EXPECT_EQ(sink.failed.size(), requests.size());
    EXPECT_EQ(link->spawns(), spawns);
    EXPECT_EQ(link->figures().transport, before.transport);
    EXPECT_EQ(link->figures().note, before.note);
  }
}

// `transport: native` means native: spawn does not step in, and a server that hung is native's again at once.
TEST(HangOfNative, IsNotHandedToSpawn) {
  TestServer server;
  const PaneId agent = server.agent("claude", "waiting");
  Watch watch({server.address()}, at_once(TransportChoice::kNative, true));
  watch.rounds_until([&](const Snapshot& s) { return verdict_of(s, agent) == "claude waiting"; });
  server.stop();
  EXPECT_FALSE(watch.round(1s)->servers[0].reachable);
  server.go_on();
  const auto well = watch.rounds_until([](const Snapshot& s) { return s.servers[0].reachable; }, 5s);
  EXPECT_TRUE(well->servers[0].reachable);
  EXPECT_EQ(well->servers[0].transport, "native");
  EXPECT_EQ(well->servers[0].note, "");
}

TEST(HangOfOne, DoesNotHoldUpTheOthers) {
  TestServer first, hung, third;
  const PaneId a = first.agent("claude", "waiting"), b = third.agent("codex", "idle");
  hung.agent("gemini", "idle");
  const auto named = [](const TestServer& s, const char* name) { return ServerAddress{name, s.socket()}; };
  for (const bool async : {true, false}) {
    Watch watch({named(first, "first"), named(hung, "hung"), named(third, "third")},
                at_once(TransportChoice::kAuto, async));
    const auto on = [](const Snapshot& s, const char* server, PaneId pane) {
      for (const AgentStatus& x : s.agents) {
        if (x.pane.server_name == server && x.pane.key.pane == pane)
          return x.verdict.agent + " " + std::string(to_string(x.verdict.state));
      }
      return std::string("-");
    };
    const auto right = [&](const Snapshot& s) {
      return on(s, "first", a) == "claude waiting" && on(s, "third", b) == "codex idle";
    };
    hung.stop();
    for (int i = 0; i < 2; ++i) {
      const auto snapshot = watch.round(1500ms);
      EXPECT_LT(watch.last_round_ms(), 1500 + kSlack_ms);
      if (i == 0 && !right(*snapshot)) {  // the agents may not have painted yet
        watch.rounds_until(right, 5s);
        continue;
      }
      EXPECT_TRUE(right(*snapshot));
      ASSERT_EQ(snapshot->servers.size(), 3u);
      EXPECT_TRUE(snapshot->servers[0].reachable);
      EXPECT_FALSE(snapshot->servers[1].reachable);
      EXPECT_NE(snapshot->servers[1].note, "");
      EXPECT_TRUE(snapshot->servers[2].reachable);
      EXPECT_EQ(snapshot->agents.size(), 2u);
    }
    hung.go_on();
    const auto all = watch.rounds_until([](const Snapshot& s) { return s.agents.size() == 3; });
    EXPECT_EQ(all->agents.size(), 3u);
  }
}

TEST(HangOfOne, ServersWithEqualPaneIdsAreKeptApart) {
  TestServer first(120, 40), second(120, 40);
  const PaneId a = first.agent("claude", "waiting"), b = second.agent("claude", "idle");
  ASSERT_EQ(a, b);
  Watch watch({{"first", first.socket()}, {"second", second.socket()}}, at_once());
  const auto snapshot = watch.rounds_until([](const Snapshot& s) {
    return s.counts.contains(State::kWaiting) && s.counts.contains(State::kIdle);
  });
  ASSERT_EQ(snapshot->agents.size(), 2u);
  EXPECT_EQ(snapshot->agents[0].pane.server_name, "first");  // who waits comes first
  EXPECT_EQ(snapshot->agents[0].verdict.state, State::kWaiting);
  EXPECT_EQ(snapshot->agents[1].pane.server_name, "second");
  EXPECT_EQ(snapshot->agents[1].verdict.state, State::kIdle);
  EXPECT_NE(snapshot->agents[0].pane.key, snapshot->agents[1].pane.key);
}

TEST(HangOfOne, AListenerThatIsNoTmux) {  // takes connections and never says a word
  const TempDir dir;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, dir.file("mute").c_str());
  const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(fd.get(), 2), 0);
  Watch watch({{"mute", dir.file("mute")}});
  for (int i = 0; i < 4; ++i) {  // more rounds than the backlog holds
    const auto snapshot = watch.round(500ms);
    EXPECT_LT(watch.last_round_ms(), 500 + kSlack_ms);
    EXPECT_FALSE(snapshot->servers[0].reachable);
    EXPECT_NE(snapshot->servers[0].note, "");
  }
}

}  // namespace
}  // namespace orc::test
