// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "ansi.h"
#include "hour_strip.h"
#include "remember.h"
#include "render.h"
#include "screen.h"
#include "support/temp_dir.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/tui/jump.h"
#include "view_model.h"

namespace orc::tui {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr std::int64_t kNow = 1'700'000'000'000;
constexpr std::int64_t kMinute = 60'000;

AgentStatus agent(PaneId id, const std::string& session, State state, std::int64_t since_s = 60) {
  AgentStatus a;
  a.pane.key = {7, id};
  a.pane.server_name = "default";
  a.pane.session = session;
  a.pane.window_index = static_cast<int>(id);
  a.pane.window_name = "work";
  a.pane.facts.title = "title " + std::to_string(id);
  a.verdict.agent = id % 2 == 0 ? "claude" : "codex";
  a.verdict.state = state;
  if (state == State::kWaiting) a.verdict.detail = "command";
  if (state == State::kWorking) a.verdict.detail = "tool";
  a.since_ms = kNow - since_s * 1000;
  a.since_exact = true;
  return a;
}

std::shared_ptr<const Snapshot> snapshot(std::vector<AgentStatus> agents, bool reachable = true) {
  auto s = std::make_shared<Snapshot>();
  s->at_ms = kNow;
  s->servers.push_back({"default", "native", "3.3a", "", reachable, 0, 7});
  for (const AgentStatus& a : agents) ++s->counts[a.verdict.state];
  s->agents = std::move(agents);
  return s;
}

std::vector<AgentStatus> mixed() {
  return {agent(1, "api", State::kIdle),    agent(2, "api", State::kWaiting, 30),
          agent(3, "web", State::kWorking), agent(4, "web", State::kIdle),
          agent(5, "db", State::kError),    agent(6, "db", State::kWaiting, 300),
          agent(7, "web", State::kIdle),    agent(8, "db", State::kWorking)};
}

ViewModel model_of(std::vector<AgentStatus> agents, Form form = Form::kFull, Remembered remembered = {}) {
  ViewModel m(form, std::move(remembered));
  m.tick(kNow);
  m.resize(80, 24);
  m.take(snapshot(std::move(agents)));
  return m;
}

Key key(char32_t c) { return {Key::kChar, c}; }
void type(ViewModel& m, std::u32string_view text) {
  for (const char32_t c : text) m.press(key(c));
}

// "%6 %2 %5 (3 idle) %8 %3"
std::string rows_text(const ViewModel& m) {
  std::string out;
  for (const Row& r : m.rows()) {
    out += out.empty() ? "" : " ";
    if (r.kind == Row::kAgent) out += "%" + std::to_string(m.agents()[r.agent].pane.key.pane);
    if (r.kind == Row::kIdle) out += "(" + std::to_string(r.count) + " idle)";
    if (r.kind == Row::kGroup) out += "[" + r.group + "]";
  }
  return out;
}

PaneId selected(const ViewModel& m) {
  return m.selected_agent() == nullptr ? 0 : m.selected_agent()->pane.key.pane;
}

// ---- rows -----------------------------------------------------------------------------------------------

TEST(ViewModel, WhoNeedsAPersonComesFirstAndLongestWaitFirst) {
  EXPECT_EQ(rows_text(model_of(mixed())), "%6 %2 %5 (3 idle) %8 %3");
}

TEST(Render, WhatIsAskedStandsInTheRowAndOverThePreview) {
  auto agents = mixed();
  agents[5].verdict.asks = Ask{"command", "Do you want to proceed?", "rm -rf build", {{"1", "Yes"}}, 0, 7};
  for (const bool preview : {true, false}) {
    Remembered remembered;
    remembered.preview = preview;
    ViewModel m = model_of(agents, Form::kFull, remembered);
    m.resize(160, 45);
    const std::string text = render(m, {}).text();
    EXPECT_THAT(text, HasSubstr("run `rm -rf build`?"));
    EXPECT_THAT(text, Not(HasSubstr("title 6")));
    type(m, U"/rm -rf");
    EXPECT_EQ(m.rows().size(), 1u);
  }
}

TEST(Render, ModelAndContextStandWhereThereIsRoom) {
  auto agents = mixed();
  Remembered remembered;
  remembered.preview = false;
  const auto text_at = [&](int width) {
    ViewModel m = model_of(agents, Form::kFull, remembered);
    m.resize(width, 30);
    return render(m, {}).text();
  };
  EXPECT_THAT(text_at(160), Not(HasSubstr("CTX"))) << "nobody says it";
  agents[5].about.model = "opus-5";
  agents[5].usage.emplace().context_percent = 41.6;
  EXPECT_THAT(text_at(160), AllOf(HasSubstr(" 42% "), HasSubstr("opus-5"), HasSubstr("title 6")));
  EXPECT_THAT(text_at(110), AllOf(HasSubstr(" 42% "), Not(HasSubstr("opus-5"))));
  EXPECT_THAT(text_at(90), Not(HasSubstr("42%")));
}

TEST(ViewModel, IdleOnesUnfoldByKeyAndByEnter) {
  ViewModel m = model_of(mixed());
  m.press(key('i'));
  EXPECT_EQ(rows_text(m), "%6 %2 %5 %1 %4 %7 %8 %3");
  m.press(key('i'));
  for (int i = 0; i < 3; ++i) m.press({Key::kDown});
  m.press({Key::kEnter});
  EXPECT_EQ(rows_text(m), "%6 %2 %5 %1 %4 %7 %8 %3");
}

TEST(ViewModel, ASingleIdleOneIsARowOfItsOwn) {
  EXPECT_EQ(rows_text(model_of({agent(1, "a", State::kIdle), agent(2, "a", State::kWorking)})), "%1 %2");
}

TEST(ViewModel, TheSelectedOneDoesNotFoldAway) {
  ViewModel m = model_of(mixed());
  m.press({Key::kEnd});
  EXPECT_EQ(selected(m), 3u);
  auto agents = mixed();
  agents[2].verdict.state = State::kIdle;
  m.take(snapshot(agents));
  EXPECT_EQ(selected(m), 3u);
  EXPECT_THAT(rows_text(m), HasSubstr("%3"));
  m.press({Key::kHome});
  EXPECT_EQ(rows_text(m), "%6 %2 %5 (4 idle) %8");
}

TEST(ViewModel, GroupsStandInTheOrderOfTheirNeed) {
  ViewModel m = model_of(mixed());
  m.press(key('g'));
  EXPECT_EQ(rows_text(m), "[db] %6 %5 %8 [api] %2 %1 [web] (2 idle) %3");
  m.press({Key::kHome});
  m.press({Key::kLeft});
  EXPECT_EQ(rows_text(m), "[db] [api] %2 %1 [web] (2 idle) %3");
  m.press({Key::kRight});
  m.press({Key::kEnter});
  EXPECT_EQ(rows_text(m), "[db] [api] %2 %1 [web] (2 idle) %3");
  EXPECT_THAT(m.remembered().folded, ElementsAre("db"));
}

TEST(ViewModel, GroupsByProjectOverSessions) {
  auto agents = mixed();
  for (AgentStatus& a : agents)
    if (a.pane.session != "web") a.about.project = "shop";
  ViewModel m = model_of(agents);
  m.press(key('g'));
  m.press(key('g'));
  EXPECT_EQ(rows_text(m), "[shop] %6 %2 %5 %1 %8 [no project] (2 idle) %3");
  m.press(key('g'));
  EXPECT_THAT(rows_text(m), HasSubstr("[default]"));
  m.press(key('g'));
  EXPECT_THAT(rows_text(m), Not(HasSubstr("[")));
}

TEST(ViewModel, LeftOnAnAgentFoldsItsGroup) {
  ViewModel m = model_of(mixed());
  m.press(key('g'));
  m.press({Key::kHome});
  m.press({Key::kDown});
  m.press({Key::kLeft});
  EXPECT_EQ(rows_text(m), "[db] [api] %2 %1 [web] (2 idle) %3");
  EXPECT_EQ(m.rows()[m.selected()].group, "db");
}

TEST(ViewModel, SortsByPlaceAndAgent) {
  Remembered r;
  r.idle_folded = false;
  ViewModel m = model_of(mixed(), Form::kFull, r);
  m.press(key('s'));
  m.press(key('s'));
  EXPECT_EQ(m.remembered().sorting, Sorting::kPlace);
  EXPECT_EQ(rows_text(m), "%1 %2 %5 %6 %8 %3 %4 %7");
  m.press(key('s'));
  EXPECT_EQ(rows_text(m), "%2 %6 %8 %4 %1 %5 %3 %7");
}

// ---- selection ------------------------------------------------------------------------------------------

TEST(ViewModel, TheSelectionSticksToItsPane) {
  ViewModel m = model_of(mixed());
  m.press({Key::kDown});
  ASSERT_EQ(selected(m), 2u);
  auto agents = mixed();
  agents[1].verdict.state = State::kWorking;
  m.take(snapshot(agents));
  EXPECT_EQ(selected(m), 2u);
  EXPECT_EQ(rows_text(m), "%6 %5 (3 idle) %2 %8 %3");
}

TEST(ViewModel, UntilAPersonMovesTheFirstRowIsSelected) {
  ViewModel m = model_of({agent(3, "a", State::kWorking)});
  m.take(snapshot({agent(3, "a", State::kWorking), agent(4, "a", State::kWaiting)}));
  EXPECT_EQ(selected(m), 4u);
}

TEST(ViewModel, AGonePanesPlaceIsTakenByTheNext) {
  ViewModel m = model_of(mixed());
  m.press({Key::kDown});
  auto agents = mixed();
  agents.erase(agents.begin() + 1);
  m.take(snapshot(agents));
  EXPECT_EQ(selected(m), 5u);
  m.take(snapshot({}));
  EXPECT_EQ(m.selected_agent(), nullptr);
  m.press({Key::kDown});
  m.press(key('n'));
  m.press({Key::kEnter});
  m.press({Key::kLeft});
  m.take(snapshot(agents));
  EXPECT_NE(m.selected_agent(), nullptr);
}

TEST(ViewModel, NextInNeedGoesRound) {
  ViewModel m = model_of(mixed());
  std::vector<PaneId> seen;
  for (int i = 0; i < 4; ++i) {
    m.press(key('n'));
    seen.push_back(selected(m));
  }
  EXPECT_THAT(seen, ElementsAre(2u, 5u, 6u, 2u));
  m.press(key('N'));
  EXPECT_EQ(selected(m), 6u);
  ViewModel calm = model_of({agent(3, "a", State::kWorking)});
  calm.press(key('n'));
  EXPECT_EQ(calm.message(), "nobody needs you");
}

TEST(ViewModel, TheSelectedRowIsAlwaysOnTheScreen) {
  std::vector<AgentStatus> many;
  for (PaneId i = 1; i <= 1000; ++i) many.push_back(agent(i, "s", State::kWorking));
  ViewModel m = model_of(many);
  const auto visible = [&] {
    return m.selected() >= m.top() &&
           m.selected() < m.top() + static_cast<std::size_t>(m.layout().list.height);
  };
  for (const Key::Code code : {Key::kEnd, Key::kPageUp, Key::kUp, Key::kHome, Key::kPageDown, Key::kDown}) {
    m.press({code});
    EXPECT_TRUE(visible()) << code;
  }
  for (const auto& [w, h] : {std::pair{60, 20}, {250, 70}, {20, 3}, {1, 1}, {80, 24}}) {
    m.resize(w, h);
    EXPECT_TRUE(visible() || m.layout().list.height == 0) << w << "x" << h;
    render(m, {});
  }
  m.press({Key::kEnd});
  m.take(snapshot({agent(1, "s", State::kWorking)}));
  EXPECT_TRUE(visible());
}

// ---- filter ---------------------------------------------------------------------------------------------

TEST(ViewModel, TheFilterWantsAllWordsAndUnfolds) {
  ViewModel m = model_of(mixed());
  type(m, U"/WEB idle");
  EXPECT_TRUE(m.typing());
  EXPECT_EQ(rows_text(m), "%4 %7");
  m.press({Key::kEnter});
  EXPECT_FALSE(m.typing());
  EXPECT_EQ(rows_text(m), "%4 %7");
  m.press({Key::kEscape});
  EXPECT_EQ(m.remembered().filter, "");
}

TEST(ViewModel, EscapeWhileTypingBringsBackWhatWasThere) {
  ViewModel m = model_of(mixed());
  type(m, U"/db");
  m.press({Key::kEnter});
  type(m, U"/é");
  m.press({Key::kBackspace});
  EXPECT_EQ(m.remembered().filter, "db");
  type(m, U"xyz");
  EXPECT_THAT(rows_text(m), IsEmpty());
  m.press({Key::kEscape});
  EXPECT_EQ(m.remembered().filter, "db");
}

TEST(ViewModel, KeysAreLettersWhileTyping) {
  ViewModel m = model_of(mixed());
  EXPECT_THAT(m.press(key('/')), IsEmpty());
  EXPECT_THAT(m.press(key('q')), IsEmpty());
  EXPECT_EQ(m.remembered().filter, "q");
  EXPECT_EQ(m.press({Key::kInterrupt}).front().kind, Effect::kQuit);
}

// ---- effects --------------------------------------------------------------------------------------------

TEST(ViewModel, KeysAskForTheSelectedPane) {
  ViewModel m = model_of(mixed());
  const std::pair<Key, Effect::Kind> cases[] = {{{Key::kEnter}, Effect::kJump},
                                                {key('e'), Effect::kExplain},
                                                {key('m'), Effect::kMute},
                                                {key('r'), Effect::kRecord}};
  for (const auto& [k, kind] : cases) {
    const auto effects = m.press(k);
    ASSERT_THAT(effects, SizeIs(1));
    EXPECT_EQ(effects[0].kind, kind);
    EXPECT_EQ(effects[0].pane.key.pane, 6u);
  }
  EXPECT_EQ(m.press(key('q')).front().kind, Effect::kQuit);
}

TEST(ViewModel, OnAFoldedRowThereIsNothingToAskFor) {
  ViewModel m = model_of({agent(1, "a", State::kIdle), agent(2, "a", State::kIdle)});
  EXPECT_THAT(m.press(key('e')), IsEmpty());
  EXPECT_EQ(m.message(), "no agent is selected");
}

TEST(ViewModel, ClicksSelectAndASecondOneJumps) {
  ViewModel m = model_of(mixed());
  const int y = m.layout().list.y;
  EXPECT_THAT(m.press({Key::kClick, 0, 5, y + 1}), IsEmpty());
  EXPECT_EQ(selected(m), 2u);
  EXPECT_EQ(m.press({Key::kDoubleClick, 0, 5, y + 2}).front().pane.key.pane, 5u);
  m.press({Key::kClick, 0, 5, y + 3});
  EXPECT_THAT(rows_text(m), Not(HasSubstr("idle")));
  EXPECT_THAT(m.press({Key::kClick, 0, 5, 0}), IsEmpty());
  EXPECT_THAT(m.press({Key::kClick, 0, 500, 500}), IsEmpty());
}

TEST(ViewModel, AnOverlayTakesTheKeysAndAnyOtherClosesIt) {
  ViewModel m = model_of(mixed());
  m.press(key('?'));
  ASSERT_TRUE(m.overlay());
  m.press({Key::kDown});
  EXPECT_EQ(m.overlay()->top, 1);
  m.press({Key::kUp});
  m.press({Key::kUp});
  EXPECT_EQ(m.overlay()->top, 0);
  EXPECT_THAT(m.press(key('q')), IsEmpty());
  EXPECT_FALSE(m.overlay());
}

TEST(ViewModel, AMessageEndsAfterAWhile) {
  ViewModel m = model_of(mixed());
  m.say("done");
  m.tick(kNow + 1000);
  EXPECT_EQ(m.message(), "done");
  m.tick(kNow + 6000);
  EXPECT_EQ(m.message(), "");
}

TEST(ViewModel, ChangesAreKeptInTheOrderOfTheirTime) {
  ViewModel m = model_of(mixed());
  Transition t;
  t.pane = mixed()[0].pane;
  std::vector<std::int64_t> times;
  for (const std::int64_t at : {kNow - 10, kNow - 30, kNow - 20}) {
    t.at_ms = at;
    m.take_changes({t});
  }
  for (const Transition& c : m.changes()) times.push_back(c.at_ms);
  EXPECT_THAT(times, ElementsAre(kNow - 30, kNow - 20, kNow - 10));
  for (int i = 0; i < 1000; ++i) m.take_changes({t});
  EXPECT_LE(m.changes().size(), 200u);
}

// ---- the last hour --------------------------------------------------------------------------------------

TEST(HourStrip, EachPieceShowsWhatLastedLongest) {
  HourStrip s;
  s.note(kNow - 30 * kMinute, State::kWorking, kNow);
  s.note(kNow - 8 * kMinute, State::kWaiting, kNow);
  s.note(kNow - 1 * kMinute, State::kIdle, kNow);
  const auto p = s.pieces(kNow, 12);
  ASSERT_THAT(p, SizeIs(12));
  EXPECT_EQ(p[5], std::nullopt);
  EXPECT_EQ(p[6], State::kWorking);
  EXPECT_EQ(p[10], State::kWaiting);
  EXPECT_EQ(p[11], State::kWaiting);
}

TEST(HourStrip, NewsInAnyOrderAndWithoutBound) {
  HourStrip s;
  s.note(kNow - 10 * kMinute, State::kWaiting, kNow);
  s.note(kNow - 40 * kMinute, State::kWorking, kNow);
  EXPECT_EQ(s.pieces(kNow, 6)[2], State::kWorking);
  EXPECT_EQ(s.pieces(kNow, 6)[5], State::kWaiting);
  for (int i = 0; i < 100'000; ++i) s.note(kNow + i, i % 2 == 0 ? State::kIdle : State::kWorking, kNow + i);
  EXPECT_EQ(s.pieces(kNow + 100'000, 6)[2], std::nullopt);
  EXPECT_THAT(s.pieces(kNow, 0), IsEmpty());
}

// ---- cells ----------------------------------------------------------------------------------------------

TEST(Ansi, ColoursAndAttributesAreRead) {
  const auto rows =
      parse_ansi("a\x1b[1;31mb\x1b[0;38;5;200;48;2;1;2;3mc\x1b[39;49md\n\x1b[38:2::9:8:7;4:3me\x1b[4:0mf\n");
  ASSERT_THAT(rows, SizeIs(2));
  ASSERT_THAT(rows[0], SizeIs(4));
  EXPECT_EQ(rows[0][0].style, Style{});
  EXPECT_EQ(rows[0][1].style, (Style{1, -1, kBold}));
  EXPECT_EQ(rows[0][2].style, (Style{200, kRgb | 0x010203, 0}));
  EXPECT_EQ(rows[0][3].style, Style{});
  EXPECT_EQ(rows[1][0].style, (Style{kRgb | 0x090807, -1, kUnderline}));
  EXPECT_EQ(rows[1][1].style.attributes, 0);
}

TEST(Ansi, AStyleGoesOnOverLines) {
  const auto rows = parse_ansi("\x1b[7ma\nb");
  EXPECT_EQ(rows[1][0].style.attributes, kReverse);
}

TEST(Ansi, LineDrawingIsTranslated) {
  EXPECT_EQ(parse_ansi("\x0elqk\x0fq")[0][0].ch, U'┌');
  EXPECT_EQ(parse_ansi("\x0elqk\x0fq")[0][3].ch, U'q');
}

TEST(Ansi, EverythingElseIsDropped) {
  const auto text = [](std::string_view in) {
    std::string out;
    for (const auto& row : parse_ansi(in)) {
      for (const Cell& c : row) out += c.width == 0 ? "" : utf8_of(c.ch);
      out += "|";
    }
    return out;
  };
  EXPECT_EQ(text("a\x1b]8;;http://x\x1b\\b\x1b]0;t\ac"), "abc|");
  EXPECT_EQ(text("a\x1b[2J\x1b[5;5Hb\x1b(Bc"), "abc|");
  EXPECT_EQ(text("a\xC2\x9B"
                 "31mb"),
            "a31mb|");
  EXPECT_EQ(text("x\x1b]never ended\ny"), "x|y|");
  EXPECT_EQ(text("x\x1b"), "x|");
  EXPECT_EQ(text("x\x1b[38;5"), "x|");
  EXPECT_EQ(text("\xff\xfe"), "\xEF\xBF\xBD\xEF\xBF\xBD|");
  EXPECT_EQ(text("a\u202eb\x07\x01"), "ab|");
  EXPECT_EQ(text(std::string(100, '\x1b')), "");
  EXPECT_EQ(text("\x1b[" + std::string(1000, ';') + "mz"), "z|");
}

TEST(Ansi, WideAndCombiningCharacters) {
  const auto row = parse_ansi("日e\u0301")[0];
  ASSERT_THAT(row, SizeIs(3));
  EXPECT_EQ(row[0].width, 2);
  EXPECT_EQ(row[1].width, 0);
  EXPECT_EQ(row[2].mark, U'\u0301');
}

TEST(Grid, WideCharactersAreNeverHalved) {
  Grid g(5, 1);
  EXPECT_EQ(g.put(0, 0, "日本語", {}), 4);
  EXPECT_EQ(g.text(), "日本\n");
  g.put(1, 0, "x", {});
  EXPECT_EQ(g.text(), " x本\n");
  g.put(2, 0, "y", {});
  EXPECT_EQ(g.text(), " xy\n");
  g.put(-1, 0, "ab", {});
  EXPECT_EQ(g.text(), "bxy\n");
  g.put(0, 7, "out", {});
  EXPECT_EQ(g.put(0, 0, "\x1b[31mz\x07", {}), 5);
  EXPECT_EQ(g.text(), "[31mz\n");
}

TEST(Palette, TheNearestOf256) {
  EXPECT_EQ(nearest_of_256(0xff0000), 196);
  EXPECT_EQ(nearest_of_256(0x000000), 16);
  EXPECT_EQ(nearest_of_256(0x808080), 244);
  for (int i = 16; i < 256; ++i) EXPECT_EQ(rgb_of_256(nearest_of_256(rgb_of_256(i))), rgb_of_256(i)) << i;
}

// ---- what is drawn --------------------------------------------------------------------------------------

ViewModel busy_model(int width, int height) {
  auto agents = mixed();
  agents[1].pane.window_name = "端末の名前";
  agents[1].pane.facts.title = "日本語のタイトル \u202e evil \x1b]0;x\a";
  agents[5].since_exact = false;
  agents[2].pane.role = Role::kPm;
  agents.push_back(agent(9, "limits", State::kRateLimited));
  agents.back().resets_at_ms = kNow + 3600'000;
  ViewModel m(Form::kFull);
  m.tick(kNow);
  m.resize(width, height);
  m.set_source("monitor blue");
  m.take(snapshot(agents));
  m.set_muted({{7, 5}});
  Preview p;
  p.pane = {7, 6};
  p.rows = parse_ansi("above\n\x1b[32m● Running\x1b[0m\n日本 wide\n╭─────╮\n│ Yes │\n╰─────╯\n\n\n");
  m.take_preview(std::move(p));
  Transition t;
  t.at_ms = kNow - 5000;
  t.pane = agents[1].pane;
  t.from = agents[2].verdict;
  t.to = agents[1].verdict;
  m.take_changes({t});
  t.gone = true;
  m.take_changes({t});
  return m;
}

// What is drawn is compared with a file; ORC_UPDATE_GOLDENS=1 writes it anew.
void expect_golden(const std::string& name, const std::string& text) {
  const std::filesystem::path file = std::filesystem::path(ORC_GOLDENS) / (name + ".txt");
  if (std::getenv("ORC_UPDATE_GOLDENS") != nullptr) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  std::ifstream in(file);
  std::stringstream stored;
  stored << in.rdbuf();
  EXPECT_EQ(text, stored.str()) << name;
}

class Goldens : public testing::Test {
 protected:
  void SetUp() override {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
  }
};

TEST_F(Goldens, EverySize) {
  for (const auto& [w, h] : {std::pair{60, 20}, {80, 24}, {100, 30}, {120, 40}, {160, 45}, {250, 70}}) {
    const Grid g = render(busy_model(w, h), {});
    ASSERT_EQ(g.width(), w);
    expect_golden(fmt::format("cockpit_{}x{}", w, h), g.text());
  }
}

TEST_F(Goldens, AsciiAndGroups) {
  ViewModel m = busy_model(100, 30);
  m.press(key('g'));
  const Grid g = render(m, {true, false});
  for (const char c : g.text()) ASSERT_LT(static_cast<unsigned char>(c), 0x80);
  expect_golden("cockpit_ascii_groups", g.text());
}

// What `tmux-orc answer %6 --json` prints of a dialog.
nlohmann::ordered_json question(const char* id = "00000000000000ab") {
  return nlohmann::ordered_json::parse(fmt::format(
      R"({{"agent": "claude", "answerable": true, "takes_text": false, "why": "", "asks": {{"kind": "command",
          "title": "Do you want to proceed?", "subject": "make all\nand more", "selected": 0, "id": "{}", "line": "",
          "options": [{{"key": "1", "text": "Yes"}}, {{"key": "2", "text": "Yes, always"}}, {{"key": "", "text": "No"}}]}}}})",
      id));
}

