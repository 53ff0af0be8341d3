#include "tmux_orc/classify/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "support/temp_dir.h"
#include "tmux_orc/classify/classifier.h"

namespace orc {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::string kHead = R"(agent: mine
process: {names: [mine]}
prompt: {boxes: [ruled], glyphs: ['>']}
)";

std::string with_rule(const std::string& fields) {
  return kHead + "rules:\n  - {name: a, state: idle, " + fields + "}\n";
}

std::string problem_of(const std::string& yaml) {
  auto parsed = parse_rules(yaml, "r.yaml");
  EXPECT_FALSE(parsed.has_value()) << "was accepted:\n" << yaml;
  return parsed ? "" : parsed.error().message;
}

TEST(ParseRules, ReadsAWholeFile) {
  auto parsed = parse_rules(R"(agent: mine
title: My Agent
process: {names: [mine, mine-cli], paths: ['@me/mine']}
prompt:
  boxes: [ruled, rounded, bar, glyph]
  glyphs: ['>']
  turns: ['> ']
  placeholders: ['Ask [a-z]+']
  footer_lines: 7
  cursor: true
identify:
  - {region: title, match: 'Mine', weight: 3}
  - {match: 'Welcome to Mine'}
farewell: ['^Bye from mine']
rules:
  - {name: low, state: idle, region: footer, any: ['ready'], seen: ['1.0']}
  - {name: high, state: waiting, detail: command, priority: 50, all: ['Allow\?', {region: last, match: 'y/n'}], none: ['never'], confidence: 80}
)",
                            "r.yaml");
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
  EXPECT_EQ(parsed->agent, "mine");
  EXPECT_EQ(parsed->title, "My Agent");
  EXPECT_EQ(parsed->process.agent, "mine");
  EXPECT_THAT(parsed->process.names, testing::ElementsAre("mine", "mine-cli"));
  EXPECT_EQ(parsed->prompt.boxes.size(), 4u);
  EXPECT_EQ(parsed->prompt.footer_lines, 7);
  EXPECT_TRUE(parsed->prompt.cursor_in_input);
  ASSERT_EQ(parsed->identify.size(), 2u);
  EXPECT_EQ(parsed->identify[1].weight, 1);
  EXPECT_EQ(parsed->identify[1].pattern.region, Region::kScreen);
  ASSERT_EQ(parsed->rules.size(), 2u);
  const Rule& high = parsed->rules[0];  // highest priority first, whatever the order in the file
  EXPECT_EQ(high.name, "high");
  EXPECT_EQ(high.state, State::kWaiting);
  EXPECT_EQ(high.detail, "command");
  EXPECT_EQ(high.confidence, 0.8);
  EXPECT_EQ(high.all[0].region, Region::kBottom);
  EXPECT_EQ(high.all[1].region, Region::kLast);
  EXPECT_EQ(high.where.line, 17);
  EXPECT_EQ(parsed->rules[1].any[0].region, Region::kFooter);
}

TEST(ParseRules, UnknownKeysHavePlaceAndSuggestion) {
  EXPECT_THAT(problem_of("agent: mine\nidentfy: []\n"),
              AllOf(HasSubstr("r.yaml:2:1:"), HasSubstr("identfy"), HasSubstr("did you mean 'identify'")));
  EXPECT_THAT(problem_of(with_rule("al: ['x']")),
              AllOf(HasSubstr("r.yaml:5:"), HasSubstr("did you mean 'all'")));
  EXPECT_THAT(problem_of("agent: mine\nprompt: {glyph: ['>']}\n"), HasSubstr("did you mean 'glyphs'"));
  EXPECT_THAT(problem_of("agent: mine\nprocess: {name: [x]}\n"), HasSubstr("did you mean 'names'"));
  EXPECT_THAT(problem_of(with_rule("all: [{region: last, mach: 'x'}]")), HasSubstr("did you mean 'match'"));
}

TEST(ParseRules, BadRegexesHaveAPlace) {
  EXPECT_THAT(problem_of(with_rule("all: ['a(b']")), AllOf(HasSubstr("r.yaml:5:"), HasSubstr("a(b")));
  EXPECT_THAT(problem_of(with_rule("any: ['(?=x)']")), HasSubstr("r.yaml:5:"));  // RE2 has no lookahead
  EXPECT_THAT(problem_of("agent: mine\nidentify: [{match: '['}]\n"), HasSubstr("r.yaml:2:"));
}

TEST(ParseRules, BadPlaceholdersAndFarewellsHaveAPlaceToo) {
  EXPECT_THAT(problem_of("agent: mine\nprompt: {placeholders: ['a(b']}\n"), HasSubstr("r.yaml:2:"));
  EXPECT_THAT(problem_of("agent: mine\nfarewell: ['a(b']\n"), HasSubstr("r.yaml:2:"));
}

