// SPDX-License-Identifier: Apache-2.0
#include "tmux_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

namespace orc {
namespace {

AgentStatus agent(PaneId pane, std::uint32_t window, State state, int session = 1) {
  AgentStatus a;
  a.pane.key = {7, pane};
  a.pane.facts.window = window;
  a.pane.server_name = "one";
  a.pane.session_id = session;
  a.verdict.agent = "claude";
  a.verdict.state = state;
  a.since_ms = 1'700'000'000'123;
  return a;
}

Snapshot snapshot(std::vector<AgentStatus> agents) {
  Snapshot s;
  s.agents = std::move(agents);
  return s;
}

std::string joined(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, " ")); }

TEST(TmuxOptions, PanesWindowsAndSessionsOfOneServer) {
  AgentStatus asks = agent(5, 2, State::kWaiting);
  asks.verdict.detail = "command";
  asks.verdict.asks = Ask{};
  asks.verdict.asks->kind = "command";
  asks.verdict.asks->title = "Run #(reboot) #[bg=red]?";
  AgentStatus ended = agent(8, 4, State::kIdle, 2);
  ended.done = true;
  AgentStatus other = agent(9, 9, State::kCrashed);
  other.pane.server_name = "two";
  const auto values =
      tmux_options_of(snapshot({agent(4, 2, State::kWorking), asks, ended, other}), "one", true);
  const auto at = [&](const char* scope, const char* target, const char* name) {
    const auto found = values.find({scope, target, name});
    return found == values.end() ? "" : found->second;
  };
  EXPECT_EQ(at("-p", "%4", "@orc_state"), "working");
  EXPECT_EQ(at("-p", "%5", "@orc_state"), "waiting/command");
  EXPECT_EQ(at("-p", "%5", "@orc_icon"), "?");
  EXPECT_EQ(at("-p", "%5", "@orc_since"), "1700000000");
  EXPECT_EQ(at("-p", "%5", "@orc_asks"), "Run *(reboot) *[bg=red]?") << "nothing that a format would run";
  EXPECT_EQ(at("-w", "@2", "@orc_window_state"), "waiting/command") << "the greatest need of the window";
  EXPECT_EQ(at("-p", "%8", "@orc_state"), "idle/done");
  EXPECT_EQ(at("", "$1:", "@orc_status"), "1 waiting");
  EXPECT_EQ(at("", "$2:", "@orc_status"), "");
  for (const auto& [option, value] : values) EXPECT_NE(option.target, "%9") << option.name;
  EXPECT_EQ(tmux_options_of(snapshot({asks}), "one", false).size(), 1u) << "the session's alone";
}

TEST(TmuxOptions, OnlyWhatChangedIsSet) {
  const TmuxOptionValues before = {
      {{"-p", "%1", "@a"}, "x"}, {{"-p", "%2", "@a"}, "y"}, {{"", "$1:", "@b"}, "z"}};
  EXPECT_TRUE(set_option_words(before, before).empty());
  auto after = before;
  after.erase({"-p", "%1", "@a"});
  after[{"-p", "%2", "@a"}] = "new";
  after[{"-s", "", "@c"}] = "1";
  const auto words = set_option_words(before, after);
  ASSERT_EQ(words.size(), 1u);
  EXPECT_EQ(joined(words[0]),
            "set-option -qu -p -t %1 @a ; set-option -q -p -t %2 @a new ; set-option -q -s @c 1");
}

TEST(TmuxOptions, AThousandPanesFitTheirMessages) {
  TmuxOptionValues after;
  for (int i = 0; i < 1000; ++i) after[{"-p", fmt::format("%{}", i), "@orc_asks"}] = std::string(200, 'x');
  std::size_t commands = 0;
  for (const auto& words : set_option_words({}, after)) {
    EXPECT_LE(joined(words).size(), 8000u);
    EXPECT_NE(words.front(), ";");
    EXPECT_NE(words.back(), ";");
    commands += static_cast<std::size_t>(std::count(words.begin(), words.end(), "set-option"));
  }
  EXPECT_EQ(commands, 1000u);
}

}  // namespace
}  // namespace orc
