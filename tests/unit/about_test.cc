// SPDX-License-Identifier: Apache-2.0
#include <absl/time/clock.h>
#include <absl/time/time.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "support/temp_dir.h"
#include "task_title.h"
#include "tmux_orc/about/abouts.h"
#include "tmux_orc/about/footer.h"
#include "tmux_orc/about/git_place.h"
#include "tmux_orc/about/place.h"

namespace orc {
namespace {

namespace fs = std::filesystem;
using test::TempDir;

constexpr const char* kCommit = "0123456789abcdef0123456789abcdef01234567\n";

TEST(BranchOfHead, TakesWhatGitWrites) {
  EXPECT_EQ(branch_of_head("ref: refs/heads/main\n"), "main");
  EXPECT_EQ(branch_of_head("ref: refs/heads/feature/cart"), "feature/cart");
  EXPECT_EQ(branch_of_head(kCommit), "01234567");
  EXPECT_EQ(branch_of_head(std::string(64, 'a')), "aaaaaaaa") << "sha256";
}

TEST(BranchOfHead, AnythingElseIsNothing) {
  EXPECT_EQ(branch_of_head(""), "");
  EXPECT_EQ(branch_of_head("root:x:0:0:root:/root:/bin/bash\n"), "");
  EXPECT_EQ(branch_of_head("ref: refs/heads/.invalid\n"), "") << "the reftable format";
  EXPECT_EQ(branch_of_head("ref: refs/tags/v1\n"), "");
  EXPECT_EQ(branch_of_head("0123456789abcdef\n"), "");
  EXPECT_EQ(branch_of_head("ref: refs/heads/a\x1b[31m\xff\n"), "a[31m\xef\xbf\xbd") << "safe to print";
}

class Repositories : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return dir_.path() + "/" + name; }
  GitPlace of(const std::string& name) { return places_.of(path(name)); }
  void folder(const std::string& name) const { fs::create_directories(path(name)); }
  TempDir dir_;
  GitPlaces places_;
};

TEST_F(Repositories, TheNearestAboveTheFolder) {
  dir_.write("shop/.git/HEAD", "ref: refs/heads/main\n");
  folder("shop/src/cart");
  EXPECT_EQ(of("shop"), (GitPlace{"shop", "main"}));
  EXPECT_EQ(of("shop/src/cart"), (GitPlace{"shop", "main"}));
  folder("notes");
  EXPECT_EQ(of("notes"), (GitPlace{"notes", ""})) << "no repository";
  EXPECT_EQ(places_.of("/"), (GitPlace{"/", ""}));
  EXPECT_EQ(places_.of("relative"), GitPlace{});
}

TEST_F(Repositories, AWorktreeIsOfTheProjectWhoseRepositoryItShares) {
  dir_.write("shop/.git/HEAD", "ref: refs/heads/main\n");
  dir_.write("shop/.git/worktrees/w1/HEAD", "ref: refs/heads/cart\n");
  dir_.write("shop/.git/worktrees/w1/commondir", "../..\n");
  dir_.write("w1/.git", "gitdir: " + path("shop/.git/worktrees/w1") + "\n");
  EXPECT_EQ(of("w1"), (GitPlace{"shop", "cart"}));
  // A path that is seen from the worktree (worktree.useRelativePaths).
  dir_.write("w2/.git", "gitdir: ../shop/.git/worktrees/w1\n");
  EXPECT_EQ(of("w2"), (GitPlace{"shop", "cart"}));
  // Of a bare one.
  dir_.write("lib.git/worktrees/w3/HEAD", kCommit);
  dir_.write("lib.git/worktrees/w3/commondir", "../..\n");
  dir_.write("w3/.git", "gitdir: " + path("lib.git/worktrees/w3") + "\n");
  EXPECT_EQ(of("w3"), (GitPlace{"lib", "01234567"}));
  // A submodule has a project's name of its own.
  dir_.write("shop/.git/modules/theme/HEAD", "ref: refs/heads/dark\n");
  dir_.write("shop/theme/.git", "gitdir: ../.git/modules/theme\n");
  EXPECT_EQ(of("shop/theme"), (GitPlace{"theme", "dark"}));
}

