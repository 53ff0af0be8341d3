// SPDX-License-Identifier: Apache-2.0
// What a dialog asks, read by its shape: dialogs of no agent, wrapped, hostile, cut off.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ask_reader.h"

namespace orc {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::Not;

AskRead read(const std::string& text, int width, std::string_view kind = "command", int first_row = 0) {
  Screen screen;
  screen.width = width;
  screen.height = 40;
  screen.text = text;
  screen.first_row = first_row;
  return read_dialog(screen, ScreenLines(screen.text), kind);
}

auto option(const char* key, const char* text) {
  return testing::AllOf(Field(&AskOption::key, key), Field(&AskOption::text, text));
}

std::string ruled(const std::string& body, int width) {
  std::string rule;
  for (int i = 0; i < width; ++i) rule += "─";
  return "● I will do it.\n\n" + rule + "\n" + body;
}

TEST(Ask, ADialogOfNoAgentHasTitleSubjectAndOptions) {
  const Ask ask = read(R"(some transcript
╭──────────────────────────────────────────────────────────────╮
│ Bot 3000 would like to use a tool                            │
│ ╭──────────────────────────────────────────────────────────╮ │
│ │ make clean && make -j8 all                               │ │
│ ╰──────────────────────────────────────────────────────────╯ │
│ Shall I go ahead?                                            │
│                                                              │
│   1) Sure                                                    │
│ ▶ 2) Only this once                                          │
│   3) Never                                                   │
╰──────────────────────────────────────────────────────────────╯
)",
                       80)
                      .ask;
  EXPECT_EQ(ask.kind, "command");
  EXPECT_EQ(ask.title, "Shall I go ahead?");
  EXPECT_EQ(ask.subject, "make clean && make -j8 all");
  EXPECT_THAT(ask.options,
              ElementsAre(option("1", "Sure"), option("2", "Only this once"), option("3", "Never")));
  EXPECT_EQ(ask.selected, 1);
  EXPECT_NE(ask.id, 0u);
}

TEST(Ask, ARowOfADiffIsNoQuestion) {
  const std::string diff =
      "┃  △ Permission required\n┃    → Edit totals.rs\n┃\n┃    4 + ask(\"Allow this? (y/n)\");\n┃\n┃\n";
  EXPECT_EQ(read(diff + "┃   Allow once   Allow always   Reject      enter confirm\n┃\n", 80).ask.title,
            "Permission required");
}

TEST(Ask, RowsOfADiffStayApartHoweverFull) {
  const Ask ask = read(ruled(R"( Edit totals.rs
 106 + pub fn carry(rows: &Map) -> i64 {
 107 +     let mut sum = 0;

 Make this edit?
 ❯ 1. Yes
   2. No
)",
                             42),
                       42, "edit")
                      .ask;
  EXPECT_EQ(ask.subject,
            "Edit totals.rs\n106 + pub fn carry(rows: &Map) -> i64 {\n107 +     let mut sum = 0;");
}

// What is left of it is code: no line of that is a heading.
TEST(Ask, AFrameWhoseHeadScrolledOutHasNoTitle) {
  const Ask ask = read(R"(│ def unit(out):                                    │
│     out.write('unit')                             │
│                                                   │
│ ❯ Approve                                         │
│   Deny                                            │
╰───────────────────────────────────────────────────╯
)",
                       53, "edit")
                      .ask;
  EXPECT_EQ(ask.title, "");
  EXPECT_EQ(ask.subject, "def unit(out):\nout.write('unit')");
  EXPECT_THAT(ask.options, ElementsAre(option("", "Approve"), option("", "Deny")));
}

