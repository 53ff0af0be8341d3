// SPDX-License-Identifier: Apache-2.0
// Choices and activity by shape: no words that only one agent uses.
#include "shapes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "screen_text.h"
#include "shell_text.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/classify/classifier.h"

namespace orc {
namespace {

struct Seen {
  std::string text;
  ScreenLines lines;
  Layout layout;
  Screen screen;
  Choice choice;
};

PromptSpec ruled() {
  PromptSpec prompt;
  prompt.boxes = {BoxKind::kRuled, BoxKind::kRounded};
  prompt.glyphs = {"❯", ">"};
  prompt.turns = {"❯ "};
  return prompt;
}

const std::string kRule = "────────────────────────────────────────\n";

Choice choice_of(const std::string& text, std::optional<int> x = {}, std::optional<int> y = {},
                 const PromptSpec& prompt = ruled()) {
  static std::string kept;  // options are views of the text
  kept = text;
  Screen screen;
  screen.text = text;
  screen.cursor_x = x;
  screen.cursor_y = y;
  const ScreenLines lines(kept);
  Layout layout;
  find_layout(lines, prompt, "", 0, y, layout);
  return find_choice(lines, layout, prompt, screen);
}

std::vector<std::string> options_of(const Choice& choice) {
  std::vector<std::string> out;
  for (const auto& option : choice.options) out.emplace_back(option.text);
  return out;
}

TEST(Choice, APointerOnANumberedOption) {
  const Choice c = choice_of(kRule + " Run it?\n\n ❯ 1. Yes\n   2. Yes, always\n   3. No\n");
  EXPECT_EQ(c.kind, Choice::Kind::kNumbers);
  EXPECT_THAT(options_of(c), testing::ElementsAre("Yes", "Yes, always", "No"));
  EXPECT_EQ(c.selected, 0);
}

TEST(Choice, ThePointerMayStandOnAnyOption) {
  const Choice c = choice_of("Run it?\n  1. Yes\n› 2. Always\n  3. No\n");
  EXPECT_EQ(c.kind, Choice::Kind::kNumbers);
  EXPECT_EQ(c.selected, 1);
  EXPECT_EQ(c.options.size(), 3u);
}

TEST(Choice, OptionsWithoutNumbersNeedKeysOrTheCursor) {
  // What takes and what refuses answer each other.
  EXPECT_TRUE(choice_of(kRule + " Approve?\n\n ❯ No\n   Yes\n").found());
  const std::string text = kRule + " Colours.\n\n ❯ Red\n   Blue\n";
  EXPECT_FALSE(choice_of(text).found());
  EXPECT_TRUE(choice_of(text, 1, 3).found());
  EXPECT_TRUE(choice_of(text + "\n Esc to cancel · Tab to amend\n").found());
  EXPECT_TRUE(choice_of(text + "\n ↑↓ move\n").found());
}

TEST(Choice, InAFrameAndWithDescriptions) {
  const Choice c = choice_of(
      "╭────────────────╮\n│ Which colour?  │\n│                │\n│ ❯ 1. Red       │\n│      warm      │\n│ "
      "  2. Blue      │\n"
      "│      cold      │\n╰────────────────╯\n");
  EXPECT_EQ(c.kind, Choice::Kind::kNumbers);
  EXPECT_THAT(options_of(c), testing::ElementsAre("Red", "Blue"));
}

TEST(Choice, ButtonsInARow) {
  EXPECT_EQ(choice_of("  ┃  Permission\n  ┃\n  ┃   Allow once   Allow always   Reject\n").kind,
            Choice::Kind::kButtons);
  const Choice c = choice_of("Approve tool call?\n\n  [y] Approve   [n] Deny\n\n  model (1,200)\n  branch\n");
  EXPECT_EQ(c.kind, Choice::Kind::kButtons);
  ASSERT_EQ(c.options.size(), 2u);
  EXPECT_EQ(c.options[1].key, "n");
  EXPECT_EQ(c.options[1].text, "Deny");
}

TEST(Choice, YesOrNoWithTheCursorBehind) {
  EXPECT_EQ(choice_of("Install it? [Y/n]: ", 19, 0).kind, Choice::Kind::kYesNo);
  EXPECT_EQ(choice_of("Add file? (Y)es/(N)o [Yes]: ", 28, 0).kind, Choice::Kind::kYesNo);
  EXPECT_FALSE(choice_of("It now shows [y/N] / esc.\n").found());
  EXPECT_FALSE(choice_of("Install it? [Y/n]\nok\n", 0, 2).found());
}

TEST(Choice, KeysAloneTellAListInReverseVideo) {
  EXPECT_EQ(
      choice_of("╭──────╮\n│ Yes  │\n│ No   │\n╰──────╯\n ↑↓ navigate   Enter select   Esc cancel\n").kind,
      Choice::Kind::kKeys);
  EXPECT_EQ(choice_of("Welcome\n\n          Space to continue\n").kind, Choice::Kind::kKeys);
  EXPECT_FALSE(choice_of("Notes\n ↑/↓ to scroll · Esc to close\n").found());
}

TEST(Choice, NotAboveAPrompt) {
  const std::string prompt = kRule + "❯ \n" + kRule + "  ? for shortcuts\n";
  EXPECT_FALSE(choice_of("Which?\n❯ 1. Yes\n  2. No\n\n" + prompt, 2, 5).found());
}

TEST(Choice, NotAPopupUnderWhatIsTyped) {
  const std::string text =
      kRule + "❯ /he\n" + kRule + "❯ /help   show help\n  /hello  greet\n  Enter to select\n";
  EXPECT_FALSE(choice_of(text, 5, 1).found());
}

TEST(Choice, UnderAPromptThatTheCursorHasLeft) {
  const std::string text = kRule + "❯ \n" + kRule + " Switch model?\n ❯ 1. Yes\n   2. No\n";
  EXPECT_TRUE(choice_of(text, 1, 4).found());
}

TEST(Choice, ListsAndQuotesAreNone) {
  EXPECT_FALSE(choice_of("● I did it:\n  the tests pass\n\n> quoted\n  and more\n").found());
  EXPECT_FALSE(choice_of("Steps:\n  1. one\n  2. two\n").found());
}

TEST(Choice, OptionsWithLetters) {
  const Choice c =
      choice_of(" 3 tools wait for you\n   (a) Approve all\n ❯ (f) Approve all, always\n   (x) Leave\n");
  EXPECT_EQ(c.kind, Choice::Kind::kNumbers);
  EXPECT_THAT(options_of(c), testing::ElementsAre("Approve all", "Approve all, always", "Leave"));
  EXPECT_TRUE(choice_of("Which?\n → A. SQLite\n   B. PostgreSQL\n").found());
  EXPECT_FALSE(choice_of(" (a) first\n (b) second\n").found());
}

TEST(Choice, MarksTellOptionsWhereNothingPoints) {
  const std::string radio = "  ┃  Run it?\n  ┃\n  ┃  1 (●) Yes\n  ┃  2 (○) No\n  ┃\n";
  EXPECT_TRUE(choice_of(radio + "  ↑/↓:select  ctrl+c:cancel\n").found());
  EXPECT_FALSE(choice_of(radio).found()) << "no keys are named";
  EXPECT_FALSE(choice_of("Done:\n\n  [x] import\n  [ ] export\n\nThe rest follows.\n").found());
}

TEST(Choice, AKeyNamedInASentence) {
  EXPECT_TRUE(
      choice_of("╭─────────╮\n│ Press R to restart, or Esc to choose another way. │\n╰─────────╯\n").found());
  EXPECT_TRUE(choice_of("It changed. Press 'r' to restart the session.\n").found());
  EXPECT_TRUE(choice_of("This is open elsewhere  r to retry\n\n  r retry   esc exit\n").found());
  EXPECT_FALSE(choice_of("Press q to quit, or a to see all.\n").found());
}

TEST(Choice, KeysThatStepTakeAndLeave) {
  const std::string list = " ↶ Rewind\n\n   what is here\n\n";
  EXPECT_TRUE(choice_of(list + " 2/2  ↑/↓ step  enter rewind  ctrl+o expand  esc cancel\n").found());
  EXPECT_TRUE(choice_of(list + " 2/2  ↑/↓ step  enter rewind  ctrl+o ex\n").found()) << "cut off";
  EXPECT_FALSE(choice_of(list + " 2/2  ↑/↓ step  ctrl+o expand\n").found());
  EXPECT_FALSE(choice_of(list + " Press ↑/↓ or hit enter twice.\n").found());
}

TEST(Choice, AQuestionOverABarePrompt) {
  PromptSpec bare;
  bare.boxes = {BoxKind::kGlyph};
  bare.glyphs = {">"};
  bare.footer_lines = 0;
  const std::string asks = "Run it?\nAllow this action? [y/n/t]:\n\n";
  EXPECT_EQ(choice_of(asks + "> ", 2, 3, bare).kind, Choice::Kind::kYesNo);
  EXPECT_FALSE(choice_of(asks + "It ran.\n\n> ", 2, 5, bare).found());
  EXPECT_FALSE(choice_of(asks + "> yes", 5, 3, bare).found());
  EXPECT_FALSE(choice_of(asks + kRule + "❯ \n" + kRule, 2, 4).found()) << "a framed prompt: that was said";
}

TEST(Choice, AQuestionOverASignThatNoRuleKnows) {
  PromptSpec any = ruled();
  any.boxes = {BoxKind::kAny};
  const std::string asks = "Run it?\nAllow this action? [y/n/t]:\n\n";
  EXPECT_EQ(choice_of(asks + "> ", 2, 3, any).kind, Choice::Kind::kYesNo);
  EXPECT_FALSE(choice_of(asks + "> yes", 5, 3, any).found());
  EXPECT_FALSE(choice_of(asks + "> \n  model (1,200)", 2, 3, any).found()) << "a footer: that was said";
}

TEST(Choice, KeysMayStandOverTheOptionsInTheirFrame) {
  const std::string frame =
      "╭────────────────╮\n│ Take one. Press Esc to cancel. │\n│  │\n│ ❯ one  │\n│   two  "
      "│\n╰────────────────╯\n";
  EXPECT_TRUE(choice_of(frame).found());
  EXPECT_FALSE(choice_of("Press Esc to cancel.\n\n ❯ one\n   two\n").found()) << "no frame holds both";
}

TEST(Choice, AFieldWithItsKeysWhereOneTypesElsewhere) {
  PromptSpec open;
  open.boxes = {BoxKind::kRuled};
  open.footer_lines = 5;
  const std::string field =
      kRule + "\n Name of it\n\n> 1.2\n\n enter submit  escape/ctrl+c cancel\n\n" + kRule;
  EXPECT_EQ(choice_of(field, 5, 4, open).kind, Choice::Kind::kKeys);
  EXPECT_FALSE(
      choice_of(kRule + "press enter to submit\nand esc to cancel it all\nthen go on\n" + kRule, 2, 3, open)
          .found());
}

// A redesign may ask between bars as another agent does, which look like this one's prompt.
TEST(Choice, KeysOrButtonsBetweenBarsThatLookLikeAPrompt) {
  PromptSpec any;
  any.boxes = {BoxKind::kAny};
  any.glyphs = {">", "┃"};
  const std::string over = "  ┃\n  ┃  Which one?\n  ┃  1. This\n  ┃  2. That\n  ┃\n";
  const std::string keys = over + "  ┃  ↑↓ select  enter submit  esc dismiss\n  ┃\n";
  EXPECT_TRUE(choice_of(keys, 30, 9, any).found());
  EXPECT_FALSE(choice_of(keys, 41, 5, any).found()) << "somebody types it";
  const std::string buttons = over + "  ┃   Allow once   Allow always   Reject  ctrl+f fullscreen\n  ┃\n";
  EXPECT_EQ(choice_of(buttons, 30, 9, any).kind, Choice::Kind::kButtons);
  EXPECT_FALSE(choice_of(over + "  ┃  press enter, said the manual\n  ┃\n", 30, 9, any).found());
}

TEST(Choice, ButtonsDrawnWithThePromptsBar) {
  PromptSpec bar;
  bar.boxes = {BoxKind::kGlyph};
  bar.glyphs = {"▌"};
  bar.footer_lines = 5;
  const std::string text = "▌Allow command?\n▌\n▌  make test\n▌\n▌ Yes (y)  Always (a)  No (n)";
  EXPECT_EQ(choice_of(text, {}, {}, bar).kind, Choice::Kind::kButtons);
  EXPECT_FALSE(choice_of("▌ Yes (y) is what it says", {}, {}, bar).found());
  // What a button does stands below them.
  const std::string said =
      "▌Allow command?\n▌ Yes   Always   No, provide feedback\n▌ Approve and run the command";
  EXPECT_EQ(choice_of(said, {}, {}, bar).kind, Choice::Kind::kButtons);
  EXPECT_FALSE(choice_of("▌ is it yes?\n▌ or no, and why", 5, 1, bar).found()) << "a draft of two rows";
}

TEST(Choice, KeysBySignsAndByTheirNames) {
  EXPECT_EQ(
      choice_of("Review answers\n\n1. color: Red\n\n❯ Submit\n\n⏎ submit · ↑/↓ scroll · ⎋ cancel\n").kind,
      Choice::Kind::kKeys);
  EXPECT_EQ(choice_of("| [/] default |\n| Up/Down models · Enter use for this session · Esc close |\n").kind,
            Choice::Kind::kKeys);
  EXPECT_EQ(
      choice_of(
          "│ Settings have changed. Press 'r' to      │\n│ restart, or 'Ctrl+C' twice to exit.      │\n")
          .kind,
      Choice::Kind::kKeys);
  EXPECT_FALSE(choice_of("I went up/down models and entered one.\n").found());
}

TEST(Subject, ByTheDialogsWords) {
  EXPECT_EQ(subject_of("Do you trust the files in this folder?"), "trust");
  EXPECT_EQ(subject_of("Select login method"), "login");
  EXPECT_EQ(subject_of("Do you want to create hello.py?"), "edit");
  EXPECT_EQ(subject_of("Allow execution of: 'rm'?"), "command");
  EXPECT_EQ(subject_of("Which database?"), "question");
  EXPECT_EQ(subject_of("Usage limit reached for all models."), "limit");
  EXPECT_EQ(subject_of("Red\nBlue"), "choice");
}

std::optional<Activity> activity_of(const std::string& text, const PromptSpec& prompt = ruled()) {
  static std::string kept;
  kept = text;
  const ScreenLines lines(kept);
  Layout layout;
  find_layout(lines, prompt, "", 0, std::nullopt, layout);
  return find_activity(lines, layout);
}

const std::string kPrompt = "\n" + kRule + "❯ \n" + kRule;

TEST(Activity, SpinnersAndCounters) {
  for (const char* line :
       {"⠋ Thinking... (esc to cancel, 12s)", " \\ Calculating... (5s · ↑ 814 tokens · esc to interrupt)",
        "  .. Loading... (2s · esc to cancel)", "  . A joke that the pane wraps…\n  (15s · esc to cancel)",
        "Fixing the queue (3m 22s • esc to interrupt)", " ⣿⣿⣿  ( 4s • esc to interrupt )", " ⎋ Working…",
        " ⠆ Executing...  (Press ESC to stop)", "≡ Agent is ruminating… (esc to interrupt)",
        "⠇ Press Esc to cancel"}) {
    EXPECT_TRUE(activity_of(line + kPrompt)) << line;
  }
}

TEST(Activity, ABulletThatCountsIsASpinner) {
  const std::string prompt = "\n" + kRule + "❯ \n" + kRule;
  EXPECT_TRUE(activity_of("  Reading the code (0s • Esc to interrupt)\n" + prompt));
  EXPECT_TRUE(activity_of("▌ Working (12s • Esc to interrupt)\n" + prompt));
  EXPECT_TRUE(activity_of("● Thundering… (2m 53s · ↓ 10.8k tokens)\n" + prompt));
  EXPECT_FALSE(activity_of("● Thundering… took 2m 53s and 10.8k tokens\n" + prompt));
}

TEST(Activity, ABranchOfTheLineAboveThatCounts) {
  EXPECT_TRUE(activity_of("! sleep 41\n  └  Running... (1s) (esc to interrupt)\n" + kPrompt));
  EXPECT_TRUE(activity_of("! make\n  ⎿  Running… (1m 4s · esc to interrupt)\n" + kPrompt));
  EXPECT_FALSE(activity_of("! make\n  └  Running tests took (4s) this time\n" + kPrompt));
  EXPECT_FALSE(activity_of("! make\n  └  Running... (1s) (esc to interrupt)\n\nDone.\n" + kPrompt));
}

TEST(Activity, AboveQueuedInputsInABorderInTheFooterInTheBox) {
  EXPECT_TRUE(activity_of("Working (3s • esc to interrupt)\n\n• Queued\n  ↳ then run the tests\n" + kPrompt));
  EXPECT_TRUE(activity_of("── ⠼ Working ───────────────────\n❯ \n" + kRule));
  EXPECT_TRUE(activity_of(kPrompt + "  ◎ Working · 136 B esc esc interrupt\n"));
  EXPECT_TRUE(activity_of(kPrompt + "  Plan · Manual Approval · ◉ Working esc esc edit prompt\n"));
  EXPECT_FALSE(activity_of(kPrompt + "  ● Loading: 2 skills, waiting · ○ Working tree clean\n"));
  EXPECT_TRUE(activity_of(
      "╭────────────────────╮\n│ > follow  ctrl+c to │\n│           stop      │\n╰────────────────────╯\n"));
}

TEST(Activity, AboveMessagesThatNothingAnswers) {
  PromptSpec prompt = ruled();
  prompt.turns = {"❯ "};
  const std::string queued = "\n❯ and then the docs\n\n" + kPrompt;
  EXPECT_TRUE(activity_of("≡ Agent is ruminating… (esc to interrupt)\n  └ Tip: rest\n" + queued, prompt));
  // An answer that quotes it, and a command behind it.
  EXPECT_FALSE(activity_of("It shows\n\n    • Working (12s • esc to interrupt)\n" + queued, prompt));
  EXPECT_FALSE(activity_of("• Working (12s • esc to interrupt)\n❯ one\n\nDone.\n" + kPrompt, prompt));
}

TEST(Activity, NotWhatIsTyped) {
  EXPECT_FALSE(activity_of("\n" + kRule + "❯ why (esc to interrupt)\n" + kRule));
  EXPECT_FALSE(activity_of("\n" + kRule + "❯ steps\n  3. esc to interrupt\n" + kRule));
}

TEST(Activity, TextIsNone) {
  for (const char* line : {"● Press esc to interrupt, then type.", "  Tests passed (12s)",
                           "- wait for esc to cancel", "Working on it took 3s."}) {
    EXPECT_FALSE(activity_of(line + kPrompt)) << line;
  }
  EXPECT_FALSE(activity_of(kPrompt + "  [opus] esc to interrupt is off  ❯ 3 files\n"));
}

Verdict verdict_of(const std::string& text, std::optional<double> age) {
  static const auto classifier = [] {
    auto rules = load_rules("");
    EXPECT_TRUE(rules.has_value());
    return *Classifier::build(std::move(*rules));
  }();
  Screen screen;
  screen.text = text;
  screen.processes = ProcessEvidence::kAgent;
  screen.agent_hint = "claude";
  screen.agent_age_s = age;
  return classifier->classify(screen).verdict;
}

TEST(Starting, OnlyWhileTheProcessIsYoungOrNothingIsDrawn) {
  EXPECT_EQ(verdict_of("", {}).state, State::kStarting);
  EXPECT_EQ(verdict_of("dev@box:/srv# claude\n", {}).state, State::kStarting);
  const std::string odd = "some screen\nthat no rule knows\n";
  EXPECT_EQ(verdict_of(odd, 5).state, State::kStarting);
  EXPECT_EQ(verdict_of(odd, 61).state, State::kUnknown);
  EXPECT_EQ(verdict_of(odd, {}).state, State::kUnknown);
}

TEST(Activity, OnlyWhereItStandsAlone) {
  const std::string line = "• Working (12s • esc to interrupt)\n";
  EXPECT_TRUE(activity_of("It is fixed.\n\n" + line + "\n" + kPrompt));
  EXPECT_FALSE(activity_of("The screen shows\n" + line + "\n" + kPrompt));
  EXPECT_FALSE(
      activity_of("It shows\n\n" + line + "\nThat is what the footer of the others says.\n\n" + kPrompt));
  EXPECT_FALSE(activity_of(line + "\n✻ Sautéed for 2s\n\n" + kPrompt));
  EXPECT_FALSE(activity_of("\n  12  # Working (12s · esc to interrupt)\n" + kPrompt));
  EXPECT_TRUE(activity_of("⠧ Rebooting the humor module...\n(3s · esc to cancel)\n" + kPrompt));
}

TEST(Choice, AQuestionOverAPointerWithoutAPrompt) {
  const std::string text = "Which database?\n\n > SQLite\n   Postgres\n   Other...\n\n model (1,200)\n";
  Screen screen;
  screen.text = text;
  screen.cursor_visible = false;
  const ScreenLines lines(screen.text);
  Layout layout;
  find_layout(lines, ruled(), "", 0, std::nullopt, layout);
  EXPECT_TRUE(find_choice(lines, layout, ruled(), screen).found());
  screen.cursor_visible = true;
  EXPECT_FALSE(find_choice(lines, layout, ruled(), screen).found());
  screen.cursor_visible = false;
  screen.text =
      "Is it done?\n\n ● Yes: the parser is\n   in place, the tests\n   cover all of it.\n\n model (1,200)\n";
  const ScreenLines answer(screen.text);
  find_layout(answer, ruled(), "", 0, std::nullopt, layout);
  EXPECT_FALSE(find_choice(answer, layout, ruled(), screen).found()) << "a paragraph under a question";
}

TEST(Choice, ACommandPopupIsNone) {
  const std::string commands = "  /help   Show help\n  /init   Begin\n  /jobs   List\n  /mcp    Servers\n";
  EXPECT_TRUE(lists_commands(ScreenLines(commands), {}));
  EXPECT_FALSE(
      lists_commands(ScreenLines("  /srv/a   one\n  /srv/b   two\n  /srv/c   three\n  /srv/d   four\n"), {}));
  // What a greeting names is not in the dialog below it.
  Choice below;
  below.first = 4;
  EXPECT_FALSE(lists_commands(ScreenLines(commands + "\n> Auto\n  None\n"), below));
}

TEST(Choice, ASearchFieldWithoutAPromptIsALists) {
  EXPECT_TRUE(
      find_way_out(ScreenLines("Swap the model\n\n  Search: (type to filter)\n\n  No more.\n")).found());
  EXPECT_FALSE(find_way_out(ScreenLines("Swap the model\n\n  It can type to filter them.\n")).found());
}

TEST(Layout, OneTypesWhereTheCursorIs) {
  const std::string text = kRule + "❯ \n" + kRule + "  ╭────────────╮\n  │ > ctx 12%  │\n  ╰────────────╯\n";
  const ScreenLines lines(text);
  Layout layout;
  find_layout(lines, ruled(), "", 0, 1, layout);
  EXPECT_EQ(layout.input, "");
  EXPECT_EQ(layout.box_first, 0u);
}

// pi's status line in a frame: what is typed stands in its lower edge.
TEST(Layout, APromptInTheLowerEdgeOfItsFrame) {
  PromptSpec any;
  any.boxes = {BoxKind::kAny};
  for (const std::string typed : {"", "ask a question"}) {
    const std::string text =
        "said\n\n╭─ π | model | 11%/1.0M ────────╮\n╰─ " + typed + "                 ─╯\n";
    const ScreenLines lines(text);
    for (const std::optional<int> cursor : {std::optional<int>(), std::optional<int>(3)}) {
      Layout layout;
      find_layout(lines, any, "", 0, cursor, layout);
      EXPECT_TRUE(layout.has_box);
      EXPECT_EQ(layout.input, typed);
    }
  }
}

TEST(Layout, APromptBetweenTwoRulesNeedsNoSign) {
  const std::string text = "said\n" + kRule + " ask a question\n" + kRule + " model · 12%\n";
  const ScreenLines lines(text);
  PromptSpec any;
  any.boxes = {BoxKind::kAny};
  Layout layout;
  find_layout(lines, any, "", 0, 2, layout);
  EXPECT_TRUE(layout.has_box);
  EXPECT_EQ(layout.input, "ask a question");
  EXPECT_EQ(layout.input_column, 1);
  Layout elsewhere;
  find_layout(lines, any, "", 0, 0, elsewhere);
  EXPECT_FALSE(elsewhere.has_box) << "the cursor is not in it";
}

// Codex of 2025 draws a bar before each row, opencode in 30 columns wraps its model's name, an extension of
// pi has bars between rules.
TEST(Layout, RowsBehindABar) {
  const auto input = [](const std::string& text, BoxKind kind, const std::vector<std::string>& glyphs,
                        int row) {
    PromptSpec prompt;
    prompt.boxes = {kind};
    prompt.glyphs = glyphs;
    prompt.footer_lines = 5;
    const ScreenLines lines(text);
    Layout layout;
    find_layout(lines, prompt, "", 0, row, layout);
    return layout.has_box ? layout.input : "no prompt";
  };
  EXPECT_EQ(input("said\n\n▌ one\n▌ two\n▌\n\n⏎ send   ⌃C quit\n", BoxKind::kGlyph, {"▌"}, 2), "one\ntwo");
  EXPECT_EQ(input("  ┃\n  ┃  ask\n  ┃\n  ┃  Bui ·Mini ( O\n  ┃  ld   free)p\n  ╹▀▀▀▀▀▀▀▀▀▀\n", BoxKind::kBar,
                  {}, 1),
            "ask");
  EXPECT_EQ(
      input("  ┃\n  ┃  one\n  ┃\n  ┃  two\n  ┃\n  ┃  Build · Mini\n  ╹▀▀▀▀▀▀▀▀▀▀\n", BoxKind::kBar, {}, 1),
      "one\ntwo");
  EXPECT_EQ(input(kRule + "│\n│\n│ gpt-5.5  medium\n" + kRule, BoxKind::kRuled, {}, 1), "");
  EXPECT_EQ(input(kRule + "|\n| ask\n|\n| gpt-5.5  medium\n" + kRule, BoxKind::kRuled, {}, 2), "ask");
}

TEST(Layout, ADraftOfRowsBetweenTwoBars) {
  PromptSpec bars;
  bars.boxes = {BoxKind::kAny};
  bars.glyphs = {">", "┃"};
  bars.footer_lines = 10;
  const auto found = [&](const std::string& below, Layout& layout) {
    const std::string text = "What now?\n\n┃\n┃ rename these:\n┃ - 2. Yes, one to two\n┃\n\n" + below;
    const ScreenLines lines(text);
    find_layout(lines, bars, "", 0, std::nullopt, layout);
    return layout.has_box;
  };
  Layout draft;
  EXPECT_TRUE(found("▶ normal mode on\n", draft));
  EXPECT_EQ(draft.input, "rename these:\n- 2. Yes, one to two");
  Layout said;
  EXPECT_FALSE(found("Do you want it?\n\n❯ ✓ Yes\n  ✗ No\n", said)) << "an answer over a dialog";
  EXPECT_FALSE(found("⠧ Press Esc to cancel\n\n▶ normal mode on\n", said))
      << "an answer that is being written";
}

// A screen of an agent that draws its own cursor in its prompt, and what it is called.
Verdict seen_at(const std::string& text, int x, int y, const std::string& agent = "claude",
                bool cursor_visible = true) {
  static const auto classifier = *Classifier::build(*load_rules(""));
  Screen screen;
  screen.text = text;
  screen.processes = ProcessEvidence::kAgent;
  screen.agent_hint = agent;
  screen.cursor_x = x;
  screen.cursor_y = y;
  screen.cursor_visible = cursor_visible;
  return classifier->classify(screen).verdict;
}

// While it works, a row says so below what is typed, between bars of its own.
TEST(Layout, ARowOfItsWorkBetweenTheBarsOfThePrompt) {
  PromptSpec bars;
  bars.boxes = {BoxKind::kAny};
  bars.glyphs = {">", "┃"};
  bars.footer_lines = 10;
  for (const bool one_row : {true, false}) {
    const std::string typed = one_row ? "┃ and then the docs\n" : "┃ and then\n┃ the docs\n";
    const std::string text =
        "What now?\n\n┃\n" + typed + "┃\n┃ ⠧ Press Esc to cancel\n┃\n\n▶ normal mode on\n";
    const ScreenLines lines(text);
    Layout layout;
    find_layout(lines, bars, "", 0, std::nullopt, layout);
    ASSERT_TRUE(layout.has_box);
    EXPECT_EQ(layout.input, one_row ? "and then the docs" : "and then\nthe docs");
    const auto activity = find_activity(lines, layout);
    ASSERT_TRUE(activity.has_value());
    EXPECT_EQ(activity->where, "input");
  }
  const std::string answer = "mock:\n\n┃\n┃ I run it.\n┃\n\nDo you want it?\n\n> ✓ Yes\n  ✗ No\n";
  Layout said;
  find_layout(ScreenLines(answer), bars, "", 0, std::nullopt, said);
  EXPECT_FALSE(said.has_box) << "an answer over what is to be chosen";
}

TEST(Draft, TextBehindTheCursorIsASuggestionWhereThereAreSuch) {
  const auto state = [](const std::string& agent, const std::string& text, int x, int y) {
    return seen_at(text, x, y, agent, false).state;
  };
  const std::string rule = kRule.substr(0, kRule.find('\n') + 1);
  EXPECT_EQ(state("claude", rule + "❯ write a test\n" + rule + "  ? for shortcuts\n", 2, 1), State::kIdle);
  EXPECT_EQ(state("claude", rule + "❯ write a test\n\n" + rule + "  ? for shortcuts\n", 2, 1), State::kDraft)
      << "a suggestion fills one row";
  EXPECT_EQ(state("gemini", rule + " > what is here\n" + rule + " workspace (/directory)\n", 3, 1),
            State::kDraft)
      << "suggests: false";
}

TEST(Layout, FiguresBeforeTheSignOfAPrompt) {
  PromptSpec any;
  any.boxes = {BoxKind::kAny};
  for (const char* text : {"said\n\n[default] 6% > ", "said\n\n6% > go on", "said\n\n[plan] > "}) {
    const ScreenLines lines(text);
    Layout layout;
    find_layout(lines, any, "", 0, 2, layout);
    EXPECT_TRUE(layout.has_box) << text;
    EXPECT_EQ(layout.input, std::string_view(text).ends_with("go on") ? "go on" : "");
  }
}

TEST(Layout, APointerInAListWithKeysIsNoPrompt) {
  const std::string list = " Resume\n › 2 hours ago   main   fix it\n   1 day ago     main   notes\n\n";
  PromptSpec glyph;
  glyph.boxes = {BoxKind::kGlyph};
  glyph.glyphs = {"›"};
  glyph.footer_lines = 5;
  Layout layout;
  const std::string text = list + " enter resume   esc start new   ↑/↓ browse\n";
  const ScreenLines lines(text);
  find_layout(lines, glyph, "", 0, {}, layout);
  EXPECT_FALSE(layout.has_box);

  const ScreenLines ticks(
      "  Features\n\n› [ ] Notes   keep them\n  [x] Search\n\n  Press space to select or enter to save\n");
  Layout ticked, typed;
  find_layout(ticks, glyph, "", 0, 5, ticked);
  EXPECT_FALSE(ticked.has_box);
  find_layout(ticks, glyph, "", 0, 2, typed);
  EXPECT_TRUE(typed.has_box) << "the cursor is in it";
}

TEST(Background, CountedInTheFooter) {
  const auto counted = [](const std::string& footer) {
    const std::string text = kRule + "❯ \n" + kRule + footer;
    const ScreenLines lines(text);
    Layout layout;
    find_layout(lines, ruled(), "", 0, 1, layout);
    return counts_background(layout);
  };
  EXPECT_TRUE(counted("  model · 14% · 2 background tasks\n"));
  EXPECT_TRUE(counted("  1 background terminal running\n"));
  EXPECT_FALSE(counted("  ctrl+b for background tasks\n"));
  EXPECT_FALSE(counted("  0 background tasks\n"));
}

TEST(ShellPrompt, OfManyMakes) {
  for (const char* line :
       {"╰─$ ", "└─❯ ", "~/src main ❯ ", "dev@box ~/src> ", "box% ", " dev \xEE\x82\xB0 ~/src \xEE\x82\xB0 "})
    EXPECT_TRUE(is_empty_prompt(line)) << line;
  for (const char* line : {"╰─ Working", "50% done", "❯ ", "> quote", "text ❯ more"})
    EXPECT_FALSE(is_prompt_line(line)) << line;
  EXPECT_TRUE(runs_lister("ls -l src"));
  EXPECT_FALSE(runs_lister("ls; cat screen.txt"));
}

TEST(ShellPrompt, ACommandBehindASignUnderALineThatSaysWhereOneIs) {
  const std::string text = "src on main via v24\n❯ cat x\n❯ 1. Yes\n~/src main*\n❯ ls\n";
  const ScreenLines lines(text);
  EXPECT_EQ(command_on(lines, 1), "cat x");
  EXPECT_EQ(command_on(lines, 2), std::nullopt) << "a sign alone";
  EXPECT_EQ(command_on(lines, 4), "ls");
}

TEST(CrashReport, StandsDirectlyBeforeThePrompt) {
  const auto found = [](const std::string& text) { return find_crash_report(ScreenLines(text)); };
  EXPECT_EQ(found("dev@box:~$ codex\nThe application panicked (crashed).\nMessage:  out of it\ndev@box:~$ "),
            "panicked");
  EXPECT_EQ(found("Traceback (most recent call last):\n  File \"x\", line 1\nValueError: v3\ndev@box:~$ "),
            "Traceback");
  EXPECT_EQ(found("FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n$ "),
            "heap out of memory");
  EXPECT_EQ(found("Traceback (most recent call last):\nValueError\ndev@box:~$ ls\nsrc\ndev@box:~$ "),
            std::nullopt)
      << "a command was typed since";
  EXPECT_EQ(found("  Traceback (most recent call last):\ndev@box:~$ "), std::nullopt) << "quoted";
  const ScreenLines named("oh no: Bun has crashed.\nArgs: \"opencode\"\n\nAborted\ndev@box:~$ ");
  EXPECT_EQ(last_command(named), "opencode") << "the report names its program";
  EXPECT_EQ(last_command(ScreenLines("dev@box:~$ claude -c\nAborted\ndev@box:~$ ")), "claude -c");
}

TEST(CrashReport, OfAnotherCommandIsNotTheAgents) {
  const auto classifier = *Classifier::build(*load_rules(""));
  const auto state = [&](const std::string& agent, const std::string& text) {
    Screen s;
    s.width = 80;
    s.height = 24;
    s.text = text + "\ndev@box:~$ \n";
    s.processes = ProcessEvidence::kShellOnly;
    s.seen_agent = s.agent_hint = agent;
    s.agent_seen_before = true;
    return classifier->classify(s).verdict.state;
  };
  const std::string trace = "\nTraceback (most recent call last):\nValueError: v3";
  EXPECT_EQ(state("aider", "dev@box:~$ aider" + trace), State::kCrashed);
  EXPECT_EQ(state("aider", "dev@box:~$ python report.py" + trace), State::kExited);
  const std::string ended =
      "dev@box:~$ claude\n\nResume this session with:\nclaude --resume 4f1c\ndev@box:~$ ";
  EXPECT_EQ(state("claude", ended + "make\nKilled"), State::kExited);
  EXPECT_EQ(state("claude", ended + "claude -c\nKilled"), State::kCrashed);
  EXPECT_EQ(state("claude", "dev@box:~$ ./work.sh\nKilled"), State::kCrashed) << "a script's agent";
}

TEST(Redesign, AnAgentsNameOnAnothersDialogWaits) {
  EXPECT_EQ(verdict_of("╭──────────────────╮\n│ Allow execution? │\n│ ● 1. Allow once  │\n│   2. No (esc)    "
                       "│\n╰──────────────────╯\n",
                       900)
                .state,
            State::kWaiting);
}

TEST(CleanScreen, DropsSelectorsAndAScrollbar) {
  std::string storage;
  EXPECT_EQ(clean_screen("●\xEF\xB8\x8E done\n", storage), "● done\n");
  const std::string plain = "one\ntwo\n";
  EXPECT_EQ(clean_screen(plain, storage).data(), plain.data());
  const std::string bar =
      "a                   █\n                    █\nlonger text here    █\n                    █\n";
  EXPECT_EQ(clean_screen(bar, storage),
            "a                   \n                    \nlonger text here    \n                    \n");
  const std::string frame = "│ a                 │\n│ b                 │\n│ c                 │\n";
  EXPECT_EQ(clean_screen(frame, storage), frame);
  const std::string block = "  ┃\n  ┃\n  ┃\n  ┃  text in opencode's block\n";
  EXPECT_EQ(clean_screen(block, storage), block);
}

TEST(RuleLine, ALabelAtEitherEnd) {
  EXPECT_TRUE(is_rule_line("─ mock · medium ─────── ctx 0% ─"));
  EXPECT_TRUE(is_rule_line("── ⠼ Working ───────────────────"));
  EXPECT_TRUE(is_rule_line("─ mock/mock-1 · medium ─── ctx 0%/128k · /srv/dev─"));
  EXPECT_TRUE(is_rule_line("────────────────────────── INSERT"));
  EXPECT_FALSE(is_rule_line("── short ──"));
  EXPECT_FALSE(is_rule_line("text ─────────────────────────"));
  EXPECT_FALSE(is_rule_line("├────────┼───────────┤"));
}

TEST(Recalled, WordsThatStandAboveAreNoSuggestion) {
  const std::string rule = "────────────────────────────────────────\n";
  const std::string turn = "❯ rename it, please\n\n● Done.\n\n";
  EXPECT_EQ(seen_at(turn + rule + "❯ rename it, please\n" + rule + "  ⏸ manual mode on\n", 2, 5).state,
            State::kDraft);
  EXPECT_EQ(seen_at(turn + rule + "❯ commit this\n" + rule + "  ⏸ manual mode on\n", 2, 5).state,
            State::kIdle);
}

TEST(Recalled, ACommandIsNoSuggestion) {
  const std::string rule = "────────────────────────────────────────\n";
  EXPECT_EQ(
      seen_at("● No such command.\n\n" + rule + "❯ /chat list\n" + rule + "  ⏸ manual mode on\n", 2, 3)
          .state,
      State::kDraft);
}

TEST(Overlay, WithoutAFrame) {
  const std::string rule = "────────────────────────────────────────\n";
  const std::string footer = "  ⏸ manual mode on\n";
  const auto verdict = [&](const std::string& line, int y) {
    return seen_at("● Done.\n\n" + rule + "❯ fix the tests\n" + rule + line + footer, 20, y);
  };
  EXPECT_EQ(verdict("", 3).state, State::kDraft);
  EXPECT_EQ(verdict("     reverse-i-search: tests  enter accept · esc cancel\n", 5).detail, "menu");
  EXPECT_EQ(
      seen_at("● Done.\n\n" + rule + "(reverse-i-search)`te': fix the tests\n" + rule + footer, 20, 3).detail,
      "menu");
  EXPECT_EQ(verdict("     Press Enter to open, any other key to close\n", 6).detail, "menu");
  EXPECT_EQ(verdict("     Press Enter to open, any other key to close\n", 3).state, State::kDraft)
      << "the cursor stands in the prompt: it is the person's";
}

TEST(Choice, ATableUnderItsKeys) {
  const std::string table = "   #1    │ 3    │ is it done\n ❯ #2    │ 3    │ what is here\n ▼\n";
  EXPECT_EQ(choice_of(" Navigate: ↑/↓   Resume: Enter\n Quit: q\n\n" + table).kind, Choice::Kind::kPointer);
  EXPECT_FALSE(choice_of(" Sessions\n\n" + table).found());
}

TEST(Choice, KeysBehindTheOptions) {
  const std::string dialog =
      "\n        Is this place safe?\n\n   Yes, go on        y\n   No, leave it      n\n";
  const Choice c = choice_of(dialog);
  EXPECT_EQ(c.kind, Choice::Kind::kPointer);
  EXPECT_THAT(options_of(c), testing::ElementsAre("Yes, go on", "No, leave it"));
  EXPECT_EQ(c.options[1].key, "n");
  EXPECT_FALSE(choice_of(dialog + "\nThat was asked.\n").found());
  EXPECT_FALSE(choice_of("Values:\n\n   first one        a\n   second one       b\n").found())
      << "none refuses what another takes";
}

TEST(Choice, RoundMarksInARow) {
  const Choice c = choice_of("◆  Share the numbers?\n│  ○ Yes  / ● No \n└  \n");
  EXPECT_EQ(c.kind, Choice::Kind::kButtons);
  EXPECT_THAT(options_of(c), testing::ElementsAre("Yes", "No"));
  EXPECT_EQ(c.selected, 1);
  EXPECT_FALSE(choice_of("● One way / another is what it said.\n").found());
}

TEST(Choice, KeysWrittenWithAColon) {
  const std::string radio = "  ┃  Run it?\n  ┃\n  ┃  1 (○) Yes\n  ┃  2 (●) No\n  ┃\n";
  const Choice c = choice_of(radio + "\n  1/2:select  │  Ctrl+c:cancel\n");
  EXPECT_THAT(options_of(c), testing::ElementsAre("Yes", "No"));
  EXPECT_EQ(c.options[0].key, "1");
  EXPECT_EQ(c.selected, 1);
}

TEST(Choice, ADefaultThatThePaneWrapped) {
  const Choice c = choice_of("Nothing is tracked here, begin now (better)? (Y)es/(N)o\n [Yes]: ", 8, 1);
  EXPECT_EQ(c.kind, Choice::Kind::kYesNo);
  ASSERT_FALSE(c.options.empty());
  EXPECT_EQ(c.options[0].line, 0u) << "the question, not its default";
}

TEST(Choice, AFieldWhoseKeysAreAllThatStandsBelow) {
  const std::string field = "What shall it be called?\n\n> a word or two\n\n";
  PromptSpec open = ruled();
  open.boxes = {BoxKind::kGlyph};
  EXPECT_EQ(choice_of(field + "Enter to submit · Esc to cancel\n", {}, {}, open).kind, Choice::Kind::kKeys);
  EXPECT_FALSE(choice_of(field + "Enter to send · Esc to clear\n", {}, {}, open).found());
  EXPECT_FALSE(
      choice_of(field + "Enter to submit · Esc to cancel\nmodel one · 3% used\n", {}, {}, open).found());
}

TEST(Choice, AScreenWhoseOnlyKeyLeavesIt) {
  const std::string text = "  Open the page and type this.\n\n  AB-12\n\n  ctrl+q  quit\n";
  EXPECT_TRUE(find_way_out(ScreenLines(text)).found());
  const std::string said = "Press ctrl+q to quit the editor.\n";
  EXPECT_FALSE(find_way_out(ScreenLines(said)).found());
}

TEST(Activity, AKeyAmongOthersStandsThereAlways) {
  EXPECT_FALSE(activity_of(kPrompt + " / for commands • ↑↓ for history • Esc/Ctrl+C to interrupt\n"));
  EXPECT_TRUE(activity_of(kPrompt + " ↑↓ for history • Esc to interrupt\n"));
}

TEST(Activity, DotsBeforeTheKeyInTheFooter) {
  EXPECT_TRUE(activity_of(kPrompt + " ∿ Asking the model...  Esc to cancel\n"));
  EXPECT_FALSE(activity_of(kPrompt + " Type to filter  Esc to cancel\n"));
}

TEST(Activity, ItTriesAgainInAWhile) {
  EXPECT_TRUE(activity_of("✻ No answer yet · will retry in 1m 4s · look at your network\n\n" + kPrompt));
  EXPECT_FALSE(activity_of("I will retry in 4s, or so it says.\n\n" + kPrompt));
}

TEST(Overlay, NarrowerThanThePrompt) {
  const std::string rule = "────────────────────────────────────────\n";
  EXPECT_EQ(
      seen_at("● Done.\n\n" + rule + "❯ Wh\n" + rule + "  Aut  Press Enter to open, any other key to close\n",
              0, 6)
          .detail,
      "menu");
}

TEST(CleanScreen, AScrollbarDirectlyBehindAFrame) {
  std::string kept;
  const std::string row = "│ some words in here │";
  const std::string text = row + "▄\n" + row + "█\n" + row + "█\n" + row + "\n";
  EXPECT_EQ(clean_screen(text, kept).find("█"), std::string_view::npos);
  const std::string drawing = "│ 40% ████████████ │\n│ 60% ████████████ │\n│ 80% ████████████ │\n";
  EXPECT_EQ(clean_screen(drawing, kept), drawing);
}

TEST(Layout, ANameBeforeTheSignWhereOneTypes) {
  for (const char* prompt : {"[reviewer]> ", "[a-rather-long-name-of-one] 16% λ > ", "[plan] > "}) {
    const std::string text = std::string("It is done.\n\n") + prompt;
    const int x = display_width(prompt);
    EXPECT_EQ(seen_at(text, x, 2, "amazonq").state, State::kIdle) << prompt;
    EXPECT_EQ(seen_at(text + "go on", x + 5, 2, "amazonq").state, State::kDraft) << prompt;
    const std::string asks = std::string("Allow this action? [y/n/t]:\n\n") + prompt;
    EXPECT_EQ(seen_at(asks, x, 2, "amazonq").state, State::kWaiting) << prompt;
    EXPECT_EQ(seen_at(asks + "y\n\nIt ran.\n\n" + prompt, x, 6, "amazonq").state, State::kIdle) << prompt;
  }
}

TEST(Choice, NumberedBelowTheCommandThatOpenedIt) {
  const std::string sent = kRule + "❯ /rewind\n" + kRule;
  const std::string box =
      "╭──────────────────╮\n│ ● 1. Go back     │\n│   2. Do nothing  │\n╰──────────────────╯\n";
  EXPECT_EQ(choice_of(sent + "\n" + box, 0, 9).kind, Choice::Kind::kNumbers);
  EXPECT_FALSE(
      choice_of(kRule + "❯ /re\n" + kRule + "  › /rewind  Go back\n    /review  Read\n", 5, 1).found());
}

TEST(Layout, APointerFarAboveItsKeys) {
  PromptSpec open = ruled();
  open.boxes = {BoxKind::kGlyph};
  const std::string text =
      "  Plugins\n\n❯ Nothing to install\n\n\n\n\n  ←/→ tabs · enter details · esc close\n";
  const ScreenLines lines(text);
  Layout layout;
  find_layout(lines, open, "", 0, 7, layout);
  EXPECT_FALSE(layout.has_box);
}

TEST(Layout, ALongListBelowTheCommandThatIsTyped) {
  PromptSpec open = ruled();
  open.boxes = {BoxKind::kGlyph};
  open.footer_lines = 3;
  std::string text = "Done.\n\n❯ /\n\n";
  for (int i = 0; i < 9; ++i) text += "  /name" + std::to_string(i) + "  what it does\n";
  const ScreenLines lines(text);
  Layout layout;
  find_layout(lines, open, "", 0, 2, layout);
  EXPECT_EQ(layout.input, "/");
  Layout elsewhere;
  find_layout(lines, open, "", 0, 6, elsewhere);
  EXPECT_FALSE(elsewhere.has_box);
}

TEST(Command, ItsUsageIsNoFailedTurn) {
  EXPECT_TRUE(is_of_command("✗ Error: Usage: /add-dir <directory>"));
  EXPECT_TRUE(is_of_command("✕ Unknown command: /delegate"));
  EXPECT_FALSE(is_of_command("✗ Error: 503 overloaded (usage: 12%)"));
}

TEST(Shell, PromptsOfASignAlone) {
  const auto killed = [](const std::string& text) { return find_killed(ScreenLines(text)); };
  EXPECT_TRUE(killed("λ claude\nKilled\nλ \n"));
  EXPECT_TRUE(killed("# claude\nAborted\n# \n"));
  EXPECT_FALSE(killed("Killed\n# A heading\n\nText.\n"));
  EXPECT_FALSE(is_prompt_line("λ > what an agent asks for"));
  const std::string heading = "# claude\n\nText.\n";
  EXPECT_FALSE(command_on(ScreenLines(heading), 0));
}

}  // namespace
}  // namespace orc
