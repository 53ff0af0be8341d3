// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/classify/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "support/temp_dir.h"
#include "tmux_orc/classify/classifier.h"
#include "tmux_orc/classify/proof.h"
#include "tmux_orc/classify/vocabulary.h"

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
        std::string("agent: mine\nprompt: {suggests: perhaps}\n"),
        std::string("agent: mine\nidentify: [{match: x, weight: 11}]\n"),
        std::string("agent: mine\nprompt: {turns: x}\n"), with_rule("all: 'x'"),
        with_rule("priority: 1001, all: ['x']"), with_rule("priority: high, all: ['x']"),
        with_rule("confidence: 0, all: ['x']"), with_rule("confidence: 101, all: ['x']"),
        with_rule("all: [[x]]"), kHead + "rules: [{state: idle, all: ['x']}]\n", kHead + "rules: [text]\n"}) {
    EXPECT_THAT(problem_of(yaml), HasSubstr("r.yaml:")) << yaml;
  }
}

TEST(ParseRules, WordsOfAnOptionThatIsAField) {
  const std::string dialog = kHead + "rules:\n  - {name: a, state: waiting, answer: arrows, all: ['x'], ";
  const auto rules = parse_rules(dialog + "words: ['Tell Me WHAT']}\n", "r.yaml");
  ASSERT_TRUE(rules) << rules.error().message;
  EXPECT_THAT(rules->rules.front().words, testing::ElementsAre("tell me what"));
  EXPECT_THAT(problem_of(dialog + "words: [' ']}\n"), HasSubstr("empty words"));
  EXPECT_THAT(problem_of(with_rule("all: ['x'], words: ['tell']")), HasSubstr("a rule with an answer"));
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

// ---- extends --------------------------------------------------------------------------------------------

const std::string kBase = R"(agent: base
title: The base
seen: ['1.0']
process: {names: [base]}
prompt: {boxes: [bar], glyphs: ['>'], footer_lines: 9}
identify: [{match: 'shared banner', weight: 3}]
farewell: ['^base -s']
rules:
  - {name: ask, state: waiting, detail: command, priority: 90, all: ['Allow\?'], seen: ['1.1'], confidence: 80}
  - {name: busy, state: working, priority: 50, region: footer, any: ['esc to stop'], none: ['idle']}
  - {name: menu, state: idle, priority: 10, any: ['Pick one']}
)";

Result<AgentRules> find_base(const std::string& name) {
  if (name == "base") return parse_rules(kBase, "base.yaml");
  return fail(ErrorKind::kInvalid, "no rules of that name");
}

AgentRules extended(const std::string& yaml) {
  auto parsed = parse_rules(yaml, "r.yaml", find_base);
  EXPECT_TRUE(parsed.has_value()) << parsed.error().message;
  return parsed.value_or(AgentRules());
}

std::vector<std::string> names_of(const AgentRules& rules) {
  std::vector<std::string> out;
  for (const Rule& r : rules.rules) out.push_back(r.name);
  return out;
}

TEST(Extends, BeginsWithTheOthersRules) {
  const AgentRules r = extended("agent: fork\nextends: base\nprocess: {names: [fork]}\n");
  EXPECT_EQ(r.agent, "fork");
  EXPECT_EQ(r.title, "fork");
  EXPECT_EQ(r.extends, "base");
  EXPECT_THAT(r.process.names, testing::ElementsAre("fork"));  // the other's program is the other
  EXPECT_EQ(r.prompt.footer_lines, 9);
  EXPECT_THAT(r.prompt.boxes, testing::ElementsAre(BoxKind::kBar));
  EXPECT_THAT(names_of(r), testing::ElementsAre("ask", "busy", "menu"));
  EXPECT_THAT(r.farewell, testing::ElementsAre("^base -s"));
  EXPECT_TRUE(proved_on(r).empty()) << "what proves the base proves no fork";
}

TEST(Extends, ARuleOfTheSameNameKeepsWhatIsNotGiven) {
  const AgentRules r = extended(R"(agent: fork
extends: base
seen: ['7.0']
prompt: {glyphs: ['$']}
farewell: ['^fork -s']
without: [menu]
rules:
  - {name: busy, any: ['hold to stop']}
  - {name: own, state: error, priority: 50, any: ['Oops']}
)");
  EXPECT_THAT(names_of(r), testing::ElementsAre("ask", "busy", "own"));
  const Rule& busy = r.rules[1];
  EXPECT_EQ(busy.state, State::kWorking);
  EXPECT_EQ(busy.priority, 50);
  ASSERT_EQ(busy.any.size(), 1u);
  EXPECT_EQ(busy.any[0].regex, "hold to stop");
  EXPECT_EQ(busy.any[0].region, Region::kFooter) << "the rule's own region goes on";
  EXPECT_EQ(busy.none.size(), 1u);
  EXPECT_EQ(busy.where.file, "r.yaml");
  EXPECT_EQ(r.rules[0].where.file, "base.yaml");
  EXPECT_EQ(r.rules[0].confidence, 0.8);
  EXPECT_THAT(r.prompt.glyphs, testing::ElementsAre("$"));
  EXPECT_EQ(r.prompt.footer_lines, 9);
  EXPECT_THAT(r.farewell, testing::ElementsAre("^base -s", "^fork -s"));
  EXPECT_THAT(proved_on(r), testing::ElementsAre("7.0"));
}

