// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "json_text.h"
#include "tmux_orc/hooks/agent_hooks.h"
#include "tmux_orc/hooks/hook_call.h"

namespace orc {
namespace {

using nlohmann::json;

const std::string kProgram = "/usr/bin/tmux-orc-hook";

AgentHooks claude() { return *hooks_of("claude"); }
std::string with(const std::string& text) { return with_hooks(claude(), text, kProgram).value(); }
std::string without(const std::string& text) { return without_hooks(claude(), text).value(); }

std::size_t ours_in(const json& settings, const std::string& event) {
  std::size_t n = 0;
  for (const json& group : settings["hooks"][event]) {
    for (const json& hook : group["hooks"]) n += hook["command"] == hook_line(kProgram) ? 1 : 0;
  }
  return n;
}

TEST(JsonText, FindsWhatStandsInADocument) {
  const std::string text = R"({"a": 1, /* c */ "b\n": ["x", {"y": true}], // d
    "c": {},})";
  const auto root = read_json_text(text);
  ASSERT_TRUE(root) << root.error().message;
  ASSERT_NE(root->find("b\n"), nullptr);
  const JsonNode& b = *root->find("b\n");
  ASSERT_EQ(b.children.size(), 2u);
  EXPECT_EQ(b.children[0].text, "x");
  EXPECT_EQ(text.substr(b.children[1].begin, b.children[1].end - b.children[1].begin), R"({"y": true})");
  EXPECT_EQ(root->find("d"), nullptr);
}