TEST_F(Goldens, AnswerForm) {
  ViewModel m = busy_model(100, 30);
  m.show(*AnswerForm::of(m.selected_agent()->pane, question(), kNow));
  expect_golden("cockpit_answer", render(m, {}).text());
}

TEST(AnswerForms, AKeyOrThePointerAnswersAndEscapeDoesNot) {
  ViewModel m = busy_model(100, 30);
  const PaneRef pane = m.selected_agent()->pane;
  EXPECT_EQ(m.press(key('a')).at(0).kind, Effect::kAsk);
  const auto open = [&] { m.show(*AnswerForm::of(pane, question(), kNow)); };
  const auto given = [&](const Key& k) {
    const auto effects = m.press(k);
    return effects.empty() || effects[0].kind != Effect::kAnswer ? Given{} : effects[0].given;
  };
  open();
  EXPECT_EQ(given(key('2')), (Given{0xab, "2"}));
  EXPECT_FALSE(m.answer_form());
  open();
  EXPECT_EQ(given(key('9')), Given{});
  EXPECT_EQ(given({Key::kDown, 0, 0, 0}), Given{});
  EXPECT_EQ(given(key('j')), Given{});
  EXPECT_EQ(given({Key::kEnter, 0, 0, 0}), (Given{0xab, "No"}))
      << "an option without a key is named by its text";
  open();
  EXPECT_EQ(given({Key::kEscape, 0, 0, 0}), Given{});
  EXPECT_FALSE(m.answer_form());
  // A person who went on is not stopped by a form that comes late.
  m.press({Key::kEnd, 0, 0, 0});
  open();
  EXPECT_FALSE(m.answer_form());
}