TEST(Ask, TheEndOfALoopBelongsToTheCommand) {
  const std::string options = "\n\nRun it?\n\n❯ 1. Yes\n  2. No\n";
  const std::string whole = "set -eu\nfor t in a b; do\nrustup add $t\ndone > log";
  EXPECT_EQ(read(ruled("  $ set -eu\n  for t in a b; do\n    rustup add $t\n  done > log" + options, 60), 60)
                .ask.subject,
            whole);
  EXPECT_EQ(read("● Run bash(set -eu\n  for t in a b; do\n    rustup add $t\n  done > log)\n   ⎿ Asking\n"
                 "   ⎿ Command: set -eu\n        No changes yet." +
                     options,
                 60)
                .ask.subject,
            whole);
}

TEST(Ask, AListWithALineAboutEachOption) {
  const Ask ask = read(R"(┌──────────────────────────────┐
│ Providers                    │
│                              │
│   Deep                       │
│   Quick setup for Deep       │
│ › Shallow                    │
│   Quick setup for Shallow    │
│                              │
│   Router                     │
│   Needs a key                │
│ Enter to select, Esc to quit │
└──────────────────────────────┘
)",
                       32, "login")
                      .ask;
  EXPECT_EQ(ask.title, "Providers");
  EXPECT_THAT(ask.options, ElementsAre(option("", "Deep"), option("", "Shallow"), option("", "Router")));
  EXPECT_EQ(ask.selected, 1);
}

TEST(Ask, AQuestionOnTheRuleIsTheTitle) {
  const Ask ask = read(R"(
 Do you trust it?
────────────────────────────────────────
 Once trusted, it can read files here.

  ❯ 1. Trust
    2. Leave
)",
                       40, "trust")
                      .ask;
  EXPECT_EQ(ask.title, "Do you trust it?");
}

TEST(Ask, AQuotationIsNotCut) {
  const Ask ask = read(ruled(R"(Run it?

❯ 1. Yes
  2. Yes, and always 'set -eu
     curl' in this project
  3. No
)",
                             60),
                       60)
                      .ask;
  EXPECT_THAT(ask.options,
              ElementsAre(option("1", "Yes"), option("2", "Yes, and always 'set -eu curl' in this project"),
                          option("3", "No")));
}

// omp's: an edge within the frame, and round marks behind the pointer.
TEST(Ask, AnEdgeBetweenTheQuestionAndItsOptions) {
  const Ask ask = read(R"(  ⎋ step
╭─ Ask ────────────────────────────────────╮
│  Database    Submit                      │
│ Which database should the project use?   │
├──────────────────────────────────────────┤
│ ❯ ○ SQLite                               │
│       One file, no server                │
│   ○ PostgreSQL                           │
│       A server, more features            │
├──────────────────────────────────────────┤
│ Enter select · ↑/↓ move · Esc cancel     │
╰──────────────────────────────────────────╯
)",
                       60, "question")
                      .ask;
  EXPECT_EQ(ask.title, "Which database should the project use?");
  EXPECT_THAT(ask.options, ElementsAre(option("", "SQLite"), option("", "PostgreSQL")));
  EXPECT_EQ(ask.selected, 0);
}

TEST(Ask, YesOrNoBehindAQuestion) {
  const Ask ask = read("Wrote the patch.\n\nApply the patch to main.c? [y/N] ", 80, "edit").ask;
  EXPECT_EQ(ask.title, "Apply the patch to main.c?");
  EXPECT_THAT(ask.options, ElementsAre(option("y", "Yes"), option("n", "No")));
}

TEST(Ask, ButtonsInOneRowWithoutTheKeysBesideThem) {
  const Ask ask = read(R"(
  ┃
  ┃  △ Permission required
  ┃
  ┃  $ touch built.txt
  ┃
  ┃   Allow once   Allow always   Reject  ctrl+f fullscreen  ⇆ select  enter confirm
  ┃
)",
                       80)
                      .ask;
  EXPECT_EQ(ask.title, "Permission required");
  EXPECT_EQ(ask.subject, "touch built.txt");
  EXPECT_THAT(ask.options,
              ElementsAre(option("", "Allow once"), option("", "Allow always"), option("", "Reject")));
}