TEST(JsonText, RefusesWhatIsNone) {
  for (const char* text : {"", "{", "{\"a\"}", "{\"a\":}", "[1 2]", "{} x", "{\"a\": tru}", "/* {}", "\"a",
                           "{a: 1}", "{\"a\": \"\\x\"}", "nul"})
    EXPECT_FALSE(read_json_text(text)) << text;
  EXPECT_FALSE(read_json_text(std::string(100'000, '[')));
  EXPECT_TRUE(read_json_text("\xEF\xBB\xBF{}"));
}

TEST(AgentHooks, AreAddedToNothing) {
  for (const AgentHooks& agent : agents_with_hooks()) {
    const auto text = with_hooks(agent, "", kProgram);
    ASSERT_TRUE(text) << agent.agent;
    EXPECT_EQ(count_hooks(agent, *text), agent.events.size());
    EXPECT_EQ(with_hooks(agent, *text, kProgram), *text) << "twice is once";
    EXPECT_EQ(without_hooks(agent, *text), "") << "nothing else was in it";
    if (agent.kind == AgentHooks::Kind::kSettings) {
      EXPECT_TRUE(json::accept(*text)) << *text;
      EXPECT_EQ(json::parse(*text).size(), 1u);
    }
  }
}

// Whatever the user's file looks like: it is as it was, but for what was added, and again without that.
TEST(AgentHooks, LeaveTheRestAsItWas) {
  const std::string documents[] = {
      "{\n  \"model\": \"opus\",\n  \"env\": {\"KEY\": \"a \\\" b\"}\n}\n",
      "{\n\t\"model\": \"opus\",\n\t\"hooks\": {\n\t\t\"Stop\": [\n\t\t\t{\n\t\t\t\t\"matcher\": \"\",\n"
      "\t\t\t\t\"hooks\": [{\"type\": \"command\", \"command\": \"say done\"}]\n\t\t\t}\n\t\t]\n\t}\n}",
      "{\"model\":\"opus\",\"hooks\":{\"Stop\":[{\"hooks\":[{\"type\":\"command\",\"command\":\"x\"}]}]}}",
      "{\r\n    \"model\": \"opus\"\r\n}\r\n",
      "{\"hooks\": {\"Stop\": [], \"PreToolUse\": [{\"hooks\": []}]}, \"x\": [1, [2, {}]]}\n",
      "{}",
      "{\n}\n",
  };
  for (const std::string& before : documents) {
    const std::string after = with(before);
    ASSERT_TRUE(json::accept(after)) << after;
    json settings = json::parse(after);
    for (const std::string& event : claude().events) EXPECT_EQ(ours_in(settings, event), 1u) << after;
    EXPECT_EQ(with(after), after);
    json rest = json::parse(without(after) == "" ? "{}" : without(after)), was = json::parse(before);
    // An event's list that was empty goes along with what we had put there.
    if (was.contains("hooks") && was["hooks"].value("Stop", json(1)).empty()) was["hooks"].erase("Stop");
    EXPECT_EQ(rest, was) << without(after);
    // Each line that was there still is, in its order.
    std::size_t at = 0;
    for (const std::string& word : {std::string("opus"), std::string("say done"), std::string("a \\\" b")}) {
      if (before.find(word) == std::string::npos) continue;
      at = after.find(word, at);
      EXPECT_NE(at, std::string::npos) << word;
    }
  }
  const std::string tidy = documents[0];
  EXPECT_EQ(without(with(tidy)), tidy) << "to the byte";
  EXPECT_EQ(without(with(documents[1])), documents[1]);
  EXPECT_EQ(without(with(documents[2])), documents[2]);
  EXPECT_EQ(without(with(documents[3])), documents[3]);
  EXPECT_NE(with(documents[1]).find("\n\t\t\"UserPromptSubmit\": [\n\t\t\t{\n"), std::string::npos)
      << "laid out as the rest: " << with(documents[1]);
}

TEST(AgentHooks, KeepComments) {
  const std::string before = "{\n  // mine\n  \"theme\": \"dark\", // too\n  /* and this */\n}\n";
  const auto gemini = *hooks_of("gemini");
  const std::string after = with_hooks(gemini, before, kProgram).value();
  for (const char* comment : {"// mine", "// too", "/* and this */"})
    EXPECT_NE(after.find(comment), std::string::npos) << after;
  EXPECT_EQ(count_hooks(gemini, after), gemini.events.size());
  EXPECT_EQ(without_hooks(gemini, after), before);
}

// A comment before the only thing that goes would take the brace behind it along; one before its comma kept
// the comma.
TEST(AgentHooks, GoFromBetweenComments) {
  const std::string ours = R"({"Stop": [{"hooks": [{"command": "/x/tmux-orc-hook"}]}]})";
  for (const std::string& before :
       {"{ // mine\n\"hooks\": " + ours + "}", "{\"hooks\": " + ours + " /* a */ ,}",
        "{ // mine\n\"hooks\": " + ours + " // a\n, // b\n}\n"}) {
    const auto after = without_hooks(claude(), before);
    ASSERT_TRUE(after) << before << after.error().message;
    EXPECT_TRUE(json::parse(*after, nullptr, true, true).empty()) << *after;
    EXPECT_EQ(after->find("mine"), before.find("mine"));
    EXPECT_EQ(ours_in(json::parse(with(before), nullptr, true, true), "Stop"), 1u);
  }
}

// One that calls a program which stands elsewhere by now is replaced, not joined.
TEST(AgentHooks, ReplaceOlderOnesOfOurs) {
  const std::string old = with_hooks(claude(), "{\"a\": 1}", "/old place/tmux-orc").value();
  EXPECT_EQ(count_hooks(claude(), old), 5u);
  const std::string now = with(old);
  EXPECT_EQ(now.find("/old place"), std::string::npos) << now;
  for (const std::string& event : claude().events) EXPECT_EQ(ours_in(json::parse(now), event), 1u);
  EXPECT_EQ(json::parse(without(now)), json::parse("{\"a\": 1}"));
}

// One that the user moved into a group of his own.
TEST(AgentHooks, RemoveOnlyTheirOwnLine) {
  json settings = {{"hooks", {{"Stop", {{{"matcher", "x"}, {"hooks", json::array()}}}}}}};
  json& list = settings["hooks"]["Stop"][0]["hooks"];
  list.push_back({{"type", "command"}, {"command", "mine"}});
  list.push_back({{"type", "command"}, {"command", hook_line(kProgram)}});
  list.push_back({{"type", "command"}, {"command", "echo tmux-orc hooks"}});
  const json rest = json::parse(without(settings.dump(2)));
  ASSERT_EQ(rest["hooks"]["Stop"][0]["hooks"].size(), 2u) << rest;
  EXPECT_EQ(rest["hooks"]["Stop"][0]["hooks"][0]["command"], "mine");
  EXPECT_EQ(rest["hooks"]["Stop"][0]["matcher"], "x");
}

TEST(AgentHooks, LeaveAloneWhatIsNotUnderstood) {
  for (const char* text : {"[]", "{", "{\"hooks\": []}", "{\"hooks\": {\"Stop\": {}}}", "not json", "{} {}"})
    EXPECT_FALSE(with_hooks(claude(), text, kProgram)) << text;
  const auto pi = *hooks_of("pi");
  EXPECT_FALSE(with_hooks(pi, "export default 1;\n", kProgram)) << "a file of the user's";
  EXPECT_FALSE(without_hooks(pi, "export default 1;\n"));
  const auto none = hooks_of("aider");
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().message.find("claude, codex, gemini, "), std::string::npos);
}

TEST(AgentHooks, AreInTheAgentsOwnFolder) {
  std::map<std::string, std::string> variables = {{"HOME", "/home/a"}};
  const Variable variable = [&](const char* name) { return variables[name]; };
  EXPECT_EQ(folder_of_agent(claude(), variable), "/home/a/.claude");
  variables["CLAUDE_CONFIG_DIR"] = "/srv/claude";
  EXPECT_EQ(folder_of_agent(claude(), variable), "/srv/claude");
  variables["CLAUDE_CONFIG_DIR"] = "relative";
  EXPECT_FALSE(folder_of_agent(claude(), variable));
  variables.clear();
  EXPECT_FALSE(folder_of_agent(claude(), variable));
}

TEST(AgentHooks, CallInOneSilentLine) {
  EXPECT_EQ(hook_line("/usr/bin/tmux-orc-hook"), "/usr/bin/tmux-orc-hook >/dev/null 2>&1 || true");
  EXPECT_EQ(hook_line("/it's here/tmux-orc"), "'/it'\\''s here/tmux-orc' hook >/dev/null 2>&1 || true");
}

TEST(AgentHooks, ShowWhatChanges) {
  EXPECT_EQ(line_diff("a\nb\n", "a\nb\n"), "");
  EXPECT_EQ(line_diff("a\nb\nc\n", "a\nx\nc\n"), " a\n-b\n+x\n c\n");
  EXPECT_EQ(line_diff("", "a\n"), "+a\n");
  EXPECT_EQ(line_diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n"),
            "+0\n 1\n 2\n 3\n ...\n 7\n 8\n 9\n+10\n");
}

TEST(HookCall, IsAPaneOrNothing) {
  const auto is = [](std::string_view text) { return is_hook_message(text.data(), text.size()); };
  for (const char* good : {"", "%0", "%12", "%4294967295"}) EXPECT_TRUE(is(good)) << good;
  for (const char* bad : {"%", "12", "%x", "%1 ", "%-1", "%12345678901234567", "\n", "working"})
    EXPECT_FALSE(is(bad)) << bad;
}

}  // namespace
}  // namespace orc