TEST(Extends, ItselfAddsToTheBuiltIn) {
  const AgentRules r = extended("agent: base\nextends: base\nprocess: {names: [my-base]}\n");
  EXPECT_EQ(r.title, "The base");
  EXPECT_THAT(r.process.names, testing::ElementsAre("base", "my-base"));
  EXPECT_THAT(proved_on(r), testing::ElementsAre("1.0", "1.1"));
  EXPECT_FALSE(r.identify[0].inherited);
}

TEST(Extends, ProblemsHavePlaces) {
  const auto problem = [](const std::string& yaml) {
    auto parsed = parse_rules(yaml, "r.yaml", find_base);
    return parsed ? "" : parsed.error().message;
  };
  EXPECT_THAT(problem("agent: x\nextends: nobody\n"), HasSubstr("r.yaml:2:10: extends 'nobody'"));
  EXPECT_THAT(problem("agent: x\nextends: base\nwithout: [asks]\n"),
              AllOf(HasSubstr("r.yaml:3:11:"), HasSubstr("did you mean 'ask'")));
  EXPECT_THAT(problem("agent: x\nwithout: [ask]\n"), HasSubstr("r.yaml:2:10:"));
  EXPECT_THAT(problem("agent: x\nextends: base\nrules: [{name: ask, region: last}]\n"),
              HasSubstr("region is for patterns given with it"));
  EXPECT_THAT(problem("agent: x\nextends: base\nrules: [{name: new, any: ['x']}]\n"),
              HasSubstr("needs a state"));
  EXPECT_THAT(
      problem("agent: x\nextends: base\nrules: [{name: ask}, {name: ask, state: idle, any: ['x']}]\n"),
      HasSubstr("'ask' is given twice"));
}

TEST(Extends, WhatTwoShareIdentifiesTheOneThatIsExtended) {
  std::vector<AgentRules> agents = {
      extended("agent: fork\nextends: base\nidentify: [{match: 'Fork v\\d', weight: 1}]\n"),
      *find_base("base")};
  auto classifier = Classifier::build(std::move(agents));
  ASSERT_TRUE(classifier.has_value());
  Screen screen;
  screen.text = "shared banner\nAllow?\n";
  EXPECT_EQ((*classifier)->classify(screen).verdict.rule, "base/ask");
  screen.text = "shared banner\nFork v2\nAllow?\n";
  EXPECT_EQ((*classifier)->classify(screen).verdict.rule, "fork/ask");
}

TEST(LoadRules, AFileExtendsABuiltInOneOrAnotherOfTheUsers) {
  const test::TempDir dir;
  dir.write("a.yaml", "agent: a\nextends: b\nprocess: {names: [a]}\n");
  dir.write("b.yaml", "agent: b\nextends: opencode\nprocess: {names: [b]}\nwithout: [menu]\n");
  dir.write("o.yaml",
            "agent: opencode\nextends: opencode\nrules: [{name: extra, state: error, any: ['Oops']}]\n");
  auto rules = load_rules(dir.path());
  ASSERT_TRUE(rules.has_value()) << rules.error().message;
  const auto of = [&](const std::string& name) {
    return names_of(
        *std::find_if(rules->begin(), rules->end(), [&](const auto& r) { return r.agent == name; }));
  };
  EXPECT_THAT(of("opencode"), testing::IsSupersetOf({"extra", "permission", "menu"}));
  EXPECT_THAT(of("a"), testing::IsSupersetOf({"extra", "permission"})) << "the user's opencode is in force";
  EXPECT_THAT(of("a"), testing::Not(testing::Contains("menu")));
}

TEST(LoadRules, ACircleIsAnError) {
  const test::TempDir dir;
  dir.write("a.yaml", "agent: a\nextends: b\n");
  dir.write("b.yaml", "agent: b\nextends: a\n");
  auto rules = load_rules(dir.path());
  ASSERT_FALSE(rules.has_value());
  EXPECT_THAT(rules.error().message, HasSubstr("circle"));
}

TEST(LoadRules, ABuiltInFileIsCalledLikeItsAgent) {  // builtin_rules() goes by it
  for (const EmbeddedFile& file : embedded_rule_files()) {
    auto rules = parse_rules(std::string(file.text), std::string(file.name));
    ASSERT_TRUE(rules.has_value()) << rules.error().message;
    EXPECT_EQ(rules->agent + ".yaml", file.name);
  }
}

TEST(LoadRules, TheBuiltInOnesBearBeingCompiledWhole) {  // a run trusts that, and compiles what it needs
  auto agents = *load_rules("");
  for (AgentRules& agent : agents) {
    EXPECT_TRUE(agent.built_in) << agent.agent;
    agent.built_in = false;
  }
  const auto built = Classifier::build(agents);
  EXPECT_TRUE(built.has_value()) << built.error().message;
}