// Gemini's list of ticks, scrolled to what closes it.
TEST(Ask, WhatClosesAListOfTicksBelongsToIt) {
  const auto said = [](const std::string& rows) {
    return read(
               "✦ Two things to settle.\n\n"
               "╭──────────────────────────────────────────────────────╮\n"
               "│ Answer Questions                                     │\n"
               "│                                                      │\n"
               "│ Which targets should be built?                       │\n"
               "│ (Select all that apply)                              │\n"
               "│                                                      │\n" +
                   rows +
                   "│                                                      │\n"
                   "│ Enter to select · ↑/↓ to navigate · Esc to cancel    │\n"
                   "╰──────────────────────────────────────────────────────╯\n",
               56, "question")
        .ask;
  };
  const Ask ask = said(
      "│ ▲                                                    │\n"
      "│   5. [ ] All of the above                            │\n"
      "│          Select all options                          │\n"
      "│   6. [ ]                                             │\n"
      "│ ●  Done                                              │\n"
      "│    Finish selection                                  │\n"
      "│ ▼                                                    │\n");
  EXPECT_EQ(ask.title, "Which targets should be built?");
  EXPECT_EQ(ask.subject, "(Select all that apply)");
  EXPECT_THAT(ask.options,
              ElementsAre(option("5", "[ ] All of the above"), option("6", "[ ]"), option("", "Done")));
  EXPECT_EQ(ask.selected, 2);
  // Without a word about each, what stands below it is a choice of its own.
  EXPECT_THAT(said("│   1. [x] linux-x64                                   │\n"
                   "│   2. [ ] macos                                       │\n"
                   "│ ●  Done                                              │\n"
                   "│    None of them                                      │\n")
                  .options,
              ElementsAre(option("1", "[x] linux-x64"), option("2", "[ ] macos"), option("", "Done"),
                          option("", "None of them")));
  // Steps of a plan are no ticks.
  EXPECT_THAT(said("│   1. Read the loader                                 │\n"
                   "│   2. Feed it in pieces                               │\n"
                   "│ ❯  Go on                                             │\n"
                   "│    Not now                                           │\n")
                  .options,
              ElementsAre(option("", "Go on"), option("", "Not now")));
}

TEST(Ask, KeysAreTheOptionsWhereThereIsNoList) {
  const Ask ask =
      read("  Hooks\n\n  ⚠ 1 hook needs review.\n\n  Press t to trust all; enter to review; esc to close\n",
           80, "trust")
          .ask;
  EXPECT_EQ(ask.title, "1 hook needs review.");
  EXPECT_THAT(ask.options,
              ElementsAre(option("t", "trust all"), option("enter", "review"), option("esc", "close")));
}

TEST(Ask, AHeadingOverWhatIsSaidOfItIsTheTitle) {
  const Ask ask = read(R"(
  Hooks need review
  12 hooks are new or changed.
  Hooks can run outside the sandbox.

› 1. Review hooks
  2. Trust all

  enter confirm
)",
                       80, "trust")
                      .ask;
  EXPECT_EQ(ask.title, "Hooks need review");
  EXPECT_EQ(ask.subject, "12 hooks are new or changed.\nHooks can run outside the sandbox.");
}

TEST(Ask, AnotherWidthIsTheSameQuestion) {
  const Ask wide = read(ruled(R"( Bash command

   touch built.txt && python3 setup.py install --user

 Do you want to proceed?
 ❯ 1. Yes
   2. Yes, and don't ask again for touch built.txt and python3 setup.py install --user commands in /srv/work
   3. No
)",
                              120),
                        120)
                       .ask;
  const Ask narrow = read(ruled(R"( Bash command

   touch built.txt && python3 setup.py install
   --user

 Do you want to proceed?
   1. Yes
 ❯ 2. Yes, and don't ask again for touch
      built.txt and python3 setup.py install
      --user commands in /srv/work
   3. No
)",
                                50),
                          50)
                         .ask;
  EXPECT_EQ(narrow.subject, "touch built.txt && python3 setup.py install --user");
  EXPECT_EQ(narrow.options, wide.options);
  EXPECT_NE(narrow.selected, wide.selected);
  EXPECT_EQ(narrow.id, wide.id);
}

