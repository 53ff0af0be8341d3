// SPDX-License-Identifier: Apache-2.0
// The daemon's parts that need no tmux: instance lock, active environment, memory file, events, addresses,
// log.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <limits>
#include <thread>

#include "log.h"
#include "support/manual_clock.h"
#include "support/temp_dir.h"
#include "tmux_orc/api/api_server.h"
#include "tmux_orc/api/events.h"
#include "tmux_orc/base/files.h"
#include "tmux_orc/daemon/active.h"
#include "tmux_orc/daemon/instance.h"
#include "tmux_orc/daemon/memory_file.h"
#include "tmux_orc/daemon/state.h"
#include "tmux_orc/notify/mutes.h"

namespace orc {
namespace {

using testing::HasSubstr;

class Home : public ::testing::Test {
 protected:
  const test::TempDir dir_;
  const Paths paths_{dir_.path() + "/state", "blue"};
  const test::ManualClock clock_;
};

using Instance = Home;
using ActiveEnvironment = Home;
using MemoryFile = Home;
using MuteFile = Home;
using LogFile = Home;
using ApiToken = Home;

TEST_F(Instance, OneAtATime) {
  EXPECT_EQ(running_instance(paths_), 0);
  {
    auto lock = InstanceLock::acquire(paths_);
    ASSERT_TRUE(lock.has_value());
    EXPECT_EQ(running_instance(paths_), ::getpid());
    auto second = InstanceLock::acquire(paths_);
    ASSERT_FALSE(second.has_value());
    EXPECT_THAT(second.error().message, HasSubstr("pid " + std::to_string(::getpid())));
    EXPECT_TRUE(InstanceLock::acquire(paths_.of("green")).has_value());
  }
  EXPECT_EQ(running_instance(paths_), 0) << "the file is left, but says nothing";
  EXPECT_TRUE(InstanceLock::acquire(paths_).has_value());
}

TEST_F(Instance, AFileWithAnotherLivingPidFoolsNobody) {
  ASSERT_TRUE(make_private_folder(paths_.root).has_value());
  ASSERT_TRUE(make_private_folder(paths_.root + "/run").has_value());
  ASSERT_TRUE(make_private_folder(paths_.run_folder()).has_value());
  ASSERT_TRUE(write_file_atomically(paths_.lock_file(), "1 1\n", false).has_value());
  EXPECT_EQ(running_instance(paths_), 0);
  EXPECT_FALSE(stop_instance(paths_, std::chrono::seconds(1)).has_value());
}

// A child that holds the lock; `ignores`: it does not care for SIGTERM.
pid_t holder(const Paths& paths, bool ignores) {
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  if (ignores) ::signal(SIGTERM, SIG_IGN);
  auto lock = InstanceLock::acquire(paths);
  for (;;) ::pause();
}

TEST_F(Instance, StopWaitsUntilItIsGoneAndKillsWhoDoesNotListen) {
  for (const bool ignores : {false, true}) {
    const pid_t pid = holder(paths_, ignores);
    std::thread reaper([pid] { ::waitpid(pid, nullptr, 0); });
    while (running_instance(paths_) != pid) std::this_thread::yield();
    const auto stopped = stop_instance(paths_, std::chrono::milliseconds(200));
    reaper.join();
    ASSERT_TRUE(stopped.has_value()) << stopped.error().message;
    EXPECT_EQ(stopped->pid, pid);
    EXPECT_EQ(stopped->killed, ignores);
    EXPECT_EQ(running_instance(paths_), 0);
  }
}

TEST_F(ActiveEnvironment, TheFirstIsActiveUntilASwitch) {
  EXPECT_FALSE(read_active(paths_)->has_value());
  EXPECT_EQ(claim_active(paths_, clock_)->active, "blue");
  EXPECT_EQ(claim_active(paths_.of("green"), clock_)->active, "blue");
  const auto switched = switch_active(paths_.of("green"), clock_);
  EXPECT_EQ(switched->active, "green");
  EXPECT_EQ(switched->previous, "blue");
  EXPECT_EQ(switch_active(paths_.of("green"), clock_)->previous, "blue")
      << "a second switch to the same loses nothing";
  EXPECT_EQ((*read_active(paths_))->active, "green");
}

TEST_F(ActiveEnvironment, SwitchesFromManyThreadsLeaveOne) {
  std::vector<std::thread> threads;
  for (const char* name : {"a", "b", "c", "d"}) {
    threads.emplace_back([this, name] {
      for (int i = 0; i < 50; ++i) ASSERT_TRUE(switch_active(paths_.of(name), clock_).has_value());
    });
  }
  for (std::thread& t : threads) t.join();
  const auto active = read_active(paths_);
  ASSERT_TRUE(active.has_value() && active->has_value());
  EXPECT_EQ((*active)->active.size(), 1u);
  EXPECT_NE((*active)->active, (*active)->previous);
}

TEST_F(ActiveEnvironment, DamageIsTold) {
  ASSERT_TRUE(make_private_folder(paths_.root).has_value());
  for (const char* text : {"", "{", "[]", "{\"active\": 3}"}) {
    ASSERT_TRUE(write_file_atomically(paths_.active_file(), text, false).has_value());
    const auto active = read_active(paths_);
    ASSERT_FALSE(active.has_value()) << text;
    EXPECT_THAT(active.error().message, HasSubstr("active.json is damaged"));
  }
}

TEST_F(MemoryFile, ComesBackAsItWasWithoutShells) {
  ASSERT_TRUE(make_private_folder(paths_.root).has_value());
  MonitorMemory memory;
  memory.lives["/tmp/socket"] = 0xfedcba9876543210ull;
  RememberedPane agent;
  agent.status.pane.key = {0xfedcba9876543210ull, 3};
  agent.status.verdict = {"claude", State::kWaiting, "edit", "claude/edit", 1};
  agent.status.since_ms = 5;
  agent.is_agent = true;
  agent.seen_agent = "claude";
  agent.limits = {{"at 3pm", 5000}};
  agent.status.pane.session = "a\x1b[31m";  // raw
  agent.status.pane.session_id = 9;
  agent.status.pane.facts.pid = 4711;
  agent.status.pane.agent_option = "claude";
  agent.status.last_seen = {State::kWorking, 12};
  agent.worked_ms = 77;
  memory.panes = {agent, RememberedPane{}};
  const std::string file = paths_.root + "/memory.json";
  ASSERT_TRUE(save_memory(file, memory).has_value());
  const auto back = load_memory(file);
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(back->lives, memory.lives);
  ASSERT_EQ(back->panes.size(), 1u);
  EXPECT_EQ(back->panes[0].status.verdict, agent.status.verdict);
  EXPECT_EQ(back->panes[0].seen_agent, "claude");
  const PaneRef& pane = back->panes[0].status.pane;
  EXPECT_EQ(pane.key, agent.status.pane.key);
  EXPECT_EQ(pane.session, "a\x1b[31m");
  EXPECT_EQ(pane.session_id, 9);
  EXPECT_EQ(pane.facts.pid, 4711);
  EXPECT_EQ(pane.agent_option, "claude");
  EXPECT_EQ(back->panes[0].status.last_seen->state, State::kWorking);
  EXPECT_TRUE(back->panes[0].is_of_earlier_run);
  EXPECT_EQ(back->panes[0].limits, agent.limits);
  EXPECT_EQ(back->panes[0].worked_ms, 77);
  EXPECT_TRUE(load_memory(paths_.root + "/none.json")->panes.empty());
  for (const char* text : {"", "{}", "{\"lives\": 3}"}) {
    ASSERT_TRUE(write_file_atomically(file, text, false).has_value());
    EXPECT_FALSE(load_memory(file).has_value()) << text;
  }
}

TEST(Events, AListenerGoesOnWhereItStopped) {
  EventLog log(100, 3);
  for (int i = 0; i < 5; ++i) log.add(std::to_string(i));
  const auto some = log.after(103);
  ASSERT_EQ(some.events.size(), 1u);
  EXPECT_EQ(some.events[0].id, 104u);
  EXPECT_EQ(*some.events[0].data, "4");
  EXPECT_EQ(some.last, 104u);
  EXPECT_FALSE(some.lost);
  EXPECT_FALSE(log.after(101).lost) << "102 to 104 are all there";
  EXPECT_EQ(log.after(101).events.size(), 3u);
  EXPECT_TRUE(log.after(100).lost) << "101 is not kept any more";
  EXPECT_EQ(log.after(100).events.size(), 3u);
  EXPECT_EQ(log.after(100).before, 101u);
  EXPECT_FALSE(log.after(104).lost);
  EXPECT_TRUE(log.after(104).events.empty());
  EXPECT_EQ(log.last_id(), 104u);
}

TEST(Events, ANumberThatWasNotGivenYetIsLostAndTheListenerGoesOnFromTheLast) {
  EventLog log(100, 3);
  log.add("a");
  for (const std::uint64_t id : {std::uint64_t{101}, std::numeric_limits<std::uint64_t>::max()}) {
    const auto news = log.after(id);
    EXPECT_TRUE(news.lost) << id;
    EXPECT_TRUE(news.events.empty());
    EXPECT_EQ(news.last, 100u);
    EXPECT_EQ(news.before, 100u);
  }
}

TEST(Events, AnOldNumberIsLostThoughNothingHappenedSinceTheStart) {
  const EventLog log(1000);
  const auto old = log.after(500);
  EXPECT_TRUE(old.lost);
  EXPECT_TRUE(old.events.empty());
  EXPECT_EQ(old.last, 999u);
  EXPECT_FALSE(log.after(999).lost) << "who listens from now on lost nothing";
}

TEST(ListenAddress, OnlyLoopbackWithoutAToken) {
  for (const char* good : {"127.0.0.1:9464", "localhost:1", "[::1]:9464"})
    EXPECT_TRUE(check_listen_address(good, false).has_value()) << good;
  for (const char* open : {"0.0.0.0:9464", "[::]:9464", "192.168.1.2:80"}) {
    EXPECT_FALSE(check_listen_address(open, false).has_value()) << open;
    EXPECT_TRUE(check_listen_address(open, true).has_value()) << open;
  }
  for (const char* bad :
       {"", "9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:99999", "host.example:1"}) {
    EXPECT_FALSE(check_listen_address(bad, true).has_value()) << bad;
  }
}

TEST(ListenAddress, APortThatIsTakenIsNotFree) {
  const int taken = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(taken, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(taken, 1), 0);
  ASSERT_EQ(::getsockname(taken, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::string listen = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  EXPECT_FALSE(check_port_is_free(listen).has_value());
  ::close(taken);
  EXPECT_TRUE(check_port_is_free(listen).has_value());
}

TEST(ListenAddress, HostsOfALoopbackAddress) {
  for (const char* ours :
       {"localhost", "LocalHost:9464", "127.0.0.1", "127.0.0.1:1", "127.1.2.3:80", "[::1]", "[::1]:9464"})
    EXPECT_TRUE(is_loopback_host(ours)) << ours;
  for (const char* other : {"",
                            ":",
                            ":80",
                            "evil.example",
                            "evil.example:9464",
                            "localhost.evil.example",
                            "127.0.0.1.evil.example",
                            "128.0.0.1",
                            "192.168.1.2:80",
                            "[::2]:80",
                            "[",
                            "[]",
                            "[::1",
                            "[::12",
                            "[::1]x",
                            "::1",
                            "localhost:x",
                            "localhost:80:80",
                            "127.0.0.1@evil",
                            "localhost "})
    EXPECT_FALSE(is_loopback_host(other)) << other;
}

TEST_F(ApiToken, IsTrimmedAndLongEnough) {
  ASSERT_TRUE(make_private_folder(paths_.root).has_value());
  const std::string file = paths_.root + "/token";
  EXPECT_EQ(*read_api_token(""), "");
  EXPECT_THAT(read_api_token(file).error().message, HasSubstr("api.token_file: cannot read " + file));
  ASSERT_TRUE(write_file_atomically(file, " 0123456789abcdef\n", false).has_value());
  EXPECT_EQ(*read_api_token(file), "0123456789abcdef");
  ASSERT_TRUE(write_file_atomically(file, "0123456789abcde \n", false).has_value());
  EXPECT_THAT(read_api_token(file).error().message, HasSubstr("at least 16 characters"));
}

TEST_F(ApiToken, ThatOthersMayReadIsRefused) {
  ASSERT_TRUE(make_private_folder(paths_.root).has_value());
  const std::string file = paths_.root + "/token";
  ASSERT_TRUE(write_file_atomically(file, "0123456789abcdef\n", false).has_value());
  for (const unsigned mode : {0644u, 0604u, 0602u}) {
    ASSERT_EQ(::chmod(file.c_str(), mode), 0);
    const auto token = read_api_token(file);
    ASSERT_FALSE(token.has_value()) << mode;
    EXPECT_EQ(token.error().kind, ErrorKind::kInvalid);
    EXPECT_THAT(token.error().message, HasSubstr("api.token_file: " + file + ": others may read it"));
    EXPECT_THAT(token.error().message, HasSubstr("chmod o-rwx " + file));
  }
  ASSERT_EQ(::chmod(file.c_str(), 0640), 0);
  EXPECT_TRUE(read_api_token(file).has_value());
}

TEST(ServiceStateAge, BeforeTheFirstRoundItIsTheDaemonsAge) {
  const ServiceState state(Paths{"/nowhere", "blue"}, "tmux-orc test", 0);
  EXPECT_LT(state.status_json(false)["last_round_age_s"].get<double>(), 60);
  EXPECT_EQ(worst(state.health()), Level::kOk);
}

TEST(ServiceStateText, SaysWhatTheJsonSaysOfTheLatestSnapshot) {
  ServiceState state(Paths{"/nowhere", "blue"}, "tmux-orc test", 0);
  EXPECT_TRUE(nlohmann::json::parse(state.status_text())["snapshot"].is_null());
  EXPECT_EQ(state.snapshot_text(), nullptr);
  for (const std::uint64_t round : {1, 2}) {
    Snapshot snapshot;
    snapshot.round.number = round;
    snapshot.agents.resize(30);
    state.board.publish(std::make_shared<const Snapshot>(std::move(snapshot)));
    const auto text = state.snapshot_text();
    EXPECT_EQ(text, state.snapshot_text()) << "written once";
    const auto told = nlohmann::json::parse(state.status_text());
    EXPECT_EQ(told["snapshot"], nlohmann::json(state.status_json(true)["snapshot"]));
    EXPECT_EQ(told["snapshot"], nlohmann::json::parse(*text));
    EXPECT_EQ(told["snapshot"]["round"]["number"], round);
  }
}

TEST_F(LogFile, IsMadeAnewWhenItsFolderVanishes) {
  const std::string file = paths_.root + "/logs/x.log";
  Log log({file, "info", 1, 2});
  log.info("first {}", 1);
  EXPECT_THAT(*read_file(file), HasSubstr(" info first 1\n"));
  std::filesystem::remove_all(paths_.root);
  log.check("error");
  log.info("not at this level");
  log.error("second");
  EXPECT_THAT(*read_file(file), HasSubstr("second"));
  EXPECT_THAT(*read_file(file), testing::Not(HasSubstr("not at this level")));
  EXPECT_EQ(log.lost(), 0u);
}

TEST_F(LogFile, IsRotatedAndNeverTooMany) {
  const std::string file = paths_.root + "/logs/x.log";
  Log log({file, "info", 0.001, 2});
  for (int i = 0; i < 200; ++i) log.info("a line of some length, number {}", i);
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(paths_.root + "/logs")) {
    EXPECT_LT(entry.file_size(), 3000u);
    ++files;
  }
  EXPECT_EQ(files, 3u);
}

TEST_F(LogFile, OtherLimitsHoldFromThenOn) {
  const std::string file = paths_.root + "/logs/x.log";
  Log log({file, "info", 1, 2});
  const auto files = [&] {
    return std::distance(std::filesystem::directory_iterator(paths_.root + "/logs"),
                         std::filesystem::directory_iterator());
  };
  const auto fill = [&] {
    for (int i = 0; i < 200; ++i) log.info("a line of some length, number {}", i);
  };
  fill();
  EXPECT_EQ(files(), 1);
  log.change_limits(0.001, 4);
  EXPECT_THAT(*read_file(file), HasSubstr("number 199")) << "what was logged stays";
  fill();
  EXPECT_EQ(files(), 5);
}

TEST_F(Instance, IsSeenWithoutTheRightToWrite) {
  auto lock = InstanceLock::acquire(paths_);
  ASSERT_TRUE(lock.has_value());
  ::chmod(paths_.lock_file().c_str(), 0444);
  for (std::filesystem::path p = paths_.run_folder(); p.string().size() >= dir_.path().size();
       p = p.parent_path())
    ::chmod(p.c_str(), 0755);
  const int ours = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) {
    if (::getuid() == 0 && ::setuid(65534) != 0) ::_exit(2);  // root may always write
    ::_exit(running_instance(paths_) == ours && ::access(paths_.lock_file().c_str(), W_OK) != 0 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(Instance, KnowsWhenItsFileIsAnothers) {
  auto first = InstanceLock::acquire(paths_);
  ASSERT_TRUE(first.has_value());
  EXPECT_TRUE(first->is_in_place());
  EXPECT_TRUE(instance_runs(paths_));
  std::filesystem::remove(paths_.lock_file());
  EXPECT_FALSE(first->is_in_place());
  EXPECT_FALSE(instance_runs(paths_));
  auto second = InstanceLock::acquire(paths_);
  ASSERT_TRUE(second.has_value());
  EXPECT_FALSE(first->is_in_place());
  EXPECT_TRUE(second->is_in_place());
}

TEST_F(LogFile, WhatCannotBeWrittenIsCounted) {
  ASSERT_TRUE(make_private_folder(paths_.root).has_value());
  ASSERT_TRUE(write_file_atomically(paths_.root + "/logs", "a file in the way", false).has_value());
  Log log({paths_.root + "/logs/x.log", "info", 1, 2});
  log.error("into nothing");
  EXPECT_EQ(log.lost(), 1u);
  EXPECT_NE(log.problem(), "");
}

PaneRef pane_five(ServerId server) {
  PaneRef pane;
  pane.key = {server, 5};
  pane.session = "web";
  pane.window_index = 2;
  return pane;
}

bool is_muted(Mutes& mutes, const PaneRef& pane, std::int64_t now_ms) {
  mutes.refresh();
  return mutes.is_muted(pane, now_ms);
}

TEST_F(MuteFile, APaneASessionAndATimeThatEnds) {
  Mutes writer(dir_.path() + "/mutes.json"), reader(dir_.path() + "/mutes.json");
  EXPECT_FALSE(*writer.unmute("web", 0));
  EXPECT_FALSE(is_muted(reader, pane_five(1), 1000));
  ASSERT_TRUE(writer.mute({"web", 0, 2000}, 1000));
  EXPECT_TRUE(is_muted(reader, pane_five(1), 1999));
  EXPECT_FALSE(is_muted(reader, pane_five(1), 2000));
  ASSERT_TRUE(writer.mute({"web:2.0", 0, 0}, 3000));
  EXPECT_TRUE(is_muted(reader, pane_five(1), 1'000'000'000'000));
  EXPECT_EQ(writer.list()->size(), 1u) << "what is over is forgotten";
  EXPECT_TRUE(*writer.unmute("web:2.0", 0));
  EXPECT_FALSE(*writer.unmute("web:2.0", 0));
  EXPECT_FALSE(is_muted(reader, pane_five(1), 3000));
}

TEST_F(MuteFile, APanesNumberIsOneServersAlone) {
  Mutes mutes(dir_.path() + "/mutes.json");
  ASSERT_TRUE(mutes.mute({"%5", 77, 0}, 1000));
  EXPECT_EQ(mutes.list()->at(0), (Mute{"%5", 77, 0}));
  EXPECT_TRUE(is_muted(mutes, pane_five(77), 1000));
  EXPECT_FALSE(is_muted(mutes, pane_five(78), 1000)) << "tmux was started again: another pane";
  ASSERT_TRUE(mutes.mute({"%5", 78, 0}, 1000));
  EXPECT_TRUE(is_muted(mutes, pane_five(77), 1000) && is_muted(mutes, pane_five(78), 1000));
  EXPECT_TRUE(*mutes.unmute("%5", 77));
  EXPECT_FALSE(is_muted(mutes, pane_five(77), 1000));
  EXPECT_TRUE(is_muted(mutes, pane_five(78), 1000));
  ASSERT_TRUE(mutes.mute({"%5", 0, 0}, 1000));
  EXPECT_TRUE(is_muted(mutes, pane_five(79), 1000));
  EXPECT_TRUE(*mutes.unmute("%5", 0));
  EXPECT_EQ(mutes.list()->size(), 0u);
}

TEST_F(MuteFile, ADamagedFileIsSaidAndKept) {
  dir_.write("mutes.json", "{\"web\": 0");
  Mutes mutes(dir_.path() + "/mutes.json");
  EXPECT_FALSE(mutes.mute({"x", 0, 0}, 1));
  EXPECT_FALSE(is_muted(mutes, pane_five(1), 1));
  EXPECT_THAT(mutes.list().error().message, HasSubstr("mutes.json"));
  dir_.write("mutes.json", "{\"web\": \"x\", \"%5\": 9000, \"a\": {\"b\": 1}}");
  EXPECT_EQ(mutes.list()->size(), 1u);
}

TEST_F(MuteFile, ManyWritersLoseNothing) {
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      Mutes mutes(dir_.path() + "/mutes.json");
      for (int i = 0; i < 25; ++i) EXPECT_TRUE(mutes.mute({"s" + std::to_string(t * 25 + i), 0, 0}, 1));
    });
  }
  threads.clear();
  EXPECT_EQ(Mutes(dir_.path() + "/mutes.json").list()->size(), 100u);
}

}  // namespace
}  // namespace orc