TEST(AddProcesses, GoToTheAgentOrSayThatThereIsNone) {
  auto rules = *load_rules("");
  ASSERT_TRUE(add_processes(rules, {{"claude", {"my-claude"}, {"opt/claude"}}}).has_value());
  for (const AgentRules& r : rules) {
    EXPECT_EQ(std::count(r.process.names.begin(), r.process.names.end(), "my-claude"),
              r.agent == "claude" ? 1 : 0);
  }
  const auto bad = add_processes(rules, {{"clude", {"x"}, {}}});
  ASSERT_FALSE(bad.has_value());
  EXPECT_THAT(bad.error().message, HasSubstr("did you mean 'claude'"));
}

// ---- proof ----------------------------------------------------------------------------------------------

TEST(Proof, VersionsGoByTheirNumbers) {
  for (const auto& [older, newer] :
       {std::pair("2.1.9", "2.1.10"), std::pair("1.18", "1.18.1"), std::pair("0.171", "1.0"),
        std::pair("2.1.332", "2.2"), std::pair("9", "10.0.1")}) {
    EXPECT_TRUE(is_older_version(older, newer)) << older << " " << newer;
    EXPECT_FALSE(is_older_version(newer, older)) << older << " " << newer;
  }
  for (const auto& [a, b] :
       {std::pair("1.2.3", "1.2.3"), std::pair("1.2", "1.2.0"), std::pair("1.2.3-linux", "1.2.3")}) {
    EXPECT_FALSE(is_older_version(a, b)) << a << " " << b;
    EXPECT_FALSE(is_older_version(b, a)) << a << " " << b;
  }
  EXPECT_FALSE(is_older_version("1.2.99999999999999999999999", ""));
}

TEST(Proof, SaysWhatIsNewerThanAnyScreen) {
  const AgentRules base = *find_base("base");
  EXPECT_EQ(version_remark(base, "1.1"), "");
  EXPECT_EQ(version_remark(base, "0.9"), "");
  EXPECT_EQ(version_remark(base, ""), "");
  EXPECT_EQ(version_remark(base, "1.1.4"),
            "base 1.1.4 is newer than any screen that proves these rules (1.1)");
  EXPECT_THAT(version_remark(extended("agent: fork\nextends: base\n"), "1.0"), HasSubstr("no screen proves"));
}

// ---- words ----------------------------------------------------------------------------------------------

TEST(Vocabulary, HasEveryVerdictThatTheClassifierGives) {
  std::string source;
  for (const char* file :
       {"src/classify/classifier.cc", "src/classify/shapes.cc", "include/tmux_orc/base/model.h"}) {
    std::ifstream in(std::string(ORC_SOURCE_DIR) + "/" + file);
    source.append(std::istreambuf_iterator<char>(in), {});
  }
  // builtin(agent, state, detail, "name", confidence): the last text among the arguments.
  const std::regex call(R"re(builtin\([^;]*?"([a-z-]+)",\s*(?:[0-9]|confidence))re");
  std::set<std::string> used, known;
  for (std::sregex_iterator at(source.begin(), source.end(), call), end; at != end; ++at)
    used.insert((*at)[1]);
  for (const BuiltinVerdict& v : builtin_verdicts()) known.emplace(v.name);
  const std::regex whole(R"re("builtin/([a-z-]+[a-z])")re");  // where the verdict is not made anew
  for (std::sregex_iterator at(source.begin(), source.end(), whole), end; at != end; ++at)
    used.insert((*at)[1]);
  used.erase("choice");  // all of these together
  const std::regex choice(R"re(return "(choice-[a-z-]+)";)re");  // by its kind
  for (std::sregex_iterator at(source.begin(), source.end(), choice), end; at != end; ++at)
    used.insert((*at)[1]);
  EXPECT_GE(used.size(), 10u);
  EXPECT_EQ(used, known) << "src/classify/vocabulary.cc and docs/rules.md name every builtin verdict";
}

TEST(Vocabulary, StandsInTheDocumentation) {
  std::ifstream in(std::string(ORC_SOURCE_DIR) + "/docs/rules.md");
  const std::string text(std::istreambuf_iterator<char>(in), {});
  for (const BuiltinVerdict& v : builtin_verdicts())
    EXPECT_THAT(text, HasSubstr("`builtin/" + std::string(v.name) + "`"));
  for (const Label& l : labels()) EXPECT_THAT(text, HasSubstr("`" + std::string(l.name) + "`"));
}

TEST(Vocabulary, EveryStateButUnknownIsALabel) {
  for (int i = 0; i < kStateCount; ++i) {
    const auto state = static_cast<State>(i);
    EXPECT_EQ(is_label(to_string(state)), state != State::kUnknown) << to_string(state);
  }
  EXPECT_FALSE(is_label(""));
}

TEST(Region, NamesAreDistinct) {
  std::set<std::string_view> names;
  for (int i = 0; i < kRegionCount; ++i) EXPECT_TRUE(names.insert(to_string(static_cast<Region>(i))).second);
}

}  // namespace
}  // namespace orc
