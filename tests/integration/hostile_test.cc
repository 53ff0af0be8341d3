// SPDX-License-Identifier: Apache-2.0
// Panes, names and titles that try to break the listing or the framing, by malice or by chance: the round
// ends by its deadline and every pane gets its own text and facts.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "test_server.h"
#include "tmux_orc/base/text.h"

namespace orc::test {
namespace {

// A file that one of the odd texts would make, were it ever run as a command by what we ask of tmux.
std::string injected_file() { return fmt::format("/tmp/orc-it-injected-{}", ::getpid()); }

const std::vector<std::string>& odd_texts() {
  static const std::vector<std::string> texts = {
      "line one\nline two\n",
      "0123456789abcdef0123456789abcdef\n0123456789abcdef %1 @1 1 80 24\n",
      "\x01\x02\x1b]0;evil\x07\x1b[2J\x7f",
      "\xff\xfe\xc3( not utf-8 \x80\x9b",
      "#{pane_pid} #(touch " + injected_file() + ") #[fg=red] %H:%M ${HOME} $(id) `id`",
      "'; kill-server; '\" \\; \\",
      "\xe2\x80\xae right to left \xe2\x80\x8b zero width",
      "  spaces  around  ",
      "🦀 漢字",
      "a\tb\rc",
      ":.:.=~^$+-",
      std::string(3000, 'L'),
      "{}[]();&|<>!?*",
      "-t",
  };
  return texts;
}

class Hostile : public ::testing::Test {
 protected:
  Hostile() {
    agent_ = server_.agent("claude", "waiting");
    wait_until([&] { return server_.capture(agent_).find("Do you want to proceed?") != std::string::npos; });
  }

  ~Hostile() override { std::filesystem::remove(injected_file()); }

  // tmux itself expands what select-pane, new-session and rename-window are given: that is not ours to judge.
  static void forget_set_up() {
    wait_until([] { return std::filesystem::exists(injected_file()); }, 500ms);
    std::filesystem::remove(injected_file());
  }

  std::string asked(PaneId pane, const std::string& variable) const {
    return server_.tmux({"display-message", "-p", "-t", pane_name(pane), variable});
  }

  Listing list(ServerLink& link) {
    Lister lister(link, {}, clock_);
    auto listing = lister.list(Steady::now() + 5s);
    if (!listing) throw std::runtime_error(listing.error().message);
    return *listing;
  }

  // A whole round by each transport: in time, without errors, and the agent's verdict is right.
  void expect_rounds_well(std::size_t panes) {
    for (const auto choice : {TransportChoice::kNative, TransportChoice::kSpawn}) {
      Watch watch({server_.address()}, at_once(choice));
      const auto snapshot =
          watch.rounds_until([&](const Snapshot& s) { return verdict_of(s, agent_) == "claude waiting"; });
      EXPECT_EQ(verdict_of(*snapshot, agent_), "claude waiting");
      EXPECT_EQ(snapshot->round.panes, panes);
      EXPECT_EQ(snapshot->round.errors, 0u);
      EXPECT_EQ(snapshot->round.timeouts, 0u);
      EXPECT_LT(watch.last_round_ms(), 5000);
    }
    EXPECT_TRUE(server_.alive());
    EXPECT_FALSE(wait_until([] { return std::filesystem::exists(injected_file()); }, 150ms))
        << "a text was run";
  }

  // Every pane's capture by the reader is what tmux's own client says, by both transports and framings.
  void expect_right_texts(const std::vector<PaneId>& panes) {
    for (const auto choice : {TransportChoice::kNative, TransportChoice::kSpawn}) {
      const auto link = ready_link(server_.address(), choice);
      const Listing listing = list(*link);
      for (const bool known : {true, false}) {
        std::vector<CaptureRequest> requests;
        for (std::size_t i = 0; i < panes.size(); ++i) {
          int height = -1;
          for (const PaneRef& p : listing.panes) height = p.key.pane == panes[i] ? p.facts.height : height;
          ASSERT_GT(height, 0) << "pane is not listed";
          requests.push_back({i, panes[i], 0, known ? height : 0});
        }
        CollectingSink sink;
        TmuxReader(*link).read(requests, Steady::now() + 5s, sink);
        for (std::size_t i = 0; i < panes.size(); ++i) {
          SCOPED_TRACE(fmt::format("{} pane {} known {}", link->current()->name(), i, known));
          ASSERT_EQ(sink.captures.count(i), 1u);
          EXPECT_EQ(sink.captures[i].text, server_.capture(panes[i]));
        }
      }
      EXPECT_EQ(link->fallbacks(), 0u);
    }
  }

