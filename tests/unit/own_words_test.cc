// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/witness/own_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "support/temp_dir.h"
#include "tmux_orc/witness/claude_session.h"

namespace orc {
namespace {

using test::TempDir;

// As version 2.1.332 writes it, with what nobody here may read.
std::string session(const std::string& status, int pid = 14925, const std::string& started = "169347",
                    const std::string& pane = "14") {
  return "{\"pid\":" + std::to_string(pid) +
         R"(,"sessionId":"c0ffee","cwd":"/work/shop","startedAt":1795735340147,"procStart":")" + started +
         R"(","version":"2.1.332","kind":"interactive","ipcToken":"SECRET-TOKEN","lastPrompt":"SECRET-PROMPT",)"
         R"("pidDomain":"linux:0123:pid:[4026531836]","tmux":"main:@14.%)" +
         pane + R"(","status":")" + status + R"(","updatedAt":5,"statusUpdatedAt":1795735349048)" +
         (status == "waiting" ? R"(,"waitingFor":"permission prompt"})" : "}");
}

TEST(ClaudeSession, ReadsTheNamedFields) {
  const auto s = parse_claude_session(session("waiting"));
  ASSERT_TRUE(s.has_value());
  EXPECT_EQ(s->pid, 14925);
  EXPECT_EQ(s->started, "169347");
  EXPECT_EQ(s->cwd, "/work/shop");
  EXPECT_EQ(s->version, "2.1.332");
  EXPECT_EQ(s->at_ms, 1795735349048);
  EXPECT_EQ(s->waiting_for, "permission prompt");
}

TEST(ClaudeSession, WhatIsTornOrHostileIsNothing) {
  const std::string whole = session("busy");
  for (std::size_t n = 0; n < whole.size(); ++n)
    EXPECT_FALSE(parse_claude_session(whole.substr(0, n)).has_value()) << n;
  EXPECT_FALSE(parse_claude_session(std::string(100000, '[')).has_value());
  EXPECT_FALSE(parse_claude_session("[]").has_value());
  EXPECT_FALSE(parse_claude_session("{}").has_value());
  EXPECT_FALSE(parse_claude_session("{\"pid\":-1}").has_value());
  EXPECT_FALSE(parse_claude_session("{\"pid\":99999999999999999999}").has_value());
  EXPECT_FALSE(parse_claude_session("{\"pid\":\"7\"}").has_value());
  // A name below the outermost object is not ours, nor a text longer than any path.
  const auto nested = parse_claude_session(R"({"x":{"status":"busy"},"pid":7,"status":["busy"]})");
  ASSERT_TRUE(nested.has_value());
  EXPECT_EQ(nested->status, "");
  const auto with_long = parse_claude_session("{\"pid\":7,\"status\":\"" + std::string(9000, 'b') + "\"}");
  EXPECT_EQ(with_long->status, "");
  for (const char* at : {"-9223372036854775808", "9223372036854775807", "0", "1e99"})
    EXPECT_EQ(parse_claude_session(R"({"pid":7,"statusUpdatedAt":)" + std::string(at) + "}")->at_ms, 0) << at;
}

TEST(ClaudeSession, IsOfItsOwnProcessAndPaneOnly) {
  const auto s = *parse_claude_session(session("busy"));
  const AgentProcessId who{14925, 169347, 14, "pid:[4026531836]"};
  EXPECT_TRUE(is_of(s, who));
  const auto but = [&](auto change) {
    AgentProcessId other = who;
    change(other);
    return is_of(s, other);
  };
  EXPECT_FALSE(but([](auto& w) { w.pid = 14926; }));
  EXPECT_FALSE(but([](auto& w) { w.started = 169348; })) << "the number came again";
  EXPECT_FALSE(but([](auto& w) { w.started = 0; }));
  EXPECT_FALSE(but([](auto& w) { w.pane = 4; }));
  EXPECT_FALSE(but([](auto& w) { w.pid_space = "pid:[4026532000]"; })) << "in a container";
  EXPECT_TRUE(but([](auto& w) { w.pid_space = ""; }));
  ClaudeSession outside = s;
  outside.tmux.clear();
  EXPECT_TRUE(is_of(outside, who));
  outside.tmux = "a%b:@1.%14";  // a session may be called anything
  EXPECT_TRUE(is_of(outside, who));
  outside.tmux = "main:@1.%14x";
  EXPECT_FALSE(is_of(outside, who));
}