TEST(ParseRules, PatternsThatAlwaysMatchAreRefused) {
  EXPECT_THAT(problem_of(with_rule("all: ['x*']")), HasSubstr("always matches"));
  EXPECT_THAT(problem_of(with_rule("all: ['']")), HasSubstr("empty pattern"));
  EXPECT_THAT(problem_of(with_rule("all: []")), HasSubstr("at least one"));
  EXPECT_THAT(problem_of(with_rule("none: ['x']")), HasSubstr("always match"));
}

TEST(ParseRules, UnknownRegionsStatesAndBoxes) {
  EXPECT_THAT(problem_of(with_rule("region: foter, all: ['x']")),
              AllOf(HasSubstr("foter"), HasSubstr("did you mean 'footer'")));
  EXPECT_THAT(problem_of(kHead + "rules: [{name: a, state: sleepy, all: ['x']}]\n"),
              HasSubstr("unknown state 'sleepy'"));
  EXPECT_THAT(problem_of("agent: mine\nprompt: {boxes: [square]}\n"), HasSubstr("unknown box 'square'"));
}

TEST(ParseRules, Duplicates) {
  EXPECT_THAT(problem_of("agent: a\nagent: b\n"), HasSubstr("given twice"));
  EXPECT_THAT(
      problem_of(kHead +
                 "rules:\n  - {name: a, state: idle, all: ['x']}\n  - {name: a, state: idle, all: ['y']}\n"),
      AllOf(HasSubstr("rule 'a' is given twice"), HasSubstr("r.yaml:6:")));
}

TEST(ParseRules, RulesBehindAMoreGeneralOneCanNeverFire) {
  const std::string message = problem_of(kHead + R"(rules:
  - {name: general, state: idle, priority: 9, all: ['x']}
  - {name: special, state: waiting, priority: 5, all: ['x', 'y']}
)");
  EXPECT_THAT(message,
              AllOf(HasSubstr("'special' can never fire"), HasSubstr("'general'"), HasSubstr("r.yaml:6:")));
  EXPECT_THAT(problem_of(kHead + R"(rules:
  - {name: general, state: idle, priority: 9, any: ['x', 'z']}
  - {name: special, state: waiting, priority: 5, all: ['x']}
)"),
              HasSubstr("'special' can never fire"));
}

TEST(ParseRules, SpecialRulesBeforeGeneralOnesAreFine) {
  for (const char* rules : {"rules:\n  - {name: s, state: idle, priority: 9, all: ['x', 'y']}\n  - {name: g, "
                            "state: idle, all: ['x']}\n",
                            "rules:\n  - {name: s, state: idle, priority: 9, all: ['x'], none: ['z']}\n  - "
                            "{name: g, state: idle, all: ['x']}\n",
                            "rules:\n  - {name: s, state: idle, priority: 9, any: ['x']}\n  - {name: g, "
                            "state: idle, any: ['x', 'y']}\n",
                            "rules:\n  - {name: s, state: idle, all: ['x']}\n  - {name: g, state: idle, all: "
                            "[{region: last, match: 'x'}]}\n"}) {
    auto parsed = parse_rules(kHead + rules, "r.yaml");
    EXPECT_TRUE(parsed.has_value()) << parsed.error().message;
  }
}

TEST(ParseRules, RulesThatContradictThemselvesCanNeverFire) {
  EXPECT_THAT(problem_of(with_rule("all: ['x'], none: ['x']")), HasSubstr("can never fire"));
  EXPECT_THAT(problem_of(with_rule("all: [{region: footer, match: 'x'}, {region: dialog, match: 'y'}]")),
              HasSubstr("can never fire"));
  EXPECT_THAT(problem_of("agent: mine\nrules: [{name: a, state: idle, region: footer, all: ['x']}]\n"),
              HasSubstr("needs a prompt box"));
}

TEST(ParseRules, TheWholeScreenIsNoEvidenceForARule) {
  EXPECT_THAT(problem_of(with_rule("region: screen, all: ['x']")), HasSubstr("whole screen"));
}

TEST(ParseRules, NorIsItUnderAnyOrNone) {
  EXPECT_THAT(problem_of(with_rule("any: [{region: screen, match: 'x'}]")), HasSubstr("whole screen"));
  EXPECT_THAT(problem_of(with_rule("all: ['y'], none: [{region: screen, match: 'x'}]")),
              HasSubstr("whole screen"));
}

TEST(ParseRules, AnyOfRegionsThatNeedAMissingBoxCanNeverFire) {
  EXPECT_THAT(problem_of("agent: mine\nrules: [{name: a, state: idle, region: footer, any: ['x']}]\n"),
              HasSubstr("can never fire"));
}

