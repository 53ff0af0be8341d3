// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tmux_orc/discover/discover.h"

namespace orc {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const std::string kNonce = "0123456789abcdef";
const std::string kHeader = kNonce + "4321 1700000000 1700000009 3.3a" + kNonce + "\n";
const std::string kEnd = kNonce + "." + kNonce + "\n";

// What tmux writes for one pane with listing_format(), spelled out here so that a change of either side
// shows.
struct Line {
  int pane = 1;
  std::string numbers = "@2 300 80 24 1700000100 50 3 4 1 0 1 0";
  std::string session = "main", window = "claude", option = "", title = "a title";
};

std::string with_names(const Line& l) {
  return kNonce + "%" + std::to_string(l.pane) + " " + l.numbers + " 6 7 $8" + kNonce + l.session + kNonce +
         l.window + kNonce + l.option + kNonce + l.title + kNonce + kNonce + "\n";
}

std::string without_names(const Line& l) {
  return kNonce + "%" + std::to_string(l.pane) + " " + l.numbers + kNonce + l.title + kNonce + kNonce + "\n";
}

std::vector<PaneId> ids(const ParsedListing& parsed) {
  std::vector<PaneId> out;
  for (const PaneRef& p : parsed.panes) out.push_back(p.key.pane);
  return out;
}

TEST(ParseListing, APulsesLinesBesideThoseOfPanesThatRide) {
  const auto parsed =
      parse_listing(kHeader + "01234567n%1 1700000100 0 1\n01234567n%2 1700000101\n01234567n%3 5 1 0\n" +
                        "01234567n%1 1700000100 0 1\nevil 01234567n%9 1 0\n01234567n%x 5 0\n" +
                        without_names({.pane = 2}) + kNonce + "   " + kNonce + kNonce + kNonce + "\n" + kEnd,
                    kNonce, false);
  ASSERT_TRUE(parsed.complete);
  ASSERT_THAT(parsed.narrow, SizeIs(3)) << "a linked window's pane comes twice";
  EXPECT_EQ(parsed.narrow[0].pane, 1u);
  EXPECT_EQ(parsed.narrow[0].activity_s, 1700000100);
  EXPECT_EQ(parsed.narrow[0].dead, false);
  EXPECT_EQ(parsed.narrow[0].in_mode, true);
  EXPECT_EQ(parsed.narrow[1].dead, std::nullopt) << "not asked";
  EXPECT_EQ(parsed.narrow[1].in_mode, std::nullopt);
  EXPECT_EQ(parsed.narrow[2].dead, true);
  EXPECT_THAT(ids(parsed), ElementsAre(2)) << "one that is gone meanwhile has no numbers";
  EXPECT_EQ(parsed.strays, 1u);
  EXPECT_EQ(parsed.skipped, 1u);
}

TEST(ParseListing, ReadsEveryField) {
  const auto parsed =
      parse_listing(kHeader + with_names({.pane = 12, .option = "codex"}) + kEnd, kNonce, true);
  ASSERT_TRUE(parsed.complete);
  EXPECT_EQ(parsed.server_pid, 4321);
  EXPECT_EQ(parsed.start_time, 1700000000);
  EXPECT_EQ(parsed.now_s, 1700000009);
  EXPECT_EQ(parsed.version, "3.3a");
  EXPECT_EQ(parsed.skipped, 0u);
  ASSERT_THAT(parsed.panes, SizeIs(1));
  const PaneRef& p = parsed.panes[0];
  EXPECT_EQ(p.key.pane, 12u);
  EXPECT_EQ(p.facts.window, 2u);
  EXPECT_EQ(p.facts.pid, 300);
  EXPECT_EQ(p.facts.width, 80);
  EXPECT_EQ(p.facts.height, 24);
  EXPECT_EQ(p.facts.activity_s, 1700000100);
  EXPECT_EQ(p.facts.history, 50);
  EXPECT_EQ(p.facts.cursor_x, 3);
  EXPECT_EQ(p.facts.cursor_y, 4);
  EXPECT_TRUE(p.facts.cursor_visible);
  EXPECT_FALSE(p.facts.alternate);
  EXPECT_FALSE(p.facts.dead);
  EXPECT_TRUE(p.in_mode);
  EXPECT_EQ(p.facts.title, "a title");
  EXPECT_EQ(p.session, "main");
  EXPECT_EQ(p.window_name, "claude");
  EXPECT_EQ(p.window_index, 6);
  EXPECT_EQ(p.pane_index, 7);
  EXPECT_EQ(p.session_id, 8);
  EXPECT_EQ(p.agent_option, "codex");
  EXPECT_EQ(p.target(), "main:6.7");
}

TEST(ParseListing, WithoutNamesOnlyTheTitleIsText) {
  const auto parsed = parse_listing(
      kHeader + without_names({.pane = 3}) + without_names({.pane = 4, .title = ""}) + kEnd, kNonce, false);
  ASSERT_TRUE(parsed.complete);
  EXPECT_THAT(ids(parsed), ElementsAre(3, 4));
  EXPECT_EQ(parsed.panes[0].facts.title, "a title");
  EXPECT_EQ(parsed.panes[0].session, "");
  EXPECT_EQ(parsed.panes[1].facts.title, "");
}

TEST(ParseListing, TheFormatAsksForWhatTheParserReads) {
  // The parser counts framed strings: one (title), or four (session, window, option, title).
  const auto count = [](const std::string& text) {
    std::size_t n = 0;
    for (std::size_t at = text.find(kNonce); at != std::string::npos; at = text.find(kNonce, at + 1)) ++n;
    return n;
  };
  EXPECT_EQ(count(listing_format(kNonce, true)), count(with_names({})));
  EXPECT_EQ(count(listing_format(kNonce, false)), count(without_names({})));
  EXPECT_EQ(count(header_format(kNonce)), 2u);
  EXPECT_EQ(end_mark(kNonce) + "\n", kEnd);
}

TEST(ParseListing, AServersVersionIsBounded) {
  const auto header = [](const std::string& version) {
    return kNonce + "4321 1700000000 1700000009" + version + kNonce + "\n" + kEnd;
  };
  EXPECT_EQ(parse_listing(header(""), kNonce, false).version, "");
  EXPECT_EQ(parse_listing(header(" next-3.8"), kNonce, false).version, "next-3.8");
  const auto odd = parse_listing(header(" \x1b[31m" + std::string(100'000, 'x')), kNonce, false);
  EXPECT_TRUE(odd.complete);
  EXPECT_LE(odd.version.size(), 64u);
  EXPECT_EQ(odd.version.find('\x1b'), std::string::npos);
}

TEST(ParseListing, NamesAreBoundedWhateverTmuxLetThrough) {
  const std::string mark = "e\u0301";  // no column of its own, three bytes
  std::string huge = "x";
  for (int i = 0; i < 100'000; ++i) huge += mark;
  const Line line{.session = huge, .window = huge, .option = huge, .title = huge};
  const auto parsed = parse_listing(kHeader + with_names(line) + kEnd, kNonce, true);
  ASSERT_THAT(parsed.panes, SizeIs(1));
  const PaneRef& p = parsed.panes[0];
  for (const std::string& name : {p.session, p.window_name, p.agent_option, p.facts.title}) {
    EXPECT_LE(name.size(), 1024u);
    EXPECT_TRUE(huge.starts_with(name)) << "cut between characters";
  }
}

TEST(ParseListing, HashesThatWereDoubledAreOne) {
  const Line line{.session = "a##b", .window = "##{x}", .option = "###", .title = "issue ##12 ######[z]"};
  const auto parsed = parse_listing(kHeader + with_names(line) + kEnd, kNonce, true);
  ASSERT_THAT(parsed.panes, SizeIs(1));
  const PaneRef& p = parsed.panes[0];
  EXPECT_EQ(p.session, "a#b");
  EXPECT_EQ(p.window_name, "#{x}");
  EXPECT_EQ(p.agent_option, "##") << "one that the cut parted from its double";
  EXPECT_EQ(p.facts.title, "issue #12 ###[z]");
}

TEST(ParseListing, PanesOfLinkedWindowsComeOnce) {
  const auto parsed = parse_listing(kHeader + with_names({.pane = 1}) + with_names({.pane = 2}) +
                                        with_names({.pane = 1, .session = "other"}) + kEnd,
                                    kNonce, true);
  EXPECT_THAT(ids(parsed), ElementsAre(1, 2));
  EXPECT_EQ(parsed.panes[0].session, "main");
}

TEST(ParseListing, NoTextCanBreakARecord) {
  const std::string nasty[] = {
      "line one\nline two",
      "trailing newline\n",
      "%9 @9 1 80 24 1 1 1 1 1 e s",                   // looks like the numbers
      kNonce.substr(0, 15),                            // nearly the nonce
      "fedcba9876543210 %9 @9 1 1 1 1 1 1 1 1 0 0\n",  // another nonce's record
      "tab\tand \x1b[31m escape \x07 and \x9b C1 \xff bytes",
      "  leading and trailing  ",
      "quotes ' \" ` $ # { } ; | \\",
  };
  for (const std::string& text : nasty) {
    for (int field = 0; field < 4; ++field) {
      Line line{.pane = 5};
      (field == 0 ? line.session : field == 1 ? line.window : field == 2 ? line.option : line.title) = text;
      const auto parsed =
          parse_listing(kHeader + with_names(line) + with_names({.pane = 6}) + kEnd, kNonce, true);
      ASSERT_THAT(ids(parsed), ElementsAre(5, 6)) << "field " << field << ": " << text;
      EXPECT_EQ(parsed.skipped, 0u);
      EXPECT_EQ(parsed.panes[0].session, line.session);
      EXPECT_EQ(parsed.panes[0].window_name, line.window);
      EXPECT_EQ(parsed.panes[0].agent_option, line.option);
      EXPECT_EQ(parsed.panes[0].facts.title, line.title);
    }
  }
}

// Behind an empty option, a title that begins with a newline makes the option's two nonces look like the
// record's end. tmux lets select-pane -T set such a title.
TEST(ParseListing, ATitleThatBeginsWithANewlineBreaksNoRecord) {
  for (const char* title : {"\nx", "\n"}) {
    const std::string text =
        kHeader + with_names({.pane = 5, .option = "", .title = title}) + with_names({.pane = 6}) + kEnd;
    ASSERT_NO_THROW(parse_listing(text, kNonce, true));
    const auto parsed = parse_listing(text, kNonce, true);
    EXPECT_THAT(ids(parsed), ElementsAre(5, 6));
    EXPECT_EQ(parsed.skipped, 0u);
  }
}

TEST(ParseListing, ARecordOfNothingIsNoException) {  // found by libFuzzer
  ASSERT_NO_THROW(parse_listing(kHeader + kNonce + kNonce + "\n", kNonce, true));
  EXPECT_THAT(parse_listing(kHeader + kNonce + kNonce + "\n", kNonce, true).panes, IsEmpty());
}

TEST(ParseListing, DeadPanesHaveAStatus) {
  const auto parsed =
      parse_listing(kHeader + with_names({.pane = 1, .numbers = "@2 300 80 24 1 0 0 0 1 0 0 1 e3 s"}) +
                        with_names({.pane = 2, .numbers = "@2 300 80 24 1 0 0 0 1 0 0 1 e s9"}) +
                        with_names({.pane = 3, .numbers = "@2 300 80 24 1 0 0 0 0 1 0 1 e s"}) + kEnd,
                    kNonce, true);
  ASSERT_THAT(ids(parsed), ElementsAre(1, 2, 3));
  EXPECT_TRUE(parsed.panes[0].facts.dead);
  EXPECT_EQ(parsed.panes[0].facts.dead_status, 3);
  EXPECT_EQ(parsed.panes[1].facts.dead_status, 128 + 9);
  EXPECT_EQ(parsed.panes[2].facts.dead_status, std::nullopt);
  EXPECT_FALSE(parsed.panes[2].facts.cursor_visible);
  EXPECT_TRUE(parsed.panes[2].facts.alternate);
}

TEST(ParseListing, BadRecordsAreCountedAndTheOthersKept) {
  const auto parsed =
      parse_listing(kHeader + with_names({.pane = 1, .numbers = "@2 x"}) + with_names({.pane = 2}) + kNonce +
                        "no fields" + kNonce + kNonce + "\n" + with_names({.pane = 3}) + kEnd,
                    kNonce, true);
  EXPECT_THAT(ids(parsed), ElementsAre(2, 3));
  EXPECT_EQ(parsed.skipped, 2u);
}

TEST(ParseListing, TruncatedOutputNeverInventsPanes) {
  const std::string whole =
      kHeader + with_names({.pane = 11}) + with_names({.pane = 22}) + with_names({.pane = 33}) + kEnd;
  const auto all = parse_listing(whole, kNonce, true);
  ASSERT_THAT(all.panes, SizeIs(3));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto parsed = parse_listing(std::string_view(whole).substr(0, size), kNonce, true);
    ASSERT_FALSE(parsed.complete) << "cut at " << size;
    ASSERT_THAT(parsed.panes, IsEmpty()) << "cut at " << size;
    ASSERT_EQ(parsed.begun, size >= kHeader.size());
  }
}

TEST(ParseListing, WithoutAHeaderNothingIsKnown) {
  for (const std::string& text :
       {std::string(), std::string("no server running\n"),
        kNonce + " pid start" + kNonce + "\n" + with_names({}) + kEnd, "x" + kHeader + kEnd}) {
    const auto parsed = parse_listing(text, kNonce, true);
    EXPECT_FALSE(parsed.complete) << text;
    EXPECT_THAT(parsed.panes, IsEmpty());
  }
}

TEST(ParseListing, AServerWithoutPanesIsComplete) {
  const auto parsed = parse_listing(kHeader + kEnd, kNonce, true);
  EXPECT_TRUE(parsed.complete);
  EXPECT_THAT(parsed.panes, IsEmpty());
}

TEST(ParseListing, LinesOfTheUsersHooksAreCountedAndNothingElse) {
  const std::string stray = "a line of a hook\n";
  const std::string text = kHeader + stray + "\n" + with_names({.pane = 1}) + with_names({.pane = 2}) + stray;
  const auto parsed = parse_listing(text + kEnd + stray, kNonce, true);
  ASSERT_TRUE(parsed.complete);
  EXPECT_THAT(ids(parsed), ElementsAre(1, 2));
  EXPECT_EQ(parsed.strays, 3u);
  EXPECT_EQ(parsed.skipped, 0u);
  EXPECT_EQ(parsed.end, text.size() + kEnd.size());
  EXPECT_FALSE(parse_listing(text + "no end of line", kNonce, true).complete);
}

// tmux 3.8 does not tell the pid of a dead pane: the fields behind it stay where they are.
TEST(ParseListing, AnEmptyNumberMovesNoOther) {
  const auto parsed =
      parse_listing(kHeader + with_names({.pane = 1, .numbers = "@2  80 24 1700000100 50 3 4 1 0 0 1 e3 s"}) +
                        with_names({.pane = 2}) + kEnd,
                    kNonce, true);
  ASSERT_THAT(ids(parsed), ElementsAre(1, 2));
  const PaneFacts& f = parsed.panes[0].facts;
  EXPECT_EQ(f.pid, 0);
  EXPECT_EQ(f.width, 80);
  EXPECT_EQ(f.height, 24);
  EXPECT_EQ(f.cursor_y, 4);
  EXPECT_TRUE(f.dead);
  EXPECT_EQ(f.dead_status, 3);
  EXPECT_EQ(parsed.panes[0].window_index, 6);
}

TEST(ParseListing, ClientsThatShowSomethingToAPerson) {
  const auto client = [](const std::string& fields) { return kNonce + "c" + fields + kNonce + "\n"; };
  const auto parsed =
      parse_listing(kHeader + with_names({.pane = 1}) + client("1700000005 @2 %1 0 0") +
                        client("1700000007 @3 %9 1 0") + client("1700000008 @4 %10 0 1") + client("x") + kEnd,
                    kNonce, true);
  ASSERT_TRUE(parsed.complete);
  EXPECT_THAT(ids(parsed), ElementsAre(1));
  ASSERT_THAT(parsed.clients, SizeIs(2)) << "one in control mode shows nothing";
  EXPECT_EQ(parsed.clients[0].input_s, 1700000005);
  EXPECT_EQ(parsed.clients[0].window, 2u);
  EXPECT_FALSE(parsed.clients[0].zoomed);
  EXPECT_EQ(parsed.clients[1].pane, 9u);
  EXPECT_TRUE(parsed.clients[1].zoomed);
  EXPECT_EQ(parsed.strays, 1u);
}

TEST(ParseListing, SaysWhereTheRidersOutputBegins) {
  const std::string listing = kHeader + with_names({.pane = 1}) + kEnd, rest = "a captured screen\n";
  const auto parsed = parse_listing(listing + rest, kNonce, true);
  EXPECT_THAT(ids(parsed), ElementsAre(1));
  EXPECT_EQ(parsed.skipped, 0u);
  EXPECT_EQ(parsed.end, listing.size());
}

TEST(WindowMatches, WholeWordsInAnyCase) {
  const std::vector<std::string> patterns = {"pm", "project-manager"};
  for (const char* name : {"pm", "PM", "3: Pm", "Project-Manager", "the pm!"})
    EXPECT_TRUE(window_matches(name, patterns)) << name;
  for (const char* name : {"npm-dev", "shipment", "pm-old", "", "project", "pmx"}) {
    EXPECT_FALSE(window_matches(name, patterns)) << name;
  }
  EXPECT_TRUE(window_matches("boss", {"BOSS"}));
  EXPECT_FALSE(window_matches("pm", {}));
}

TEST(WindowMatches, NumberedWindowsAndPatterns) {
  for (const char* name : {"worker", "worker-1", "worker_2", "Worker 12", "worker.3", "3: worker-1"})
    EXPECT_TRUE(window_matches(name, {"worker"})) << name;
  for (const char* name : {"worker-old", "coworker-1", "worker1", "worker-1a", "1", "-1"})
    EXPECT_FALSE(window_matches(name, {"worker"})) << name;
  EXPECT_FALSE(window_matches("pm2", {"pm"}));  // a process manager
  for (const char* name : {"agent-x", "AGENT-1", "agent-"})
    EXPECT_TRUE(window_matches(name, {"agent-*"})) << name;
  EXPECT_FALSE(window_matches("my-agent-x", {"agent-*"}));
  EXPECT_TRUE(window_matches("w7", {"w?"}));
}

}  // namespace
}  // namespace orc