TEST(ClaudeSession, SaysWhatItProves) {
  const auto word = [](const std::string& status, const std::string& waiting_for = "") {
    ClaudeSession s;
    s.status = status;
    s.waiting_for = waiting_for;
    return own_word_of(s);
  };
  EXPECT_EQ(word("busy").state, OwnState::kBusy);
  EXPECT_EQ(word("idle").state, OwnState::kIdle);
  EXPECT_EQ(word("shell").detail, "background");
  EXPECT_EQ(word("waiting", "permission prompt").state, OwnState::kWaiting);
  EXPECT_EQ(word("waiting", "input needed").detail, "question");
  EXPECT_EQ(word("waiting", "dialog open").state, OwnState::kMaybe);
  EXPECT_EQ(word("waiting", "something new").state, OwnState::kWaiting);
  EXPECT_EQ(word("").state, OwnState::kNone) << "the trust dialog";
  EXPECT_EQ(word("dreaming").state, OwnState::kNone);
}

// A home with session files, and a /proc that says whose they are.
class Agents : public testing::Test {
 protected:
  static constexpr PaneKey kPane{1, 14};
  void start(int pid, const std::string& variables) {
    dir_.write("proc/" + std::to_string(pid) + "/environ", variables + std::string("TOKEN=SECRET\0", 13));
  }
  std::string home() const { return dir_.path() + "/home"; }
  std::string home_variable() const { return "HOME=" + home() + std::string("\0", 1); }
  void says(const std::string& content, int pid = 14925) {
    dir_.write("home/.claude/sessions/" + std::to_string(pid) + ".json", content);
  }
  OwnWords::Agent claude(int pid = 14925, std::uint64_t started = 169347) const {
    return {"claude", pid, started, kPane};
  }
  OwnWords::Said ask(const OwnWords::Agent& agent) {
    return words().of(agent, Steady::now() + std::chrono::seconds(10));
  }
  OwnWords& words() {
    if (!words_)
      words_ = std::make_unique<OwnWords>([this](const PaneKey&) { ++woken_; }, dir_.path() + "/proc");
    return *words_;
  }
  // Until the agent's word is this one; fails after ten seconds.
  bool comes(const std::string& word, const OwnWords::Agent& agent) {
    const auto until = Steady::now() + std::chrono::seconds(10);
    while (Steady::now() < until) {
      if (ask(agent).word.word == word) return true;
      std::this_thread::yield();
    }
    return false;
  }
  TempDir dir_;
  std::atomic<int> woken_{0};
  std::unique_ptr<OwnWords> words_;
};

TEST_F(Agents, TheirWordIsReadAndFollowed) {
  start(14925, home_variable());
  says(session("busy"));
  EXPECT_EQ(ask(claude()).word.state, OwnState::kBusy);
  EXPECT_EQ(ask(claude()).version, "2.1.332");
  const auto before = words().changes(14925);
  says(session("waiting"));
  EXPECT_TRUE(comes("waiting", claude()));
  EXPECT_GT(words().changes(14925), before);
  EXPECT_GE(woken_, 1);
}

// Who looked without waiting for the first word is told of it as of any other.
TEST_F(Agents, AFirstWordThatComesLateWakes) {
  start(14925, home_variable());
  says(session("busy").substr(0, 20));
  EXPECT_EQ(words().of(claude(), Steady::now()).word, OwnWord{});
  const auto before = words().changes(14925);
  says(session("busy"));
  const auto until = Steady::now() + std::chrono::seconds(10);
  while (woken_ == 0 && Steady::now() < until) std::this_thread::yield();
  EXPECT_EQ(woken_, 1);
  EXPECT_GT(words().changes(14925), before);
}