TEST(AnswerForms, WhatIsGoneIsNotAnswered) {
  ViewModel m(Form::kFull);
  m.tick(kNow);
  m.resize(100, 30);
  const auto asking = [](std::uint64_t id, State state) {
    AgentStatus a = agent(6, "asks", state);
    a.verdict.asks = Ask{};
    a.verdict.asks->id = id;
    return snapshot({a});
  };
  const auto later = [](const std::shared_ptr<const Snapshot>& s) {
    auto copy = std::make_shared<Snapshot>(*s);
    copy->at_ms = kNow + 1000;
    return copy;
  };
  m.take(asking(0xab, State::kWaiting));
  const auto open = [&] { m.show(*AnswerForm::of(m.selected_agent()->pane, question(), kNow)); };
  open();
  m.take(later(asking(0xab, State::kWaiting)));
  EXPECT_TRUE(m.answer_form());
  m.take(asking(0xcd, State::kWaiting));
  EXPECT_TRUE(m.answer_form()) << "older than the form";
  m.take(later(asking(0xcd, State::kWaiting)));
  EXPECT_FALSE(m.answer_form());
  open();
  m.take(later(asking(0xab, State::kWorking)));
  EXPECT_FALSE(m.answer_form());
}

TEST(AnswerForms, ATextForAnIdleAgentAndWhyThereIsNone) {
  PaneRef pane;
  auto j = question();
  j["answerable"] = false;
  j["why"] = "the agent is working";
  EXPECT_EQ(AnswerForm::of(pane, j, kNow).error().message, "the agent is working");
  EXPECT_FALSE(AnswerForm::of(pane, nlohmann::ordered_json::object(), kNow));
  j["takes_text"] = true;
  auto form = AnswerForm::of(pane, j, kNow);
  ASSERT_TRUE(form);
  for (const char32_t c : std::u32string(U"go ö!"))
    EXPECT_EQ(form->press(key(c)), AnswerForm::Outcome::kStays);
  form->press({Key::kBackspace, 0, 0, 0});
  form->press({Key::kBackspace, 0, 0, 0});
  EXPECT_EQ(form->press({Key::kEnter, 0, 0, 0}), AnswerForm::Outcome::kGiven);
  EXPECT_EQ(form->given(), (Given{0, "go "}));
}