Ask of_command(const std::string& command) {
  return read(ruled(" Bash command\n\n   " + command + "\n\n Do you want to proceed?\n ❯ 1. Yes\n   2. No\n",
                    80),
              80)
      .ask;
}

TEST(Ask, ABlankMakesAnotherCommand) {
  EXPECT_EQ(of_command("rm -rf ./build").id, of_command("rm -rf ./build").id);
  EXPECT_NE(of_command("rm -rf ./build").id, of_command("rm -rf ./ build").id);
}

TEST(Ask, CommandsThatDifferBehindWhatIsKeptAreTwo) {
  std::string far;
  for (int i = 0; i < 30; ++i) far += "echo line " + std::to_string(i) + "\n   ";
  const Ask one = of_command(far + "true"), two = of_command(far + "reboot");
  EXPECT_LE(one.subject.size(), 2048u);
  EXPECT_THAT(one.subject, Not(HasSubstr("true")));
  EXPECT_NE(one.id, two.id);
}

TEST(Ask, SecretsAreBlankedThoughAnEdgeCutThem) {
  const Ask ask = of_command("curl -H 'Authorization: Bearer abcdefghijkl\n   mnopqrstuvwx' http://x");
  EXPECT_THAT(ask.subject, HasSubstr("Bearer xxxx"));
  EXPECT_THAT(ask.subject, Not(HasSubstr("abcdefg")));
  EXPECT_THAT(ask.subject, Not(HasSubstr("mnopq")));
}

TEST(Ask, NothingThatSteersATerminalIsKept) {
  const Ask ask = of_command(
      "echo \x1b]0;x\x07 \xc2\x9b"
      "2J \xe2\x80\xae"
      "abc");
  EXPECT_THAT(ask.subject, Not(HasSubstr("\x1b")));
  EXPECT_THAT(ask.subject, Not(HasSubstr("\x07")));
  EXPECT_THAT(ask.subject, Not(HasSubstr("\xc2\x9b")));
  EXPECT_THAT(ask.subject, Not(HasSubstr("\xe2\x80\xae")));
}

TEST(Ask, EverythingIsBounded) {
  std::string text = "Pick? " + std::string(5000, 'a') + "?\n\n";
  for (int i = 1; i < 40; ++i)
    text += (i == 1 ? "❯ " : "  ") + std::to_string(i) + ". " + std::string(900, 'b') + "\n";
  const Ask ask = read(text, 80, "question").ask;
  EXPECT_LE(ask.title.size(), 310u);
  EXPECT_LE(ask.options.size(), 16u);
  for (const AskOption& o : ask.options) EXPECT_LE(o.text.size(), 210u);
}

TEST(Ask, AQuestionInTheCommandIsNotTheTitle) {
  const Ask ask = read(R"(
  Would you like to run the following command?

  Reason: May I look it up?

  $ curl 'http://host/?q=who?'

› 1. Yes, proceed (y)
  2. No (esc)

  Press enter to confirm or esc to cancel
)",
                       80)
                      .ask;
  EXPECT_EQ(ask.title, "Would you like to run the following command?");
  EXPECT_EQ(ask.subject, "curl 'http://host/?q=who?'");
}

TEST(Ask, APartWithoutTheDialogsTopWantsTheWhole) {
  const std::string lower =
      "   build all\n\n Do you want to proceed?\n ❯ 1. Yes\n   2. No\n\n Esc to cancel\n";
  EXPECT_TRUE(read(lower, 80, "command", 12).cut_off);
  EXPECT_FALSE(read(ruled(lower, 80), 80, "command", 12).cut_off);
  EXPECT_FALSE(read(lower, 80).cut_off);
}