TEST_F(Agents, HaveFoldersOfTheirOwn) {
  start(14925, "CLAUDE_CONFIG_DIR=" + home() + "/.claude" + std::string("\0HOME=/nowhere\0", 15));
  says(session("busy"));
  EXPECT_EQ(ask(claude()).word.state, OwnState::kBusy);
  start(14926, "HOME=/nowhere" + std::string("\0", 1));
  says(session("busy", 14926), 14926);
  EXPECT_EQ(ask(claude(14926)).word.state, OwnState::kNone);
  start(14927, "HOME=relative" + std::string("\0", 1));
  EXPECT_EQ(ask(claude(14927)).word.state, OwnState::kNone);
}

TEST_F(Agents, ATornFileIsReadAgainAndTheLastWordStands) {
  start(14925, home_variable());
  says(session("busy"));
  ASSERT_EQ(ask(claude()).word.state, OwnState::kBusy);
  const std::string next = session("waiting");
  says(next.substr(0, next.size() / 2));
  EXPECT_EQ(ask(claude()).word.state, OwnState::kBusy);
  says(next);
  EXPECT_TRUE(comes("waiting", claude()));
}

TEST_F(Agents, ABrokenFileIsNothingInTheEnd) {
  start(14925, home_variable());
  says("{\"pid\":14925,");
  EXPECT_EQ(ask(claude()).word.state, OwnState::kNone);
}

TEST_F(Agents, AFileThatALifeBeforeLeftIsNobodys) {
  start(14925, home_variable());
  says(session("busy"));
  EXPECT_EQ(ask(claude(14925, 200000)).word.state, OwnState::kNone);
  EXPECT_EQ(ask(claude()).word.state, OwnState::kBusy);
  EXPECT_EQ(ask(claude(14925, 200000)).word.state, OwnState::kNone) << "the number came again";
}

TEST_F(Agents, AFileThatComesLaterAndVanishes) {
  start(14925, home_variable());
  EXPECT_EQ(ask(claude()).word.state, OwnState::kNone) << "not even its folder";
  says(session("busy"));
  EXPECT_TRUE(comes("busy", claude()));
  std::filesystem::remove(home() + "/.claude/sessions/14925.json");
  EXPECT_TRUE(comes("", claude()));
  says(session("busy"));
  EXPECT_TRUE(comes("busy", claude()));
}

TEST_F(Agents, WhatIsNoSmallFileIsNotRead) {
  const std::string file = home() + "/.claude/sessions/14925.json";
  start(14925, home_variable());
  says(session("busy") + std::string(10 << 20, ' '));
  EXPECT_EQ(ask(claude()).word.state, OwnState::kNone) << "10 MB";
  std::filesystem::remove(file);
  dir_.write("elsewhere.json", session("busy"));
  std::filesystem::create_symlink(dir_.path() + "/elsewhere.json", file);
  EXPECT_EQ(read_own_file(file, 1 << 20), std::nullopt) << "a link";
  std::filesystem::remove(file);
  ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
  EXPECT_EQ(read_own_file(file, 1 << 20), std::nullopt) << "a pipe that nobody writes to";
  std::filesystem::remove(file);
  std::filesystem::create_directory(file);
  EXPECT_EQ(read_own_file(file, 1 << 20), std::nullopt);
}

TEST_F(Agents, OfWhichNothingIsKnownHaveNoWord) {
  EXPECT_EQ(ask(claude(7, 1)).word.state, OwnState::kNone) << "no such process";
  EXPECT_EQ(ask({"codex", 14925, 169347, kPane}).word.state, OwnState::kNone);
  EXPECT_EQ(ask({"claude", 0, 0, kPane}).word.state, OwnState::kNone);
  EXPECT_EQ(words().changes(99), 0u);
}

TEST(VariablesOf, TakesTheNamedOnes) {
  TempDir dir;
  dir.write("7/environ", std::string("A=1\0HOME=/h=x\0XHOME=/no\0HOME\0HOME=/second\0LAST=z", 49));
  const auto found = variables_of(dir.path(), 7, {"HOME", "LAST"});
  EXPECT_EQ(found.size(), 2u);
  EXPECT_EQ(found.at("HOME"), "/h=x");
  EXPECT_EQ(found.at("LAST"), "z");
}

}  // namespace
}  // namespace orc
