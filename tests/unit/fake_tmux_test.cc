// SPDX-License-Identifier: Apache-2.0
// Every version of tmux that we speak to, as a fake on a socket: the version question, discovery, captures,
// the gate, pulses, and programs that are too old. The test's own binary is a tmux program, too (see main).
#include "support/fake_tmux.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <numeric>

#include "support/corpus.h"
#include "support/fakes.h"
#include "support/manual_clock.h"
#include "support/scoped_env.h"
#include "support/temp_dir.h"
#include "tmux_orc/base/unique_fd.h"
#include "tmux_orc/daemon/monitor.h"

namespace orc {
namespace {

using test::FakePane;
using test::FakeState;
using test::FakeTmux;
using test::kTmuxVersions;
using test::TmuxVersion;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

constexpr const char* kAnswerAs = "ORC_TEST_TMUX_VERSION";
constexpr const char* kNoProgram = "/nonexistent/tmux";
Deadline soon() { return Steady::now() + std::chrono::seconds(10); }

const test::CorpusScreen& screen_labelled(const std::string& start) {
  for (const auto& s : test::corpus()) {
    if (s.name.starts_with("claude/") && s.label.starts_with(start)) return s;
  }
  throw std::runtime_error("no such screen: " + start);
}

void show(FakePane& pane, const std::string& label) {
  const PaneEvidence& s = screen_labelled(label).screen;
  pane.text = s.text;
  pane.width = s.width;
  pane.height = s.height;
  pane.cursor_x = s.cursor_x.value_or(0);
  pane.cursor_y = s.cursor_y.value_or(0);
  pane.alternate = s.alternate;
  pane.title = s.title;
}

FakePane agent(int id, const std::string& label = "waiting") {
  FakePane p;
  p.id = p.window = id;
  p.pid = 1000 + id;
  p.window_activity_s = p.output_s = 1'700'000'050;
  show(p, label);
  return p;
}

class EachVersion : public testing::TestWithParam<TmuxVersion> {
 protected:
  void start(std::vector<FakePane> panes) {
    FakeState state;
    state.panes = std::move(panes);
    for (const FakePane& p : state.panes)
      processes_.trees[p.pid] = {{0, p.pid, "bash", "-bash"}, {1, 9000 + p.id, "claude", "claude"}};
    clock_.step_wall_ms(state.now_s * 1000 - clock_.wall_ms());
    fake_ = std::make_unique<FakeTmux>(dir_.path() + "/socket", GetParam(), std::move(state));
  }
  void TearDown() override { EXPECT_FALSE(fake_ && fake_->crashed()) << "the user's work is gone"; }
  ServerAddress address() const { return {"fake", dir_.path() + "/socket"}; }
  std::unique_ptr<ServerLink> link(TransportChoice choice = TransportChoice::kAuto) {
    return std::make_unique<ServerLink>(address(), kNoProgram, choice, PoolSettings{}, clock_);
  }
  Monitor& monitor() {
    if (!monitor_) {
      MonitorOptions options;
      options.transport = TransportChoice::kNative;
      options.tmux_binary = kNoProgram;
      options.aggregate.confirm_s = 0;
      options.cache.default_ttl_s = 3600;
      monitor_ = std::make_unique<Monitor>(std::vector{address()}, options, test::builtin_classifier(),
                                           processes_, clock_);
    }
    return *monitor_;
  }
  std::shared_ptr<const Snapshot> look(bool pulse = true) { return monitor().run_round(soon(), pulse); }
  void pass(std::int64_t seconds) {
    clock_.advance_s(seconds);
    fake_->edit([&](FakeState& s) { s.now_s += seconds; });
  }
  void output(std::size_t pane, const std::string& label) {
    fake_->edit([&](FakeState& s) {
      show(s.panes[pane], label);
      s.panes[pane].output_s = s.now_s;
      for (FakePane& p : s.panes) {
        if (p.window == s.panes[pane].window) p.window_activity_s = s.now_s;
      }
    });
  }