TEST(Ask, WhatIsNoQuestionGivesNone) {
  EXPECT_EQ(read("", 80).ask.id, 0u);
  EXPECT_EQ(read("\n\n\n", 80).ask.id, 0u);
}

TEST(Ask, StepsAboveAFieldAreNoOptions) {
  const Ask ask = read(R"(
   1. Visit the url above
   2. Follow the instructions

   Paste your login code:
   Press enter to continue, esc to cancel
)",
                       80, "login")
                      .ask;
  EXPECT_EQ(ask.title, "Paste your login code:");
  for (const AskOption& o : ask.options) EXPECT_NE(o.key, "1");
}

// The dialog itself is not on the screen.
TEST(Ask, AViewOverADialogOffersNothing) {
  const std::string line = "  dialog waiting · Showing all of it · ctrl+o to toggle · ? for shortcuts\n";
  const Ask ask = read("  Bash(make)\n\n\n\n" + line, 80, "question").ask;
  EXPECT_EQ(ask.title, "dialog waiting");
  EXPECT_THAT(ask.options, ElementsAre());
  Screen screen;
  screen.width = 80;
  EXPECT_EQ(read_sentence(screen, line, "question").title, "dialog waiting");
}

// Tabs stay above what has scrolled: the plan's heading went with it, and its list asks nothing.
TEST(Ask, AFrameWithoutItsUpperEdgeHasNoTitle) {
  const std::string plan = R"(│ Rollback: flip back; the old columns stay, for a week.   │
│                                                          │
│  - is 02:30 fine for Asia?                               │
│                                                          │
│ ❯ 1. Accept                                              │
│   2. Suggest changes                                     │
│                                                          │
│ ↑/↓ to navigate · enter to select · esc to cancel        │
╰──────────────────────────────────────────────────────────╯
)";
  const Ask scrolled = read(" [Current]  Sessions   Issues\n\n" + plan, 60, "question").ask;
  EXPECT_EQ(scrolled.title, "");
  EXPECT_EQ(scrolled.subject,
            "Rollback: flip back; the old columns stay, for a week.\n- is 02:30 fine for Asia?");
  ASSERT_EQ(scrolled.options.size(), 2u);
  EXPECT_EQ(scrolled.selected, 0);
  const Ask whole =
      read("╭──────────────────────────────────────────────────────────╮\n" + plan, 60, "question").ask;
  EXPECT_EQ(whole.title, "Rollback: flip back; the old columns stay, for a week.");
}

TEST(Ask, AnErrorIsItsSentence) {
  Screen screen;
  screen.width = 60;
  const Ask ask = read_sentence(screen,
                                "● API Error: 529 Overloaded. This is usually temporary — try\n"
                                "  again in a moment.\n\n✻ Worked for 6s\n",
                                "error");
  EXPECT_EQ(ask.kind, "error");
  EXPECT_EQ(ask.title, "API Error: 529 Overloaded. This is usually temporary — try again in a moment.");
  EXPECT_THAT(ask.options, ElementsAre());
}

// Each answer begins with its letter in brackets.
TEST(Ask, AnswersByTheirLetters) {
  const Ask ask = read("make all\nRun it? (Y)es/(N)o/(S)kip all/(D)on't ask again [Yes]: ", 80).ask;
  EXPECT_EQ(ask.title, "Run it?");
  EXPECT_THAT(ask.options, ElementsAre(option("y", "Yes"), option("n", "No"), option("s", "Skip all"),
                                       option("d", "Don't ask again")));
}

TEST(Ask, BarsWithNothingAboveThemButTheQuestion) {
  const auto said = [](const std::string& answers) {
    return read("─── shell | tools ───\ncommand: make\n\n\n◆  May it run the tool above?\n" + answers + "└\n",
                80)
        .ask;
  };
  const Ask rows = said("│  ● Allow\n│  ○ Deny\n");
  EXPECT_EQ(rows.title, "May it run the tool above?");
  EXPECT_EQ(rows.subject, "command: make");
  EXPECT_THAT(rows.options, ElementsAre(option("", "Allow"), option("", "Deny")));
  const Ask row = said("│  ● Yes  / ○ No \n");
  EXPECT_EQ(row.title, "May it run the tool above?");
  EXPECT_THAT(row.options, ElementsAre(option("", "Yes"), option("", "No")));
  EXPECT_EQ(row.selected, 0);
}