  const SystemClock clock_;
  TestServer server_;
  PaneId agent_ = 0;
};

TEST_F(Hostile, Titles) {
  std::vector<PaneId> panes;
  for (const std::string& text : odd_texts()) {
    const PaneId pane = server_.window(TestServer::idle_command());
    server_.try_tmux({"select-pane", "-t", pane_name(pane), "-T", text});  // tmux may refuse some
    panes.push_back(pane);
    const PaneId by_program = server_.window_showing("");
    server_.write_visibly(by_program, "\x1b]2;" + text + "\x1b\\\x1b[H\x1b[2Jdone", "done");
    panes.push_back(by_program);
  }
  for (const auto choice : {TransportChoice::kNative, TransportChoice::kSpawn}) {
    const auto link = ready_link(server_.address(), choice);
    const Listing listing = list(*link);
    EXPECT_EQ(listing.skipped, 0u);
    ASSERT_EQ(listing.panes.size(), panes.size() + 2);
    for (const PaneRef& pane : listing.panes) {
      const std::string whole = asked(pane.key.pane, "#{pane_title}");
      EXPECT_TRUE(whole.starts_with(pane.facts.title)) << pane.facts.title;
      if (pane.facts.title != whole) {
        EXPECT_GE(display_width(pane.facts.title), 255);
      }
    }
  }
  EXPECT_EQ(asked(panes.back(), "#{pane_title}").find("drawn"), std::string::npos) << "no title came through";
  forget_set_up();
  expect_rounds_well(panes.size() + 2);
}

TEST_F(Hostile, SessionAndWindowNames) {
  int made = 0;
  for (const std::string& text : odd_texts()) {
    made += server_.try_tmux({"new-session", "-d", "-s", text, "-n", text, "sleep", "1000"}) ? 1 : 0;
    const PaneId pane = server_.window(TestServer::idle_command());
    server_.try_tmux({"rename-window", "-t", pane_name(pane), text});
    ++made;
  }
  ASSERT_GT(made, static_cast<int>(odd_texts().size()));
  for (const auto choice : {TransportChoice::kNative, TransportChoice::kSpawn}) {
    const auto link = ready_link(server_.address(), choice);
    const Listing listing = list(*link);
    EXPECT_EQ(listing.skipped, 0u);
    EXPECT_EQ(listing.panes.size(), static_cast<std::size_t>(made) + 2);
    for (const PaneRef& pane : listing.panes) {
      EXPECT_EQ(pane.session, asked(pane.key.pane, "#{=128:session_name}"));
      EXPECT_EQ(pane.window_name, asked(pane.key.pane, "#{=128:window_name}"));
      EXPECT_EQ(std::to_string(pane.window_index), asked(pane.key.pane, "#{window_index}"));
    }
  }
  forget_set_up();
  expect_rounds_well(static_cast<std::size_t>(made) + 2);
}

std::string once(std::string text) {
  for (std::size_t at = text.find("##"); at != std::string::npos; at = text.find("##", at + 1))
    text.erase(at, 1);
  return text;
}

TEST_F(Hostile, AgentOption) {  // may hold anything, line feeds and all
  std::vector<PaneId> panes;
  for (const std::string& text : odd_texts()) {
    panes.push_back(server_.window(TestServer::idle_command()));
    if (text.starts_with('-')) continue;  // tmux takes it for a flag
    server_.tmux({"set-option", "-p", "-t", pane_name(panes.back()), "@orc_agent", text});
  }
  const auto link = ready_link(server_.address(), TransportChoice::kNative);
  const Listing listing = list(*link);
  EXPECT_EQ(listing.skipped, 0u);
  ASSERT_EQ(listing.panes.size(), panes.size() + 2);
  for (const PaneRef& pane : listing.panes) {
    for (std::size_t i = 0; i < panes.size(); ++i) {
      if (panes[i] != pane.key.pane || odd_texts()[i].starts_with('-')) continue;
      // tmux drops what no terminal shows; each '#' comes twice.
      EXPECT_EQ(pane.agent_option, once(asked(pane.key.pane, "#{=64;q/e:@orc_agent}")));
    }
  }
  forget_set_up();
  expect_rounds_well(panes.size() + 2);
}

TEST_F(Hostile, TextThatLooksLikeOurFrames) {
  std::vector<PaneId> panes;
  for (const std::string text :
       {"0123456789abcdef end\r\n0123456789abcdef %0 24\r\nfedcba9876543210 end",
        "%0 24\r\n %1 24\r\n end\r\nend\r\n% 24",
        "no current client\r\ncan't find pane: %1\r\nno server running on /tmp/x\r\nerror connecting to "
        "x\r\n",
        "\x1b[24;1H0123456789abcdef end", "\xff\xff\xff\xff 0123456789abcdef0123456789abcdef"}) {
    panes.push_back(server_.window_showing(text));
  }
  expect_right_texts(panes);
  expect_rounds_well(panes.size() + 2);
}

TEST_F(Hostile, TheSmallestPanes) {
  std::vector<PaneId> panes;
  const auto split = [&](const char* way, const char* axis) {
    const PaneId pane = server_.window_showing("some text that is cut by the resize");
    const std::string other =
        server_.tmux({"split-window", way, "-d", "-P", "-F", "#{pane_id}", "-t", pane_name(pane), "sh", "-c",
                      "stty -onlcr; printf 'wide \xe6\xbc\xa2'; exec sleep 1000"});
    server_.tmux({"resize-pane", "-t", pane_name(pane), axis, "1"});
    panes.push_back(pane);
    panes.push_back(static_cast<PaneId>(std::stoul(other.substr(1))));
  };
  split("-h", "-x");
  split("-v", "-y");
  EXPECT_EQ(asked(panes[0], "#{pane_width}x#{pane_height}"), "1x24");
  EXPECT_EQ(asked(panes[2], "#{pane_width}x#{pane_height}"), "80x1");
  ASSERT_TRUE(wait_until([&] {
    return server_.capture(panes[1]).find("wide") != std::string::npos &&
           server_.capture(panes[3]).find("wide") != std::string::npos;
  }));
  panes.push_back(agent_);
  expect_right_texts(panes);
  expect_rounds_well(6);
}

TEST_F(Hostile, AFloodingPane) {
  const PaneId flood = server_.window({"yes", "flood 0123456789abcdef end"});
  const PaneId quiet = server_.window_showing("quiet");
  ASSERT_TRUE(wait_until([&] { return server_.capture(flood).find("flood") != std::string::npos; }));
  for (const bool async : {true, false}) {
    Watch watch({server_.address()}, at_once(TransportChoice::kAuto, async, false));
    const auto first =
        watch.rounds_until([&](const Snapshot& s) { return verdict_of(s, agent_) == "claude waiting"; });
    EXPECT_EQ(verdict_of(*first, agent_), "claude waiting");
    for (int i = 0; i < 10; ++i) {
      const auto snapshot = watch.round(3s);
      EXPECT_LT(watch.last_round_ms(), 3200);
      EXPECT_EQ(verdict_of(*snapshot, agent_), "claude waiting");
      EXPECT_EQ(snapshot->round.errors + snapshot->round.timeouts, 0u);
      EXPECT_EQ(snapshot->round.panes, 4u);
    }
  }
  const auto link = ready_link(server_.address(), TransportChoice::kNative);
  const std::vector<CaptureRequest> requests = {{0, flood, 0, 24}, {1, quiet, 0, 24}, {2, flood, 5, 24}};
  for (int i = 0; i < 50; ++i) {
    CollectingSink sink;
    TmuxReader(*link).read(requests, Steady::now() + 3s, sink);
    ASSERT_EQ(sink.captures.size(), 3u);
    EXPECT_TRUE(sink.captures[1].text.starts_with("quiet\n\n"));
    EXPECT_EQ(split_lines(sink.captures[0].text).size(), 24u);
    EXPECT_EQ(split_lines(sink.captures[2].text).size(), 19u);
  }
}

TEST_F(Hostile, PanesThatVanishBetweenListingAndCapture) {
  std::vector<PaneId> panes;
  for (int i = 0; i < 9; ++i) panes.push_back(server_.window_showing(fmt::format("pane {}", i)));
  std::vector<CaptureRequest> known, unknown;
  for (std::size_t i = 0; i < panes.size(); ++i) {
    known.push_back({i, panes[i], 0, 24});
    unknown.push_back({i, panes[i], 0, 0});
  }
  for (const std::size_t i : {0u, 3u, 4u, 8u}) server_.tmux({"kill-pane", "-t", pane_name(panes[i])});
  for (const auto choice : {TransportChoice::kNative, TransportChoice::kSpawn}) {
    const auto link = ready_link(server_.address(), choice);
    for (const auto* requests : {&known, &unknown}) {
      CollectingSink sink;
      TmuxReader(*link).read(*requests, Steady::now() + 5s, sink);
      EXPECT_EQ(sink.gone, (std::vector<std::size_t>{0, 3, 4, 8})) << link->current()->name();
      EXPECT_TRUE(sink.failed.empty());
      ASSERT_EQ(sink.captures.size(), 5u);
      for (auto& [i, capture] : sink.captures) {
        EXPECT_TRUE(capture.text.starts_with(fmt::format("pane {}\n", i)));
        EXPECT_EQ(sink.ended[i], 1);
      }
    }
    EXPECT_EQ(link->fallbacks(), 0u) << "a pane that is gone is no reason to leave native";
  }
}

TEST_F(Hostile, AllPanesOfABatchVanish) {
  std::vector<CaptureRequest> requests;
  for (std::size_t i = 0; i < 5; ++i) {
    const PaneId pane = server_.window(TestServer::idle_command());
    server_.tmux({"kill-pane", "-t", pane_name(pane)});
    requests.push_back({i, pane, 0, 24});
  }
  for (const auto choice : {TransportChoice::kNative, TransportChoice::kSpawn}) {
    const auto link = ready_link(server_.address(), choice);
    CollectingSink sink;
    TmuxReader(*link).read(requests, Steady::now() + 5s, sink);
    EXPECT_EQ(sink.gone.size(), 5u);
    EXPECT_TRUE(sink.failed.empty());
  }
}

TEST_F(Hostile, PanesThatChangeSizeBetweenListingAndCapture) {
  const PaneId small = server_.window_showing("shrinks\r\nsecond"),
               large = server_.window_showing("grows\r\nsecond"), still = server_.window_showing("stays");
  const std::vector<CaptureRequest> requests = {
      {0, small, 0, 24}, {1, large, 0, 24}, {2, still, 0, 24}, {3, small, 20, 24}};
  server_.tmux({"resize-window", "-t", pane_name(small), "-y", "10"});
  server_.tmux({"resize-window", "-t", pane_name(large), "-y", "40"});
  for (const auto choice : {TransportChoice::kNative, TransportChoice::kSpawn}) {
    const auto link = ready_link(server_.address(), choice);
    CollectingSink sink;
    TmuxReader(*link).read(requests, Steady::now() + 5s, sink);
    ASSERT_EQ(sink.captures.size(), 4u);
    EXPECT_EQ(sink.captures[0].text, server_.capture(small));
    EXPECT_EQ(sink.captures[0].height, 10);
    EXPECT_EQ(sink.captures[1].text, server_.capture(large));
    EXPECT_EQ(sink.captures[2].text, server_.capture(still));
    // A lower part that is not there any more: the text must fit the row that it is said to begin at.
    const std::string from_there = server_.capture(small, {fmt::format("-S{}", sink.captures[3].first_row)});
    EXPECT_EQ(sink.captures[3].text, from_there);
    EXPECT_EQ(link->fallbacks(), 0u);
  }
}

TEST_F(Hostile, LinkedWindowsAndGroupedSessionsAreSeenOnce) {
  server_.tmux({"new-session", "-d", "-s", "other", "sleep", "1000"});
  server_.tmux({"link-window", "-d", "-s", pane_name(agent_), "-t", "other:"});
  server_.tmux({"new-session", "-d", "-t", "main", "-s", "group"});
  ASSERT_GT(server_.tmux({"list-panes", "-a", "-F", "#{pane_id}"}).size(), 3 * std::string("%0\n").size());
  expect_rounds_well(3);
  Watch watch({server_.address()}, at_once());
  const auto snapshot =
      watch.rounds_until([&](const Snapshot& s) { return find_agent(s, agent_) != nullptr; });
  EXPECT_EQ(snapshot->agents.size(), 1u);
}

TEST_F(Hostile, DeadPanesTellHowTheyDied) {
  server_.tmux({"set-option", "-g", "remain-on-exit", "on"});
  // tmux knows that a pane is dead when its terminal closes, and how it died only when it has reaped the
  // process. On a busy machine 3.3a sometimes never learns the latter: then with other panes.
  PaneId three = 0, killed = 0;
  // 3.2 does not know of signals.
  const bool knows_signals = version_number(server_.tmux({"display-message", "-p", "#{version}"})) >= 303;
  const auto told = [&] {
    three = server_.window({"sh", "-c", "sleep 0.2; exit 3"});
    killed = server_.window({"sh", "-c", "sleep 0.2; kill -9 $$"});
    const bool known = wait_until(
        [&] {
          return asked(three, "#{pane_dead_status}") == "3" &&
                 asked(killed, knows_signals ? "#{pane_dead_signal}" : "9") == "9";
        },
        3s);
    if (known) return true;
    for (const PaneId pane : {three, killed}) server_.tmux({"kill-pane", "-t", pane_name(pane)});
    return false;
  };
  ASSERT_TRUE(told() || told() || told());
  for (const auto choice : {TransportChoice::kNative, TransportChoice::kSpawn}) {
    const auto link = ready_link(server_.address(), choice);
    int seen = 0;
    for (const PaneRef& pane : list(*link).panes) {
      EXPECT_EQ(pane.facts.dead, pane.key.pane == three || pane.key.pane == killed);
      if (!pane.facts.dead) continue;
      ++seen;
      if (pane.key.pane == three || knows_signals) {
        EXPECT_EQ(pane.facts.dead_status, pane.key.pane == three ? 3 : 137);
      }
    }
    EXPECT_EQ(seen, 2);
  }
  expect_right_texts({three, killed, agent_});
  expect_rounds_well(4);
}

TEST_F(Hostile, ModesAndZoom) {
  const PaneId scrolled = server_.window({"sh", "-c", "seq 1 100; exec sleep 1000"});
  ASSERT_TRUE(wait_until([&] { return server_.capture(scrolled).find("100") != std::string::npos; }));
  server_.tmux({"split-window", "-d", "-t", pane_name(scrolled), "sleep", "1000"});
  server_.tmux({"resize-pane", "-Z", "-t", pane_name(scrolled)});
  server_.tmux({"copy-mode", "-t", pane_name(scrolled)});
  server_.tmux({"send-keys", "-t", pane_name(scrolled), "-X", "history-top"});
  expect_right_texts({scrolled, agent_});
  expect_rounds_well(4);
}

TEST_F(Hostile, PanesComeAndGoWithoutEnd) {
  std::jthread churn([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::string pane;
      if (server_.try_tmux({"new-window", "-d", "-P", "-F", "#{pane_id}", "-t", "main:", "sleep", "1000"},
                           &pane)) {
        server_.try_tmux({"kill-pane", "-t", pane});
      }
    }
  });
  for (const bool async : {true, false}) {
    Watch watch({server_.address()}, at_once(TransportChoice::kAuto, async, false));
    watch.rounds_until([&](const Snapshot& s) { return verdict_of(s, agent_) == "claude waiting"; });
    for (int i = 0; i < 100; ++i) {
      const auto snapshot = watch.round(3s);
      ASSERT_EQ(verdict_of(*snapshot, agent_), "claude waiting");
      ASSERT_EQ(snapshot->agents.size(), 1u);
      ASSERT_TRUE(snapshot->transitions.empty());
      ASSERT_EQ(snapshot->round.errors + snapshot->round.timeouts, 0u)
          << "round " << i << (async ? " async" : " sync");
      ASSERT_EQ(snapshot->servers[0].transport, "native");
    }
  }
}

}  // namespace
}  // namespace orc::test