TEST_F(Goldens, Help) {
  ViewModel m = busy_model(80, 30);
  m.press(key('?'));
  expect_golden("cockpit_help", render(m, {}).text());
}

TEST_F(Goldens, Sidebar) {
  ViewModel m = model_of(mixed(), Form::kSidebar);
  m.resize(28, 20);
  expect_golden("cockpit_sidebar", render(m, {}).text());
}

TEST_F(Goldens, NobodyIsThereAndWhy) {
  ViewModel m(Form::kFull);
  m.tick(kNow);
  m.resize(80, 24);
  EXPECT_THAT(render(m, {}).text(), HasSubstr("looking"));
  m.take(snapshot({}));
  EXPECT_THAT(render(m, {}).text(), HasSubstr("no agent is seen"));
  auto lost = std::make_shared<Snapshot>(*snapshot({}, false));
  lost->servers[0].note = "no tmux server at /tmp/x";
  m.take(lost);
  EXPECT_THAT(render(m, {}).text(), HasSubstr("no tmux server at /tmp/x"));
  ViewModel filtered = model_of(mixed());
  type(filtered, U"/nothing");
  EXPECT_THAT(render(filtered, {}).text(), HasSubstr("no agent matches"));
}

TEST(Render, WithoutColourNothingHasOne) {
  ViewModel m = busy_model(120, 40);
  const Grid g = render(m, {false, false});
  for (int y = 0; y < g.height(); ++y) {
    for (int x = 0; x < g.width(); ++x) {
      EXPECT_EQ(g.at(x, y).style.fg, -1);
      EXPECT_EQ(g.at(x, y).style.bg, -1);
    }
  }
}