  const test::TempDir dir_;
  test::ManualClock clock_;
  test::FakeProcessSource processes_;
  std::unique_ptr<FakeTmux> fake_;
  std::unique_ptr<Monitor> monitor_;
};

class DropsOlderPrograms : public EachVersion {};

std::string name_of(const testing::TestParamInfo<TmuxVersion>& version) {
  std::string name = version.param.name;
  const auto odd = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; };
  std::replace_if(name.begin(), name.end(), odd, '_');
  return name;
}

std::vector<TmuxVersion> those_that_drop() {
  std::vector<TmuxVersion> out;
  std::ranges::copy_if(kTmuxVersions, std::back_inserter(out), &TmuxVersion::long_length);
  return out;
}

INSTANTIATE_TEST_SUITE_P(Tmux, EachVersion, testing::ValuesIn(kTmuxVersions), name_of);
INSTANTIATE_TEST_SUITE_P(Tmux, DropsOlderPrograms, testing::ValuesIn(those_that_drop()), name_of);

TEST_P(EachVersion, IsAskedForWithoutAProgram) {
  start({agent(1)});
  for (const TransportChoice choice : {TransportChoice::kAuto, TransportChoice::kNative}) {
    const auto l = link(choice);
    const auto ready = l->ensure_ready(soon());
    ASSERT_TRUE(ready.has_value()) << ready.error().message;
    const ServerFigures figures = l->figures();
    EXPECT_EQ(figures.version, GetParam().name);
    EXPECT_EQ(figures.transport, "native");
    EXPECT_EQ(figures.note, "");
    EXPECT_EQ(l->spawns(), 0u);
    EXPECT_EQ(l->fallbacks(), 0u);
  }
}

TEST_P(EachVersion, IsDiscoveredWithItsDeadAndItsStrayLines) {
  FakePane ended = agent(2), killed = agent(3);
  ended.dead = killed.dead = true;
  ended.dead_status = 3;
  killed.dead_signal = 9;
  killed.agent_option = "codex";
  FakePane copying = agent(4);
  copying.in_mode = true;
  copying.history = 77;
  start({agent(1), ended, killed, copying, agent(1)});
  fake_->edit([](FakeState& state) {
    state.stray = "the user's hook says %1 7";
    state.clients = {"1700000090 @4 %4 0 0", "1700000099 @1 %1 0 1"};
  });
  const auto l = link();
  Lister lister(*l, {}, clock_);
  const auto listing = lister.list(soon());
  ASSERT_TRUE(listing.has_value()) << listing.error().message;
  EXPECT_EQ(listing->server_pid, 4242);
  EXPECT_EQ(listing->listed_s, 1'700'000'100);
  EXPECT_EQ(listing->skipped, 0u);
  EXPECT_EQ(listing->strays, 1u);
  EXPECT_EQ(listing->attached, 1u) << "control mode is nobody's screen";
  ASSERT_THAT(listing->panes, SizeIs(4)) << "the linked window's pane comes once";
  const auto& p = listing->panes;
  EXPECT_EQ(p[0].facts.pid, 1001);
  EXPECT_FALSE(p[0].facts.dead);
  EXPECT_EQ(p[0].facts.activity_s, 1'700'000'050);
  EXPECT_EQ(p[0].quiet_s, 50);
  EXPECT_TRUE(p[1].facts.dead);
  EXPECT_EQ(p[1].facts.pid, GetParam().pid_of_the_dead ? 1002 : 0);
  EXPECT_EQ(p[1].facts.width, p[0].facts.width) << "an empty pid moves no other number";
  EXPECT_EQ(p[1].facts.dead_status, 3);
  EXPECT_EQ(p[2].facts.dead_status,
            GetParam().signal_of_the_dead ? std::optional(128 + 9) : std::optional<int>());
  EXPECT_EQ(p[2].agent_option, "codex");
  EXPECT_TRUE(p[3].in_mode);
  EXPECT_EQ(p[3].facts.history, 77);
  EXPECT_EQ(p[3].viewed_ago_s, 10);
  const auto one = lister.list_one(3, soon(), {});
  ASSERT_TRUE(one.has_value()) << one.error().message;
  EXPECT_EQ(one->panes[0].key, p[2].key);
  EXPECT_EQ(lister.list_one(99, soon(), {}).error().kind, ErrorKind::kCommand)
      << "it answers with empty fields";
}

class Texts final : public CaptureSink {
 public:
  void on_capture(Capture c) override { pending[c.index] = c.text; }
  void commit() override { texts.merge(std::exchange(pending, {})); }
  void rollback() override { pending.clear(); }
  void on_gone(std::size_t i) override { gone.push_back(i); }
  void on_failed(std::size_t, const Error& e) override { failures.push_back(e.message); }
  std::map<std::size_t, std::string> pending, texts;
  std::vector<std::size_t> gone;
  std::vector<std::string> failures;
};

TEST_P(EachVersion, IsCapturedInBatchesThatItTakes) {
  std::vector<FakePane> panes;
  std::vector<CaptureRequest> requests;
  for (int i = 1; i <= 500; ++i) {
    FakePane p = agent(i);
    p.height = 10;
    p.text = fmt::format("one\ntwo\nthree of {}\n", i);
    panes.push_back(p);
    requests.push_back({static_cast<std::size_t>(i), static_cast<PaneId>(i), 2, 10});
  }
  start(panes);
  const auto l = link();
  ASSERT_TRUE(l->ensure_ready(soon()).has_value());
  TmuxReader reader(*l);
  Texts sink;
  reader.read(requests, soon(), sink);
  EXPECT_THAT(sink.failures, SizeIs(0));
  ASSERT_THAT(sink.texts, SizeIs(500));
  EXPECT_EQ(sink.texts.at(321), "three of 321\n\n\n\n\n\n\n\n");
  EXPECT_EQ(l->figures().transport, "native") << "no version refused a batch of 240 panes";

  fake_->edit(
      [](FakeState& s) { std::erase_if(s.panes, [](const FakePane& p) { return p.id % 100 == 7; }); });
  Texts again;
  reader.read(requests, soon(), again);
  EXPECT_THAT(again.gone, ElementsAre(7, 107, 207, 307, 407)) << "a list stops at its first failing command";
  EXPECT_THAT(again.texts, SizeIs(495));
  EXPECT_THAT(again.failures, SizeIs(0));
}

TEST_P(EachVersion, QuietPanesAreNotCapturedAgain) {
  start({agent(1), agent(2, "idle"), agent(3, "working")});
  auto first = look(false);
  ASSERT_THAT(first->agents, SizeIs(3));
  EXPECT_EQ(first->counts.at(State::kWaiting), 1u);
  EXPECT_EQ(first->servers[0].version, GetParam().name);
  fake_->take_captures();
  look(true);  // what changed last rides along
  fake_->take_captures();
  fake_->take_formats();
  for (int i = 0; i < 5; ++i) {
    pass(1);
    look(true);
  }
  EXPECT_THAT(fake_->take_captures(), SizeIs(0));
  for (const std::string& format : fake_->take_formats()) {
    EXPECT_EQ(format.find("pane_width"), std::string::npos) << "a pulse asks little: " << format;
    EXPECT_EQ(format.find("pane_last_output_time") != std::string::npos,
              GetParam().pane_output_time && format.find("window_activity") != std::string::npos)
        << format;
  }
  pass(1);
  output(1, "waiting");
  const auto seen = look(true);
  EXPECT_EQ(seen->counts.at(State::kWaiting), 2u);
  EXPECT_EQ(fake_->take_captures(), (std::map<int, int>{{2, 1}}));
}

TEST_P(EachVersion, OutputInTheSecondOfTheListingIsSeen) {
  start({agent(1, "working")});
  look(false);
  pass(3);
  const auto draw = [&](const std::string& label) {
    output(0, label);
    fake_->edit([](FakeState& s) {  // all that is listed is as it was
      s.panes[0].cursor_x = s.panes[0].cursor_y = 0;
      s.panes[0].title.clear();
    });
  };
  draw("working");
  look();
  draw("waiting");
  const auto now = look();
  ASSERT_THAT(now->agents, SizeIs(1));
  EXPECT_EQ(now->agents[0].verdict.state, State::kWaiting);
}

TEST_P(EachVersion, ANeighboursOutputIsAPanesOwnOnlyUpTo3_7) {
  FakePane neighbour = agent(2, "working");
  neighbour.window = 1;
  start({agent(1), neighbour});
  look(false);
  look();
  for (int i = 0; i < 3; ++i) {  // pane 1 has had its second to settle
    pass(1);
    look();
  }
  fake_->take_captures();
  for (int i = 0; i < 5; ++i) {
    pass(1);
    output(1, "working");
    look();
  }
  const auto captures = fake_->take_captures();
  EXPECT_GE(captures.at(2), 5);
  EXPECT_EQ(captures.contains(1), !GetParam().pane_output_time);
}

// More than fit into a message one by one: tmux itself chooses whose facts it tells.
TEST_P(EachVersion, OfManyThatChangeAllIsAskedInTheListing) {
  constexpr std::size_t kAll = 200, kBusy = 40;
  std::vector<FakePane> panes;
  for (int i = 1; i <= static_cast<int>(kAll); ++i) panes.push_back(agent(i, "working"));
  start(panes);
  look(false);
  for (int round = 0; round < 3; ++round) {  // they ride from the second one on
    pass(1);
    for (std::size_t i = 0; i < kBusy; ++i) output(i, "working");
    look();
  }
  fake_->take_commands();
  fake_->take_captures();
  pass(1);
  for (std::size_t i = 0; i < kBusy; ++i) output(i, i % 2 == 0 ? "waiting" : "working");
  fake_->edit([](FakeState& s) {
    s.panes[0].title = "another title";
    s.panes.back().dead = true;  // without any output
    s.panes.back().dead_status = 1;
  });
  const auto now = look();
  EXPECT_EQ(now->counts.at(State::kWaiting), kBusy / 2);
  const auto first =
      std::ranges::find(now->agents, PaneId{1}, [](const AgentStatus& a) { return a.pane.key.pane; });
  ASSERT_NE(first, now->agents.end());
  EXPECT_EQ(first->pane.facts.title, "another title");
  EXPECT_EQ(std::ranges::count(now->agents, true, [](const AgentStatus& a) { return a.pane.facts.dead; }), 1);
  auto commands = fake_->take_commands();
  // Header and end mark of the listing and of the question for the dead one.
  EXPECT_EQ(commands["display-message"], 5);
  EXPECT_EQ(commands["list-panes"], 1);
  EXPECT_EQ(fake_->take_captures().size(), kBusy + 1);
}

// A pane is dead when its terminal is closed: tmux knows how its program ended a moment later, and tells
// nobody.
TEST_P(EachVersion, HowADeadPaneEndedIsAskedAgain) {
  std::vector<FakePane> panes;
  for (int i = 1; i <= 9; ++i) panes.push_back(agent(i));
  start(panes);
  look(false);
  const auto facts = [&](PaneId pane, const Snapshot& now) {
    const auto found =
        std::ranges::find(now.agents, pane, [](const AgentStatus& a) { return a.pane.key.pane; });
    return found == now.agents.end() ? PaneFacts{} : found->pane.facts;
  };
  for (int i = 0; i < 3; ++i) {
    pass(1);
    look();
  }
  pass(1);
  fake_->edit([](FakeState& s) { s.panes[1].dead = true; });
  const PaneFacts ended = facts(2, *look());
  EXPECT_TRUE(ended.dead);
  EXPECT_FALSE(ended.dead_status.has_value());
  fake_->edit([](FakeState& s) { s.panes[1].dead_status = 3; });
  EXPECT_EQ(facts(2, *look()).dead_status, 3) << "in the next pulse";
  // Of one that is never known it is asked some times, then only with the whole listing.
  pass(1);
  fake_->edit([](FakeState& s) { s.panes[2].dead = true; });
  fake_->take_commands();
  for (int i = 0; i < 15; ++i) look();
  const int asked = fake_->take_commands()["display-message"];
  EXPECT_LE(asked, 15 * 2 + 10 * 3);
  EXPECT_GT(asked, 15 * 2 + 5 * 3);
  for (int i = 0; i < 5; ++i) look();
  EXPECT_EQ(fake_->take_commands()["display-message"], 5 * 2);
}

// Where it is cheaper to list all again, that is bounded, too.
TEST_P(EachVersion, OfFewPanesTooTheEndIsAskedSomeTimesOnly) {
  start({agent(1), agent(2)});
  look(false);
  for (int i = 0; i < 3; ++i) {
    pass(1);
    look();
  }
  pass(1);
  fake_->edit([](FakeState& s) { s.panes[1].dead = true; });
  for (int i = 0; i < 15; ++i) look();
  fake_->take_formats();
  for (int i = 0; i < 5; ++i) look();
  for (const std::string& format : fake_->take_formats())
    EXPECT_EQ(format.find("pane_width"), std::string::npos) << format;
}

// It was there a moment ago: the riders' facts and captures are asked in the same batch as the listing.
TEST_P(EachVersion, APaneThatVanishesEndsNothingElse) {
  start(
      {agent(1, "working"), agent(2, "working"), agent(3), agent(4), agent(5), agent(6), agent(7), agent(8)});
  look(false);
  for (int i = 0; i < 3; ++i) {
    pass(1);
    output(0, "working");
    look();
  }
  fake_->edit([](FakeState& s) { s.panes.erase(s.panes.begin()); });
  pass(1);
  const auto now = look();
  EXPECT_TRUE(now->servers[0].reachable) << now->servers[0].note;
  EXPECT_THAT(now->agents, SizeIs(7));
  EXPECT_EQ(std::ranges::count(now->transitions, true, &Transition::gone), 1);
}

TEST_P(EachVersion, ADeadAgentIsToldAndDoesNotVanish) {
  start({agent(1, "working"), agent(2, "idle")});
  look(false);
  pass(2);
  fake_->edit([](FakeState& s) {
    s.panes[0].dead = true;
    s.panes[0].dead_signal = 9;
    s.panes[0].text += "Pane is dead\n";
    s.panes[0].output_s = s.panes[0].window_activity_s = s.now_s;
  });
  processes_.trees.clear();
  const auto now = look();
  ASSERT_THAT(now->agents, SizeIs(2));
  const State state =
      now->agents[0].pane.key.pane == 1 ? now->agents[0].verdict.state : now->agents[1].verdict.state;
  EXPECT_TRUE(state == State::kCrashed || state == State::kExited) << to_string(state);
}

TEST_P(EachVersion, AServerWithoutSessionsIsReachedAndItsAgentsAreGone) {
  start({agent(1)});
  look(false);
  fake_->edit([](FakeState& s) { s.panes.clear(); });
  pass(1);
  const auto now = look();
  EXPECT_TRUE(now->servers[0].reachable) << now->servers[0].note;
  EXPECT_THAT(now->agents, SizeIs(0));
  ASSERT_THAT(now->transitions, SizeIs(1));
  EXPECT_TRUE(now->transitions[0].gone);
}

TEST_P(EachVersion, AnotherServerOnTheSocketIsNoticedAtOnce) {
  start({agent(1), agent(2, "idle")});
  look(false);
  for (const TmuxVersion& next : kTmuxVersions) {
    if (std::string(next.name) == GetParam().name) continue;
    pass(1);
    fake_->become(next, [](FakeState& s) {
      s.pid += 1;
      s.started_s = s.now_s;
    });
    const auto now = look(true);
    EXPECT_EQ(now->servers[0].version, next.name);
    EXPECT_TRUE(now->servers[0].reachable);
    EXPECT_EQ(now->servers[0].transport, "native");
    EXPECT_THAT(now->agents, SizeIs(2));
    EXPECT_EQ(std::ranges::count(now->transitions, true, &Transition::gone), 2) << "the old life is over";
  }
}

// The bytes of a tmux program: up to 3.5 it marks the descriptors that it passes in the header's upper half.
bool serves_a_client_that_marks_descriptors_as_before_3_6(const std::string& path) {
  const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size());
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return false;
  const auto send = [&](std::uint32_t type, std::uint16_t flags, std::string_view payload) {
    std::string frame(16, '\0');
    const std::uint16_t length = static_cast<std::uint16_t>(16 + payload.size());
    std::memcpy(frame.data(), &type, 4);
    std::memcpy(frame.data() + 4, &length, 2);
    std::memcpy(frame.data() + 6, &flags, 2);
    frame += payload;
    (void)!::send(fd.get(), frame.data(), frame.size(), MSG_NOSIGNAL);
  };
  send(104, 1, "");
  send(106, 0, "");
  const std::string words = std::string("\3\0\0\0", 4) + "display-message" + '\0' + "-p" + '\0' + "x" + '\0';
  send(200, 0, words);
  char byte = 0;
  return ::recv(fd.get(), &byte, 1, 0) == 1;
}

TEST_P(EachVersion, AnOlderProgramIsDroppedFrom3_6On) {
  start({agent(1)});
  EXPECT_EQ(serves_a_client_that_marks_descriptors_as_before_3_6(address().socket_path),
            !GetParam().long_length);
}

// A tmux program in $PATH of a version that the server drops, as 3.3a says it.
std::string old_program(const test::TempDir& dir, const std::string& version) {
  const std::string file =
      dir.write("bin/tmux", fmt::format("#!/bin/sh\nif [ \"$1\" = -V ]; then echo tmux {}; exit 0; fi\n"
                                        "echo 'server exited unexpectedly' >&2\nexit 1\n",
                                        version));
  std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  return file;
}

TEST_P(DropsOlderPrograms, WhereTheProgramIsTooOldTheServersOwnIsTaken) {
  start({agent(1)});
  const test::ScopedEnv as(kAnswerAs, GetParam().name);
  const std::string old = old_program(dir_, "3.3a");
  const TmuxClient client(address(), old);
  EXPECT_EQ(client.remark(), "");
  EXPECT_EQ(client.program(), old);
  const auto said = client.ask({"display-message", "-p", "it is #{version}"}, soon());
  ASSERT_TRUE(said.has_value()) << said.error().message;
  EXPECT_EQ(client.program(), std::filesystem::read_symlink("/proc/self/exe"))
      << "for what is started by hand";
  EXPECT_EQ(*said, fmt::format("it is {}\n", GetParam().name));
  EXPECT_THAT(client.remark(), HasSubstr(old + " is tmux 3.3a"));
  EXPECT_THAT(client.remark(), HasSubstr(std::string("which is ") + GetParam().name));

  ServerLink spawning(address(), old, TransportChoice::kSpawn, PoolSettings{}, clock_);
  ASSERT_TRUE(spawning.ensure_ready(soon()).has_value());
  EXPECT_EQ(spawning.figures().version, GetParam().name);
  EXPECT_THAT(spawning.figures().note, HasSubstr("tmux.binary"));
  const auto listing = Lister(spawning, {}, clock_).list(soon());
  ASSERT_TRUE(listing.has_value()) << listing.error().message;
  EXPECT_THAT(listing->panes, SizeIs(1));
}

TEST_P(EachVersion, ADroppedProgramThatIsNotTooOldIsNotReplaced) {
  start({agent(1)});
  const test::ScopedEnv as(kAnswerAs, GetParam().name);
  const TmuxClient client(address(), old_program(dir_, "3.7"));
  const auto said = client.ask({"display-message", "-p", "x"}, soon());
  ASSERT_FALSE(said.has_value());
  EXPECT_EQ(said.error().message, "server exited unexpectedly");
  EXPECT_EQ(client.remark(), "");
}

TEST_P(EachVersion, WhereTheServersOwnDoesNotRunItIsSaidWhatDoesNotMatch) {
  start({agent(1)});
  const test::ScopedEnv as(kAnswerAs, "fails");
  const TmuxClient client(address(), old_program(dir_, "3.3a"));
  const auto said = client.ask({"display-message", "-p", "x"}, soon());
  ASSERT_FALSE(said.has_value());
  EXPECT_THAT(said.error().message, HasSubstr("is tmux 3.3a"));
  EXPECT_THAT(said.error().message, HasSubstr("set tmux.binary"));
}

}  // namespace

// `tmux -V`, and `tmux -u -N -S SOCKET COMMAND...`, by our own native transport.
int act_as_tmux(int argc, char** argv) {
  const char* version = std::getenv(kAnswerAs);
  if (version == nullptr || std::string(version) == "fails") return 1;
  if (std::string(argv[1]) == "-V") {
    std::cout << "tmux " << version << "\n";
    return 0;
  }
  Batch batch = {{argv + 5, argv + argc}};
  if (batch[0][0] == "source-file") {  // lines of words in single quotes
    batch.clear();
    for (std::string line; std::getline(std::cin, line);) {
      Command& command = batch.emplace_back();
      for (std::size_t at = 0; (at = line.find('\'', at)) != std::string::npos;) {
        const std::size_t end = line.find('\'', at + 1);
        command.push_back(line.substr(at + 1, end - at - 1));
        at = end + 1;
      }
    }
  }
  const SystemClock clock;
  ServerLink link({"own", argv[4]}, kNoProgram, TransportChoice::kNative, PoolSettings{}, clock);
  StringSink sink;
  if (!link.ensure_ready(soon())) return 1;
  const auto done = link.current()->run(batch, soon(), sink);
  std::cout << sink.text << std::flush;
  if (done) std::cerr << done->errors;
  return done ? done->status : 1;
}

}  // namespace orc

int main(int argc, char** argv) {
  if (argc > 1 && (std::string(argv[1]) == "-V" || std::string(argv[1]) == "-u"))
    return orc::act_as_tmux(argc, argv);
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