TEST(ParseRules, WrongTypesAndRanges) {
  for (const std::string& yaml :
       {std::string("[]"), std::string("text"), std::string("agent: [x]\n"), std::string("title: no agent\n"),
        std::string("agent: mine\nrules: {a: b}\n"), std::string("agent: mine\nprocess: claude\n"),
        std::string("agent: mine\nprompt: {footer_lines: 99}\n"),
        std::string("agent: mine\nprompt: {cursor: perhaps}\n"),
        std::string("agent: mine\nidentify: [{match: x, weight: 11}]\n"),
        std::string("agent: mine\nprompt: {turns: x}\n"), with_rule("all: 'x'"),
        with_rule("priority: 1001, all: ['x']"), with_rule("priority: high, all: ['x']"),
        with_rule("confidence: 0, all: ['x']"), with_rule("confidence: 101, all: ['x']"),
        with_rule("all: [[x]]"), kHead + "rules: [{state: idle, all: ['x']}]\n", kHead + "rules: [text]\n"}) {
    EXPECT_THAT(problem_of(yaml), HasSubstr("r.yaml:")) << yaml;
  }
}

// A text where a list belongs must not be taken for an empty list.
TEST(ParseRules, BoxesAndIdentifyMustBeLists) {
  EXPECT_THAT(problem_of("agent: mine\nprompt: {boxes: ruled}\n"), HasSubstr("r.yaml:2:"));
  EXPECT_THAT(problem_of("agent: mine\nidentify: Welcome\n"), HasSubstr("r.yaml:2:"));
}

TEST(ParseRules, YamlErrorsHaveAPlace) {
  EXPECT_THAT(problem_of("agent: mine\nrules: [\n"), HasSubstr("r.yaml:"));
  EXPECT_THAT(problem_of("agent: mine\n\trules: x\n"), HasSubstr("r.yaml:2:"));
}

TEST(ParseRules, TellsAllProblemsAtOnce) {
  EXPECT_THAT(
      problem_of(
          "agent: mine\nnonsense: 1\nprompt: {boxes: [square]}\nrules: [{name: a, state: b, all: ['(']}]\n"),
      AllOf(HasSubstr("r.yaml:2:"), HasSubstr("r.yaml:3:"), HasSubstr("r.yaml:4:")));
}

TEST(LoadRules, TheBuiltInOnesAreGood) {
  auto rules = load_rules("");
  ASSERT_TRUE(rules.has_value()) << rules.error().message;
  std::vector<std::string> agents;
  for (const AgentRules& r : *rules) agents.push_back(r.agent);
  EXPECT_THAT(agents, testing::IsSupersetOf({"claude", "codex", "gemini", "opencode", "qwen", "pi"}));
  EXPECT_TRUE(Classifier::build(std::move(*rules)).has_value());
}

TEST(LoadRules, AMissingFolderIsNoError) { EXPECT_TRUE(load_rules("/nonexistent/folder").has_value()); }

TEST(LoadRules, AUsersFileAddsAnAgent) {
  const test::TempDir dir;
  dir.write("mine.yaml", kHead +
                             "identify: [{match: 'Mine v\\d', weight: 3}]\nrules: [{name: busy, state: "
                             "working, all: ['busy']}]\n");
  dir.write("notes.txt", "not: [rules");
  auto rules = load_rules(dir.path());
  ASSERT_TRUE(rules.has_value()) << rules.error().message;
  const std::size_t builtin = load_rules("")->size();
  EXPECT_EQ(rules->size(), builtin + 1);
  auto classifier = Classifier::build(std::move(*rules));
  ASSERT_TRUE(classifier.has_value());
  Screen screen;
  screen.text = "Mine v3\n\nbusy\n";
  EXPECT_EQ((*classifier)->classify(screen).verdict.rule, "mine/busy");
}

TEST(LoadRules, AUsersFileReplacesTheBuiltInAgent) {
  const test::TempDir dir;
  dir.write("c.yaml",
            "agent: claude\nprocess: {names: [claude]}\nrules: [{name: only, state: working, all: ['x']}]\n");
  auto rules = load_rules(dir.path());
  ASSERT_TRUE(rules.has_value());
  EXPECT_EQ(rules->size(), load_rules("")->size());
  int found = 0;
  for (const AgentRules& r : *rules) {
    if (r.agent != "claude") continue;
    ++found;
    EXPECT_EQ(r.rules.size(), 1u);
    EXPECT_THAT(r.origin, HasSubstr("c.yaml"));
  }
  EXPECT_EQ(found, 1);
}

TEST(LoadRules, AUsersBadFileIsNamed) {
  const test::TempDir dir;
  const std::string path = dir.write("bad.yaml", "agent: x\nfoo: 1\n");
  auto rules = load_rules(dir.path());
  ASSERT_FALSE(rules.has_value());
  EXPECT_THAT(rules.error().message, HasSubstr(path + ":2:1:"));
}

TEST(Region, NamesAreDistinct) {
  std::set<std::string_view> names;
  for (int i = 0; i < kRegionCount; ++i) EXPECT_TRUE(names.insert(to_string(static_cast<Region>(i))).second);
}

}  // namespace
}  // namespace orc