TEST_F(Repositories, OddFilesAreNothing) {
  folder("a/.git");
  ASSERT_EQ(::mkfifo(path("a/.git/HEAD").c_str(), 0600), 0);
  EXPECT_EQ(of("a"), (GitPlace{"a", ""})) << "a FIFO is not waited for";
  dir_.write("b/.git/HEAD", "ref: refs/heads/" + std::string(100'000, 'b'));
  EXPECT_EQ(of("b"), (GitPlace{"b", ""})) << "too long";
  dir_.write("c/.git", "gitdir: /etc\n");
  EXPECT_EQ(of("c").branch, "");
  dir_.write("d/.git", std::string("gitdir: /e\0tc\n", 14));
  EXPECT_EQ(of("d"), (GitPlace{"d", ""}));
  dir_.write("e/.git", "gitdir: ../e\n");
  EXPECT_EQ(of("e"), (GitPlace{"e", ""}));
  folder("f");
  fs::create_symlink(path("f/.git"), path("f/.git"));
  EXPECT_EQ(of("f"), (GitPlace{"f", ""})) << "a link to itself";
}

TEST_F(Repositories, HeadIsReadAgainWhenItIsAnother) {
  dir_.write("shop/.git/HEAD", "ref: refs/heads/main\n");
  EXPECT_EQ(of("shop").branch, "main");
  EXPECT_EQ(of("shop").branch, "main");
  EXPECT_EQ(places_.reads(), 1u);
  dir_.write("shop/.git/HEAD.lock", "ref: refs/heads/cart\n");
  fs::rename(path("shop/.git/HEAD.lock"), path("shop/.git/HEAD"));
  EXPECT_EQ(of("shop").branch, "cart");
  EXPECT_EQ(places_.reads(), 2u);
  places_.drop_unused();
  places_.drop_unused();
  EXPECT_EQ(of("shop").branch, "cart");
  EXPECT_EQ(places_.reads(), 3u);
}

TEST(TaskOfTitle, IsWhatTheAgentCallsItsWork) {
  EXPECT_EQ(task_of_title("✳ Fix the login", "claude", "shop"), "Fix the login");
  EXPECT_EQ(task_of_title("⠂ Fix the login", "claude", "shop"), "Fix the login");
  EXPECT_EQ(task_of_title("⠧ Fix the login | codex", "codex", "shop"), "Fix the login");
  EXPECT_EQ(task_of_title("[ ! ] Action Required | Fix the login | codex", "codex", "shop"), "Fix the login");
  EXPECT_EQ(task_of_title("OC | Fix the login", "opencode", "shop"), "Fix the login");
  EXPECT_EQ(task_of_title("Kilo CLI | Fix a | b", "kilo", "shop"), "Fix a | b");
  EXPECT_EQ(task_of_title("⛬ Fix the login", "droid", "shop"), "Fix the login");
  EXPECT_EQ(task_of_title("π ⠴ Fix the login", "omp", "shop"), "Fix the login");
  EXPECT_EQ(task_of_title("π > Fix the login", "omp", "shop"), "Fix the login");
  EXPECT_EQ(task_of_title("✳ Логин чинить", "claude", "shop"), "Логин чинить");
  EXPECT_EQ(task_of_title("✳ ログイン", "claude", "shop"), "ログイン");
}

TEST(TaskOfTitle, NamesAndSignsAreNoTask) {
  for (const auto& [title, agent] : {std::pair{"✳ Claude Code", "claude"},
                                     {"box", "claude"},
                                     {"", "claude"},
                                     {"codex", "codex"},
                                     {"⠇ codex", "codex"},
                                     {"[ ! ] Action Required | codex", "codex"},
                                     {"OpenCode", "opencode"},
                                     {"Kilo CLI", "kilo"},
                                     {"⛬ New Session", "droid"},
                                     {"π > shop", "omp"},
                                     {"π - shop", "pi"},
                                     {"◇  Ready (shop)     ", "gemini"},
                                     {"◐︎ Qwen - shop", "qwen"},
                                     {"Letta Code | Letta Code", "letta"},
                                     {"> my password is x", "cline"},
                                     {"⠂⠂⠂", "claude"},
                                     {"✳ ", "claude"}})
    EXPECT_EQ(task_of_title(title, agent, "shop"), "") << title;
}

TEST(TaskOfTitle, IsBoundedAndSafeToPrint) {
  const std::string task = task_of_title("✳ a \x1b]0;b\x07 " + std::string(10'000, 'c'), "claude", "");
  EXPECT_EQ(task.find('\x1b'), std::string::npos);
  EXPECT_LT(task.size(), 200u);
}

TEST(FooterOf, SaysWhatStandsThere) {
  const auto of = [](const char* agent, const std::string& line) {
    return footer_of(agent, "● 99%/100k other-model\n\n────\n❯\n────\n" + line + "\n\n\n");
  };
  EXPECT_EQ(of("pi", "↑1.2k ↓39 1.0%/128k (auto)                      mock-1 • medium"),
            (Footer{"mock-1", 1.0, {}}));
  EXPECT_EQ(of("pi", "↑13k ↓985 $0.25 1.4%/128k (auto)              mock-large"),
            (Footer{"mock-large", 1.4, 0.25}));
  EXPECT_EQ(of("cline", "gpt-mock (1,200) $0.10                 ○ Plan ● Act (Tab)"),
            (Footer{"gpt-mock", {}, 0.10}));
  EXPECT_EQ(of("opencode", "/srv/d2/work/opencode        1.2K (1%)  ctrl+p commands"), (Footer{"", 1.0, {}}));
  EXPECT_EQ(of("continue", "/srv/c ⊦main  • Context: 7%         ◉ Continue CLI"), (Footer{"", 7.0, {}}));
  EXPECT_EQ(of("gemini", " /srv/d2/work/gemini      main       no sandbox         gemini-2.5-pro"),
            (Footer{"gemini-2.5-pro", {}, {}}));
  EXPECT_EQ(of("qwen", "  ➜ qwen · git:(main) · mock-coder"), (Footer{"mock-coder", {}, {}}));
  EXPECT_EQ(of("codex", "  98% context left"), (Footer{"", 2.0, {}}));
  EXPECT_EQ(of("claude", "  ⏵⏵ auto mode on     Context left until auto-compact: 12%"),
            (Footer{"", 88.0, {}}));
  EXPECT_EQ(of("grok", "  ⏸ auto-edit: off (shift + tab)  ≋ gpt-mock"), (Footer{"gpt-mock", {}, {}}));
  EXPECT_EQ(of("claude", "? for shortcuts"), Footer{});
  EXPECT_EQ(of("pi", std::string(400, '9') + "%/1k m"), (Footer{"m", {}, {}})) << "no number";
  EXPECT_EQ(footer_of("pi", ""), Footer{});
}

TEST(FooterOf, TextAboveIsNone) {
  const std::string screen =
      "↑1.2k ↓39 1.0%/128k (auto)   mock-1\n" + std::string("text\ntext\ntext\ntext\ntext\n");
  EXPECT_EQ(footer_of("pi", screen), Footer{});
}

// A /proc with one agent in a repository.
class AboutsOfProc : public testing::Test {
 protected:
  void SetUp() override {
    dir_.write("work/shop/.git/HEAD", "ref: refs/heads/main\n");
    start(7, 169347, "work/shop");
  }
  void start(int pid, std::uint64_t started, const std::string& cwd) {
    const std::string folder = "proc/" + std::to_string(pid);
    dir_.write(folder + "/stat", std::to_string(pid) +
                                     " (cl) (aude) S 1 1 1 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 " +
                                     std::to_string(started) + " 0 0\n");
    fs::create_directories(dir_.path() + "/" + cwd);
    fs::remove(dir_.path() + "/" + folder + "/cwd");
    fs::create_symlink(dir_.path() + "/" + cwd, dir_.path() + "/" + folder + "/cwd");
  }
  About fill(const PaneKey& pane, std::string title = "") {
    std::vector<AgentStatus> agents(1);
    agents[0].pane.key = pane;
    agents[0].pane.facts.title = std::move(title);
    abouts_.fill(agents, Steady::now() + std::chrono::seconds(10));
    return agents[0].about;
  }
  static constexpr PaneKey kPane{1, 14};
  TempDir dir_;
  Abouts abouts_{dir_.path() + "/proc"};
};

TEST_F(AboutsOfProc, AreFoundForTheFirstLook) {
  abouts_.note(kPane, {"claude", 7, 169347});
  const About about = fill(kPane, "✳ Fix the login");
  EXPECT_EQ(about.cwd, dir_.path() + "/work/shop");
  EXPECT_EQ(place_text(about), "shop:main");
  EXPECT_EQ(about.task, "Fix the login");
  EXPECT_EQ(fill({1, 15}), About{}) << "of another pane nothing is known";
}

TEST_F(AboutsOfProc, AnotherLifeOfTheNumberIsNotTheAgent) {
  abouts_.note(kPane, {"claude", 7, 5});
  EXPECT_EQ(fill(kPane), About{});
}

TEST_F(AboutsOfProc, AnotherAgentInThePaneIsAnotherMatter) {
  start(8, 170000, "work/notes");
  abouts_.note(kPane, {"claude", 7, 169347});
  EXPECT_EQ(fill(kPane).project, "shop");
  abouts_.note(kPane, {"codex", 8, 170000});
  EXPECT_EQ(place_text(fill(kPane)), "notes");
}

TEST_F(AboutsOfProc, WhatEndedLeavesWhatItWorkedOn) {
  abouts_.note(kPane, {"claude", 7, 169347});
  EXPECT_EQ(fill(kPane).project, "shop");
  fs::remove_all(dir_.path() + "/proc/7");
  EXPECT_EQ(fill(kPane).project, "shop");
}

TEST_F(AboutsOfProc, TheLogOfItsSessionSaysWhatItUses) {
  const auto line = [](int out) {
    return R"({"type":"assistant","timestamp":"2026-11-27T04:23:30Z","message":{"id":"m)" +
           std::to_string(out) + R"(","model":"opus","usage":{"input_tokens":100,"output_tokens":)" +
           std::to_string(out) + "}}}\n";
  };
  dir_.write("proc/7/environ", "HOME=" + dir_.path() + std::string("\0", 1));
  dir_.write(".claude/sessions/7.json",
             R"({"pid":7,"sessionId":"c0ffee","cwd":"/srv/shop","procStart":"169347","tmux":"m:@1.%14"})");
  dir_.write(".claude/projects/-srv-shop/c0ffee.jsonl", line(1) + line(2));
  abouts_.note(kPane, {"claude", 7, 169347});
  std::vector<AgentStatus> agents(1);
  agents[0].pane.key = kPane;
  const auto filled = [&](std::uint64_t out) {
    const auto until = Steady::now() + std::chrono::seconds(20);
    while (Steady::now() < until) {
      abouts_.fill(agents, Steady::now() + std::chrono::seconds(1));
      if (agents[0].usage && agents[0].usage->tokens_out == out) return true;
      std::this_thread::yield();
    }
    return false;
  };
  ASSERT_TRUE(filled(3));
  EXPECT_EQ(agents[0].usage->tokens_in, 200u);
  EXPECT_EQ(agents[0].about.model, "opus");
  const auto spent = abouts_.take_spent();
  ASSERT_EQ(spent.size(), 1u);
  EXPECT_EQ(spent[0].project, "shop");
  EXPECT_EQ(spent[0].spent, (Spent{200, 3, 0}));
  EXPECT_TRUE(abouts_.take_spent().empty());
  std::ofstream(dir_.path() + "/.claude/projects/-srv-shop/c0ffee.jsonl", std::ios::app) << line(4);
  ASSERT_TRUE(filled(7)) << "a line more";
  EXPECT_EQ(abouts_.take_spent().at(0).spent, (Spent{300, 7, 0})) << "the whole hour";
}

// pi's session: how its turn stands is known soon after the line is written, and somebody is told.
TEST_F(AboutsOfProc, TheLogSaysHowTheTurnStands) {
  std::atomic<int> wakes{0};
  Abouts abouts(dir_.path() + "/proc", [&](const PaneKey& pane) { wakes += pane == kPane ? 1 : 0; });
  start(9, 1, "work/shop");  // it began with the machine
  std::string folder = dir_.path() + "/work/shop";
  std::replace(folder.begin(), folder.end(), '/', '-');
  const std::string log = ".pi/agent/sessions/-" + folder + "--/x.jsonl";
  dir_.write("proc/9/environ", "HOME=" + dir_.path() + std::string("\0", 1));
  const auto line = [](const std::string& time, const std::string& message) {
    return R"({"type":"message","timestamp":")" + time + R"(","message":)" + message + "}\n";
  };
  const std::string now = absl::FormatTime(absl::RFC3339_full, absl::Now(), absl::UTCTimeZone());
  dir_.write(log, line("1999-01-01T00:00:00Z", R"({"role":"user","content":"SECRET"})"));
  abouts.note(kPane, {"pi", 9, 1});
  std::vector<AgentStatus> agents(1);
  agents[0].pane.key = kPane;
  abouts.fill(agents, Steady::now() + std::chrono::seconds(10));
  EXPECT_EQ(abouts.turn(kPane, 9), OwnWord{}) << "of before it began";
  const auto becomes = [&](const std::string& word) {
    const auto until = Steady::now() + std::chrono::seconds(20);
    while (abouts.turn(kPane, 9).word != word && Steady::now() < until) std::this_thread::yield();
    return abouts.turn(kPane, 9).word == word;
  };
  const auto append = [&](const std::string& text) {
    std::ofstream(dir_.path() + "/" + log, std::ios::app) << text;
  };
  const std::uint64_t before = abouts.turn_changes(kPane);
  append(line(now, R"({"role":"user","content":"SECRET"})"));  // nobody fills: the file tells
  EXPECT_TRUE(becomes("turn"));
  EXPECT_EQ(abouts.turn(kPane, 9).state, OwnState::kBusy);
  EXPECT_EQ(abouts.turn(kPane, 8), OwnWord{}) << "of another process";
  append(line(now, R"({"role":"assistant","stopReason":"aborted"})"));
  EXPECT_TRUE(becomes("interrupted"));
  EXPECT_GE(abouts.turn_changes(kPane), before + 2);
  fs::rename(dir_.path() + "/" + log, dir_.path() + "/gone");
  EXPECT_EQ(abouts.turn(kPane, 9).word, "interrupted") << "what was said stands";
  abouts.note(kPane, {"claude", 7, 169347});
  EXPECT_EQ(abouts.turn(kPane, 7), OwnWord{});
  const auto until = Steady::now() + std::chrono::seconds(20);
  while (wakes < 2 && Steady::now() < until) std::this_thread::yield();
  EXPECT_GE(wakes, 2);
}

// Codex has a daemon for its turns: SIGKILL to what stands in the pane leaves them running.
TEST_F(AboutsOfProc, ATurnThatGoesOnWithoutItsAgentIsTold) {
  start(9, 1, "work/shop");
  std::string folder = dir_.path() + "/work/shop";
  std::replace(folder.begin(), folder.end(), '/', '-');
  const std::string log = dir_.path() + "/.pi/agent/sessions/-" + folder + "--/x.jsonl";
  dir_.write("proc/9/environ", "HOME=" + dir_.path() + std::string("\0", 1));
  const std::string now = absl::FormatTime(absl::RFC3339_full, absl::Now(), absl::UTCTimeZone());
  const std::string runs =
      R"({"type":"message","timestamp":")" + now + R"(","message":{"role":"user"}})" + "\n";
  dir_.write(".pi/agent/sessions/-" + folder + "--/x.jsonl", runs);
  const auto append = [&](const std::string& text) { std::ofstream(log, std::ios::app) << text; };
  const auto becomes = [&](const std::string& left) {
    const auto until = Steady::now() + std::chrono::seconds(20);
    while (abouts_.left_turn(kPane) != left && Steady::now() < until) std::this_thread::yield();
    return abouts_.left_turn(kPane) == left;
  };
  abouts_.note(kPane, {"pi", 9, 1});
  fill(kPane);
  EXPECT_EQ(abouts_.turn(kPane, 9).word, "turn");
  EXPECT_EQ(abouts_.left_turn(kPane), "") << "it lives";
  const std::uint64_t before = abouts_.turn_changes(kPane);
  // Another process has the file open to write: 9 is gone.
  fs::create_directories(dir_.path() + "/proc/30/fd");
  fs::create_symlink(fs::canonical(log), dir_.path() + "/proc/30/fd/5");
  dir_.write("proc/30/fdinfo/5", "pos:\t0\nflags:\t02100001\nmnt_id:\t9\n");
  fs::remove_all(dir_.path() + "/proc/9");
  append(runs);
  EXPECT_TRUE(becomes("pi"));
  EXPECT_GT(abouts_.turn_changes(kPane), before);
  dir_.write("proc/30/fdinfo/5", "pos:\t0\nflags:\t02100000\nmnt_id:\t9\n");
  append(runs);
  EXPECT_TRUE(becomes("")) << "somebody reads it";
  dir_.write("proc/30/fdinfo/5", "pos:\t0\nflags:\t02100002\nmnt_id:\t9\n");
  append(runs);
  EXPECT_TRUE(becomes("pi"));
  append(R"({"type":"message","timestamp":")" + now +
         R"(","message":{"role":"assistant","stopReason":"stop"}})" + "\n");
  EXPECT_TRUE(becomes("")) << "it is over";
}

TEST_F(AboutsOfProc, TheFooterFillsWhatTheLogLeavesOpen) {
  abouts_.note(kPane, {"pi", 7, 169347});
  abouts_.note_footer(kPane, {"mock-1", 12.5, {}});
  abouts_.note_footer(kPane, {});
  std::vector<AgentStatus> agents(1);
  agents[0].pane.key = kPane;
  abouts_.fill(agents, Steady::now() + std::chrono::seconds(10));
  EXPECT_EQ(agents[0].about.model, "mock-1");
  ASSERT_TRUE(agents[0].usage.has_value());
  EXPECT_EQ(agents[0].usage->context_percent, 12.5);
}

TEST_F(AboutsOfProc, ARoundThatDoesNotWaitHasItSoon) {
  abouts_.note(kPane, {"claude", 7, 169347});
  std::vector<AgentStatus> agents(1);
  agents[0].pane.key = kPane;
  const auto until = Steady::now() + std::chrono::seconds(10);
  while (agents[0].about.project.empty() && Steady::now() < until) abouts_.fill(agents, Steady::now());
  EXPECT_EQ(agents[0].about.project, "shop");
}

}  // namespace
}  // namespace orc