TEST(Render, NoControlCharacterReachesTheScreen) {
  ViewModel m = busy_model(160, 45);
  Preview p;
  p.pane = {7, 6};
  std::string evil;
  for (int i = 0; i < 0x120; ++i) evil += utf8_of(static_cast<char32_t>(i)) + "\x1b";
  p.rows = parse_ansi(evil + "\u202e\u200b\ufeff");
  m.take_preview(std::move(p));
  const Grid g = render(m, {});
  for (int y = 0; y < g.height(); ++y) {
    for (int x = 0; x < g.width(); ++x) {
      const std::string ch = utf8_of(g.at(x, y).ch);
      EXPECT_EQ(printable(ch), ch);
    }
  }
}

TEST(Render, EverySizeIsDrawnWithoutAGap) {
  ViewModel m = busy_model(80, 24);
  m.press(key('?'));
  for (int w = 1; w <= 170; w += 13) {
    for (int h = 1; h <= 50; h += 7) {
      m.resize(w, h);
      const Grid g = render(m, {});
      EXPECT_EQ(g.width(), w);
      for (int y = 0; y < h; ++y) {
        int columns = 0;
        for (int x = 0; x < w; ++x) columns += g.at(x, y).width;
        EXPECT_EQ(columns, w) << w << "x" << h << " row " << y;
      }
    }
  }
}

