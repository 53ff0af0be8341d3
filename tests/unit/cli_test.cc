// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent_filter.h"
#include "bench_report.h"
#include "perf_view.h"
#include "screen_file.h"
#include "snapshot_view.h"
#include "support/scoped_env.h"
#include "terminal.h"
#include "tmux_orc/base/secrets.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/bench/modes.h"
#include "tmux_orc/bench/scene.h"
#include "tmux_orc/figures/json.h"

namespace orc::cli {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// ---- secrets --------------------------------------------------------------------------------------------
// Written in two pieces, so that no scanner takes the test for a leak.

TEST(Secrets, KeysAndTokensAreBlanked) {
  const std::string secrets[] = {
      std::string("sk-") + "ant-api03-abcdefghijklmnop_QRST-1234",
      std::string("ghp_") + "abcdefghijklmnopqrstuvwxyz0123456789",
      std::string("github_pat_") + "11ABCDEFG0abcdefghijkl_mnopqrstuv",
      std::string("xoxb-") + "123456789012-abcdefghij",
      std::string("AIza") + "SyA1234567890abcdefghijklmnopqrstuv",
      std::string("AKIA") + "ABCDEFGHIJKLMNOP",
      std::string("eyJ") + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abcDEF_123-x",
      std::string("someone") + "@example.com",
  };
  for (const std::string& secret : secrets) {
    const std::string line = "before " + secret + " after";
    const std::string blanked = blank_secrets(line);
    EXPECT_THAT(blanked, Not(HasSubstr(secret))) << secret;
    EXPECT_EQ(blanked.size(), line.size()) << secret;
    EXPECT_THAT(blanked, testing::StartsWith("before "));
    EXPECT_THAT(blanked, testing::EndsWith(" after"));
  }
}

TEST(Secrets, ValuesBehindTellingNamesAreBlanked) {
  for (const char* line :
       {"API_KEY=hunter2hunter2", "password: hunter2hunter2", "\"token\": \"hunter2hunter2\"",
        "Authorization: Bearer hunter2hunter2", "export SECRET='hunter2hunter2'"}) {
    EXPECT_THAT(blank_secrets(line), Not(HasSubstr("hunter2hunter2"))) << line;
    EXPECT_EQ(blank_secrets(line).size(), std::string(line).size());
  }
}

TEST(Secrets, SeveralInOneTextAndTheLayoutStays) {
  const std::string screen = "│ KEY=1 │\n│ token=aaaaaaaa │\n│ token=bbbbbbbb │\n";
  EXPECT_EQ(blank_secrets(screen), "│ KEY=1 │\n│ token=xxxxxxxx │\n│ token=xxxxxxxx │\n");
  EXPECT_EQ(blank_secrets("KEY: sk-ant-aaaaaaaaaaaa\nDo you want to use this?"),
            "KEY: xxxxxxxxxxxxxxxxxxx\nDo you want to use this?");
  EXPECT_EQ(blank_secrets("KEY: sk-ant-aaaaaaaaaaaa\nqbcd9 you"), "KEY: xxxxxxxxxxxxxxxxxxx\nxxxxx you")
      << "the rest of a key";
}

TEST(Secrets, OrdinaryTextStays) {
  for (const char* text :
       {"❯ fix the parser\n  ? for shortcuts", "sk-short", "tokens: 1.2k · esc to interrupt", "user@host:~$ ",
        "• Working (12s • esc to interrupt)"}) {
    EXPECT_EQ(blank_secrets(text), text);
  }
}

// ---- scenes ---------------------------------------------------------------------------------------------

TEST(Scene, ParsesHeadAndFrames) {
  auto scene = parse_scene(
      "agent: mine\nstate: idle\nsize: 80 24\nalternate: 1\n=== 2 20 0 ✳ A title\nline one\n\n=== 5 6 "
      "1\nx\n");
  ASSERT_TRUE(scene.has_value()) << scene.error().message;
  EXPECT_EQ(scene->agent, "mine");
  EXPECT_EQ(scene->state, "idle");
  EXPECT_EQ(scene->cols, 80);
  EXPECT_EQ(scene->rows, 24);
  EXPECT_TRUE(scene->alternate);
  ASSERT_EQ(scene->frames.size(), 2u);
  EXPECT_EQ(scene->frames[0].cursor_x, 2);
  EXPECT_EQ(scene->frames[0].cursor_y, 20);
  EXPECT_FALSE(scene->frames[0].cursor_visible);
  EXPECT_EQ(scene->frames[0].title, "✳ A title");
  EXPECT_THAT(scene->frames[0].lines, ElementsAre("line one", ""));
  EXPECT_TRUE(scene->frames[1].cursor_visible);
  EXPECT_EQ(scene->frames[1].title, "");
}

TEST(Scene, RefusesWhatHasNoFrameOrHead) {
  for (const char* text :
       {"", "agent: a\nstate: idle\nsize: 80 24\n", "state: idle\nsize: 80 24\n=== 0 0 1\n",
        "agent: a\nsize: 80 24\n=== 0 0 1\n", "agent: a\nstate: idle\n=== 0 0 1\n",
        "agent: a\nstate: idle\nsize: 0 24\n=== 0 0 1\n"}) {
    EXPECT_FALSE(parse_scene(text).has_value()) << text;
  }
}

TEST(Scene, TheBuiltInOnesCoverEveryAgent) {
  EXPECT_THAT(scene_agents(), testing::IsSupersetOf({"claude", "codex", "gemini", "opencode"}));
  for (const std::string& agent : scene_agents()) {
    for (const std::string& state : scene_states(agent)) {
      EXPECT_TRUE(state_from_string(state)) << agent << " " << state;
      auto scene = find_scene(agent, state, 120, 40);
      ASSERT_TRUE(scene.has_value()) << agent << " " << state;
      for (const Frame& frame : scene->frames) {
        EXPECT_LE(frame.lines.size(), static_cast<std::size_t>(scene->rows)) << agent << " " << state;
        for (const std::string& line : frame.lines)
          EXPECT_LE(display_width(line), scene->cols) << agent << " " << state << ": " << line;
      }
    }
  }
  EXPECT_FALSE(find_scene("nobody", "idle", 80, 24).has_value());
}

TEST(Scene, TheLargestThatFitsIsTaken) {
  EXPECT_EQ(find_scene("claude", "idle", 200, 60)->cols, 120);
  EXPECT_EQ(find_scene("claude", "idle", 100, 30)->cols, 80);
  EXPECT_EQ(find_scene("claude", "idle", 20, 5)->cols, 80);  // none fits: the smallest
}

// ---- benchmark ------------------------------------------------------------------------------------------

ModeResult mode(const std::string& name, double p50, Verdicts verdicts) {
  ModeResult m;
  m.name = name;
  m.cycle_ms.p50 = p50;
  m.verdicts = std::move(verdicts);
  return m;
}

TEST(VerdictsMatch, ComparesAllModesButFloors) {
  const Verdicts a = {{1, {"claude", State::kIdle, ""}}, {2, {"codex", State::kWaiting, "edit"}}};
  BenchReport report;
  EXPECT_TRUE(verdicts_match(report, nullptr));
  report.modes = {mode("sync+spawn", 9, a), mode("async+native cold", 1, a)};
  ModeResult floor = mode("floor native", 0.5, {});
  floor.is_floor = true;
  report.modes.push_back(floor);
  EXPECT_TRUE(verdicts_match(report, nullptr));
}

TEST(VerdictsMatch, SaysWhatDiffers) {
  const Verdicts a = {{1, {"claude", State::kIdle, ""}}, {2, {"codex", State::kWaiting, "edit"}}};
  Verdicts other_state = a, other_detail = a, missing = a, more = a;
  other_state[1] = {"claude", State::kWorking, ""};
  other_detail[2] = {"codex", State::kWaiting, "command"};
  missing.erase(2);
  more[3] = {"pi", State::kIdle, ""};
  for (const Verdicts& b : {other_state, other_detail, missing, more}) {
    BenchReport report;
    report.modes = {mode("x", 1, a), mode("y", 1, b)};
    EXPECT_FALSE(verdicts_match(report, nullptr));
  }
  BenchReport report;
  report.modes = {mode("x", 1, a), mode("y", 1, other_state)};
  std::vector<std::string> differences;
  verdicts_match(report, &differences);
  ASSERT_EQ(differences.size(), 1u);
  EXPECT_THAT(differences[0], testing::AllOf(HasSubstr("%1"), HasSubstr("idle"), HasSubstr("working")));
}

TEST(BenchJson, SpeedupsAreOfMedians) {
  BenchReport report;
  report.transport = "native";
  report.modes = {mode("sync+spawn", 100, {}), mode("async+native cold", 4, {}),
                  mode("async+native warm", 2, {})};
  const auto j = bench_json(report);
  EXPECT_EQ(j["speedup"], 25.0);
  EXPECT_EQ(j["speedup_warm"], 50.0);
  EXPECT_EQ(j["verdicts_match"], true);
  EXPECT_EQ(median_of(report, "no such mode"), 0);
}

TEST(PerfAnalyze, AdvisesOnlyWhatHelps) {
  std::vector<RoundRecord> rounds(20);
  for (std::size_t i = 0; i < rounds.size(); ++i) {
    rounds[i].round.number = i + 1;
    rounds[i].round.mode = "sync";
    rounds[i].round.phase.total = 10;
    rounds[i].servers = rounds[i].reachable = 1;
  }
  rounds[0].round.phase.total = 90;
  rounds[0].round.spawns = 1;
  const auto text = [&](const std::string& reason = "") {
    return fmt::format("{}\n", fmt::join(analyze_rounds(rounds, 30, reason), "\n"));
  };
  EXPECT_THAT(text(), HasSubstr("Change: sync mode"));
  EXPECT_THAT(text("TMUX_ORC_ASYNC_DISABLED is set"),
              testing::AllOf(HasSubstr("because of this: TMUX_ORC_ASYNC_DISABLED is set"),
                             testing::Not(HasSubstr("Change:"))));
  EXPECT_THAT(text(), HasSubstr("Slow: round 1")) << "and says that it opens the connections";
  EXPECT_THAT(text(), testing::Not(HasSubstr("native transport is not in use"))) << "for one process in 20";
  rounds[5].round.phase.total = 10.5;
  EXPECT_THAT(text(), testing::Not(HasSubstr("round 6"))) << "noise is not slow";
  rounds.resize(19);
  EXPECT_THAT(text(), HasSubstr("19 rounds are too few to judge by"));
}

// A baseline of rounds as the warm mode of `bench_against` has them.
nlohmann::ordered_json baseline_of_rounds() {
  return {{"cycle_p50_ms", 2.0}, {"cycle_p95_ms", 3.0},   {"panes", 50.2},
          {"captures", 4.0},     {"transport", "native"}, {"machine", hardware_text()}};
}

Comparison bench_against(const nlohmann::ordered_json& baseline, double p50 = 2, double p95 = 3,
                         int rounds = 20) {
  BenchReport report;
  report.agents = 50;
  report.rounds = rounds;
  report.transport = "native";
  report.modes = {mode("async+native cold", 9, {}), mode("async+native warm", p50, {})};
  report.modes[1].cycle_ms.p95 = p95;
  report.modes[1].captures = 3;
  return compare_bench(report, baseline.dump());
}

TEST(BenchBaseline, WarmRoundsAreComparedAndMoreThanAFifthIsARegression) {
  EXPECT_FALSE(bench_against(baseline_of_rounds()).regression);
  EXPECT_EQ(bench_against(baseline_of_rounds()).rows.size(), 3u);
  EXPECT_FALSE(bench_against(baseline_of_rounds(), 2.39, 3.5).regression);
  EXPECT_TRUE(bench_against(baseline_of_rounds(), 2.41).regression);
  EXPECT_TRUE(bench_against(baseline_of_rounds(), 2, 3.7).regression);
}

TEST(BenchBaseline, TooFewRoundsAreNotJudged) {
  const Comparison c = bench_against(baseline_of_rounds(), 9, 9, 19);
  EXPECT_FALSE(c.regression);
  EXPECT_EQ(c.unlike, "19 rounds measured, 20 are needed");
}

TEST(BenchBaseline, OnlyLikeIsComparedWithLike) {
  const auto with = [](const char* name, nlohmann::ordered_json value) {
    auto baseline = baseline_of_rounds();
    baseline[name] = std::move(value);
    return bench_against(baseline, 20, 30);
  };
  EXPECT_TRUE(with("captures", 5).regression);
  for (const auto& [name, value, why] :
       {std::tuple("panes", nlohmann::ordered_json(52), "52 panes then, 50 now"),
        std::tuple("transport", nlohmann::ordered_json("spawn"), "transport spawn then, native now"),
        std::tuple("captures", nlohmann::ordered_json(9), "9 screens read a round then, 3 now"),
        std::tuple("machine", nlohmann::ordered_json("64 x another"), "another machine")}) {
    const Comparison c = with(name, value);
    EXPECT_FALSE(c.regression) << name;
    EXPECT_THAT(c.unlike, HasSubstr(why));
    EXPECT_TRUE(c.rows.at(1).back().empty());
  }
  EXPECT_TRUE(with("panes", "many").rows.empty());
  EXPECT_TRUE(bench_against(nlohmann::ordered_json::array()).rows.empty());
}

TEST(BenchBaseline, IsInTheReport) {
  BenchReport report;
  report.transport = "native";
  report.modes = {mode("async+native warm", 4, {})};
  EXPECT_TRUE(bench_json(report)["baseline"].is_null());
  EXPECT_THAT(bench_text(report), testing::Not(HasSubstr("baseline")));
  report.against_baseline = bench_against(baseline_of_rounds(), 4);
  EXPECT_EQ(bench_json(report)["baseline"]["regression"], true);
  EXPECT_THAT(bench_text(report),
              testing::AllOf(HasSubstr("REGRESSION"), HasSubstr("WORSE by more than 20%.")));
}

// ---- what people see ------------------------------------------------------------------------------------

Snapshot hostile_snapshot() {
  const std::string evil = "\x1b]0;owned\x07\x1b[31mred\n\u202Egnp\u200B\xff" + std::string(500, 'w');
  Snapshot s;
  s.at_ms = 100'000;
  AgentStatus a;
  a.pane.key = {1, 7};
  a.pane.session = evil;
  a.pane.window_name = evil;
  a.pane.facts.title = evil;
  a.pane.server_name = "default";
  a.verdict = {"claude", State::kWaiting, "edit", "claude/approve-edit", 0.9};
  a.since_ms = 40'000;
  s.agents.push_back(a);
  s.transitions.push_back({100'000, a.pane, {}, a.verdict, false});
  return s;
}

void expect_harmless(std::string_view text, std::size_t lines) {
  EXPECT_EQ(split_lines(text).size(), lines);
  EXPECT_EQ(printable(text, true), text) << "something unprintable came through";
}

TEST(AgentsTable, HostileNamesDoNoHarm) {
  const test::ScopedEnv locale("LC_ALL", "C.UTF-8");
  const std::string table = agents_table(hostile_snapshot(), false, true);
  expect_harmless(table, 2);
  for (const std::string_view line : split_lines(table)) EXPECT_LT(display_width(line), 160);
  EXPECT_THAT(table, HasSubstr("waiting/edit"));
  EXPECT_THAT(table, HasSubstr("≥1m00s"));
  EXPECT_THAT(table, HasSubstr("%7"));
}

TEST(AgentsTable, ColourIsAroundTheStateOnly) {
  EXPECT_THAT(agents_table(hostile_snapshot(), true, true), HasSubstr("\x1b[1;33mwaiting/edit\x1b[0m"));
}

TEST(AgentsTable, WhatIsUsedStandsWhereSomebodySaysIt) {
  const test::ScopedEnv locale("LC_ALL", "C.UTF-8");
  Snapshot s = hostile_snapshot();
  s.agents.push_back(s.agents[0]);
  EXPECT_THAT(agents_table(s, false, true), Not(AnyOf(HasSubstr("MODEL"), HasSubstr("CONTEXT"))));
  s.agents[0].usage.emplace().context_percent = 41.6;
  s.agents[1].about.model = "opus\x1b[31m-5";
  const std::string table = agents_table(s, false, true);
  EXPECT_THAT(table, AllOf(HasSubstr("MODEL"), HasSubstr("CONTEXT"), Not(HasSubstr("TOKENS"))));
  EXPECT_THAT(table, AllOf(HasSubstr(" -               42%  claude/"), HasSubstr("opus")));
  expect_harmless(table, 3);
  EXPECT_THAT(agents_table(s, false, false), Not(HasSubstr("MODEL")));
  EXPECT_EQ(format_agent("{context} {tokens_in} {cost}", s.agents[0], 0).value(), "42%  ");
}

TEST(TransitionLine, HostileNamesDoNoHarm) {
  expect_harmless(transition_line(hostile_snapshot().transitions[0], false), 1);
}

TEST(ToJson, HostileNamesDoNoHarm) {
  const std::string line = dump(to_json(hostile_snapshot()));
  expect_harmless(line, 1);
  EXPECT_EQ(nlohmann::json::parse(line)["agents"][0]["state"], "waiting");
  expect_harmless(dump(to_json(hostile_snapshot().transitions[0])), 1);
}

TEST(Table, AlignsByColumnsNotBytes) {
  EXPECT_EQ(table({{"a", "漢字", "x"}, {"bbb", "é", "y"}}, {false, true}), "a    漢字  x\nbbb     é  y\n");
}

TEST(Wrapped, BreaksAtBlanksAndNowhereElse) {
  EXPECT_EQ(wrapped("short\n", 20), "short\n");
  EXPECT_EQ(wrapped("cpu: too much of it is used here\nok\n", 16),
            "cpu: too much of\n  it is used\n  here\nok\n");
  EXPECT_EQ(wrapped("see averylongwordthatcannotbreak now\n", 10),
            "see\n  averylongwordthatcannotbreak\n  now\n");
  EXPECT_EQ(wrapped("\x1b[31mred and more\x1b[0m words\n", 14), "\x1b[31mred and more\x1b[0m\n  words\n");
  EXPECT_EQ(wrapped("as wide as it likes to be\n", 0), "as wide as it likes to be\n");
}

TEST(Table, FitsATerminalByCuttingItsWidestColumns) {
  const test::ScopedEnv locale("LC_ALL", "C.UTF-8");
  const std::string wide(50, 'w');
  const std::string fitted =
      table_for(40, {{"a", wide, "12"}, {"b", "\x1b[1;31m" + wide + "\x1b[0m", "3"}}, {false, false, true});
  for (const std::string_view line : split_lines(fitted)) EXPECT_LE(display_width(printable(line)) - 10, 40);
  EXPECT_THAT(fitted, HasSubstr("…  12\n")) << "numbers stay whole";
  EXPECT_THAT(fitted, HasSubstr("…\x1b[0m   3\n")) << "a colour that begins ends";
  // Another column than the first may be the one that matters.
  const std::string second = table_for(30, {{wide, "waiting/command", "12"}}, {}, 1);
  EXPECT_THAT(second, HasSubstr("waiting/command"));
  EXPECT_LE(display_width(std::string(rtrim(second))), 30);
  EXPECT_THAT(table_for(0, {{wide}}), HasSubstr(wide));
  // Where all are narrow already, the last ones go: no line is wider than the terminal.
  const std::vector<std::string> many(10, "column");
  EXPECT_EQ(table_for(30, {many}), "column  column  column  column\n");
}

TEST(ForLocale, OurSignsAreAsciiWhereTheLocaleIsNotUtf8) {
  {
    const test::ScopedEnv all("LC_ALL", nullptr), type("LC_CTYPE", nullptr), lang("LANG", "C");
    EXPECT_EQ(for_locale("≥3s ▁█ long…"), ">=3s _# long~");
  }
  const test::ScopedEnv all("LC_ALL", nullptr), type("LC_CTYPE", "de_DE.utf8"), lang("LANG", "C");
  EXPECT_EQ(for_locale("≥3s"), "≥3s") << "LC_CTYPE goes before LANG";
}

// ---- saved screens --------------------------------------------------------------------------------------

TEST(ScreenFile, PlainTextIsTheScreen) {
  auto saved = parse_screen("just text\n{not json", {});
  ASSERT_TRUE(saved.has_value());
  EXPECT_EQ(saved->screen.text, "just text\n{not json");
  EXPECT_EQ(saved->truth.label, "");
}

TEST(ScreenFile, ReadsTheCorpusFields) {
  auto saved =
      parse_screen(R"({"label": "idle", "capture_text": "abc\n", "pane_title": "t", "cols": 80, "rows": "24",
      "alternate_on": "1", "cursor_x": 3, "cursor_y": 4, "cursor_flag": 0, "pane_dead": true, "pane_dead_status": "137",
      "process_tree": [{"depth": 0, "pid": 1, "comm": "bash", "args": "-bash"}, {"depth": 1, "pid": 2, "comm": "claude", "args": "claude"}]})",
                   {{"claude", {"claude"}, {}}});
  ASSERT_TRUE(saved.has_value());
  const Screen& s = saved->screen;
  EXPECT_EQ(saved->truth.label, "idle");
  EXPECT_EQ(s.text, "abc\n");
  EXPECT_EQ(s.width, 80);
  EXPECT_EQ(s.height, 24);
  EXPECT_TRUE(s.alternate);
  EXPECT_TRUE(s.dead);
  EXPECT_EQ(s.dead_status, 137);
  EXPECT_EQ(s.cursor_x, 3);
  EXPECT_EQ(s.cursor_visible, false);
  EXPECT_EQ(s.processes, ProcessEvidence::kAgent);
  EXPECT_EQ(s.agent_hint, "claude");
}

TEST(ScreenFile, OddFieldsDoNoHarm) {
  for (const char* content :
       {"", "{}", "{", R"({"capture_text": 5, "cols": "wide", "process_tree": "x"})",
        R"({"capture_text": "x", "process_tree": [1, null, {"pid": []}], "cursor_x": null})"}) {
    EXPECT_TRUE(parse_screen(content, {}).has_value()) << content;
  }
}

}  // namespace
}  // namespace orc::cli