TEST(Ask, TwoSentencesInAFrameAreNoOptions) {
  const Ask ask = read(
                      "╭──────────────────────────────────────────────╮\n"
                      "│ It was changed elsewhere.                    │\n"
                      "│ Press R to load it, or Esc to keep this one. │\n"
                      "╰──────────────────────────────────────────────╯\n",
                      48, "choice")
                      .ask;
  EXPECT_EQ(ask.title, "It was changed elsewhere.");
  EXPECT_THAT(ask.options, ElementsAre(option("R", "load it"), option("Esc", "keep this one")));
}

TEST(Ask, LinesSetInTheMiddle) {
  const Ask ask = read(
                      "            Is this folder one that you know?\n"
                      "                  /a/rather/long/way/down\n\n"
                      "                    Yes, go on       y\n"
                      "                    No, leave        n\n",
                      62, "trust")
                      .ask;
  EXPECT_EQ(ask.title, "Is this folder one that you know?");
  EXPECT_EQ(ask.subject, "/a/rather/long/way/down");
  EXPECT_THAT(ask.options, ElementsAre(option("y", "Yes, go on"), option("n", "No, leave")));
}

TEST(Ask, AQuotationGoesOnBehindABlankLine) {
  const Ask ask = read(
                      "  Shall it run this?\n\n  $ sh -c 'set -e\n\n  make one\n  make two'\n\n"
                      "› 1. Yes\n  2. No\n\n  Press enter to confirm or esc to cancel\n",
                      80)
                      .ask;
  EXPECT_EQ(ask.title, "Shall it run this?");
  EXPECT_EQ(ask.subject, "sh -c 'set -e\nmake one\nmake two'");
}

// In a wide pane something else stands far right of a bar's dialog.
TEST(Ask, WhatStandsFarRightOfABarIsNoneOfIt) {
  const std::string far(50, ' ');
  const Ask ask = read("  ┃  △ May it look elsewhere?" + far + "Nothing is connected\n  ┃" + far +
                           "  Connect  /connect\n  ┃  - /srv/*\n  ┃" + far + "  ~/here\n" +
                           "  ┃   Allow once   Reject" + far + "1.2.3\n",
                       110)
                      .ask;
  EXPECT_EQ(ask.title, "May it look elsewhere?");
  EXPECT_EQ(ask.subject, "- /srv/*");
}

TEST(Ask, AFrameOfCommandsAboveTheDialogsOwn) {
  const Ask ask = read(
                      "┌────────────────────────────┐\n"
                      "│ $ make one                 │\n"
                      "│ $ make two                 │\n"
                      "└────────────────────────────┘\n"
                      "┌────────────────────────────┐\n"
                      "│ Run these?                 │\n"
                      "│  → Run (y)                 │\n"
                      "│    Not now (esc or p)      │\n"
                      "└────────────────────────────┘\n",
                      30)
                      .ask;
  EXPECT_EQ(ask.title, "Run these?");
  EXPECT_EQ(ask.subject, "make one\nmake two");
}

TEST(Ask, AFieldOverItsKeysIsNoTranscript) {
  const Ask ask =
      read("✦ Asking.\n\nWhat shall it be called?\n\n> a word\n\n\nEnter to submit · Esc to cancel\n", 60,
           "question")
          .ask;
  EXPECT_EQ(ask.title, "What shall it be called?");
  EXPECT_THAT(ask.options, ElementsAre(option("Enter", "submit"), option("Esc", "cancel")));
}

}  // namespace
}  // namespace orc