TEST(Render, OldFiguresSaySo) {
  ViewModel m = busy_model(120, 40);
  EXPECT_THAT(render(m, {}).text(), Not(HasSubstr("old")));
  m.tick(kNow + 60'000);
  EXPECT_THAT(render(m, {}).text(), HasSubstr("monitor blue 1m00s old"));
}

// ---- what is remembered ---------------------------------------------------------------------------------

TEST(Remember, ComesBackAsItWas) {
  const test::TempDir dir;
  Remembered r;
  r.grouping = Grouping::kServer;
  r.sorting = Sorting::kAgent;
  r.filter = "web";
  r.folded = {"a", "b:c"};
  r.idle_folded = false;
  r.preview = false;
  const std::string file = dir.path() + "/cockpit.json";
  ASSERT_TRUE(save_remembered(file, r));
  EXPECT_EQ(load_remembered(file), r);
}

TEST(Remember, RubbishGivesTheDefaults) {
  const test::TempDir dir;
  EXPECT_EQ(load_remembered(dir.path() + "/none"), Remembered{});
  for (const char* text : {"", "[]", "{\"filter\": 3}", "{\"folded\": \"x\"}", "{\"group\": \"moon\"}"})
    EXPECT_EQ(load_remembered(dir.write("f", text)), Remembered{}) << text;
}

// ---- jumps ----------------------------------------------------------------------------------------------

TEST(Jump, TheSeatIsReadFromTheEnvironment) {
  ::setenv("TMUX", "/tmp/a,b/default,123,4", 1);
  EXPECT_EQ(own_seat("").socket, "/tmp/a,b/default");
  EXPECT_EQ(own_seat("").session, "$4");
  ::setenv("TMUX", "rubbish", 1);
  EXPECT_EQ(own_seat("").socket, "");
  ::unsetenv("TMUX");
  EXPECT_EQ(own_seat("/dev/pts/3").client, "/dev/pts/3");
}

TEST(Jump, APaneOnAnotherServerSaysWhatToDo) {
  const auto done = jump_to({"other", "/tmp/other"}, "tmux", 5, {"/tmp/mine", "$1", ""});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(done.error().message, HasSubstr("tmux -S /tmp/other attach -t %5"));
}

}  // namespace
}  // namespace orc::tui
