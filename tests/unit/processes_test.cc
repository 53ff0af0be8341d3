// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/discover/processes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "support/fakes.h"
#include "support/temp_dir.h"
#include "tmux_orc/classify/rules.h"

namespace orc {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::vector<AgentProcess> kAgents = {
    {"claude", {"claude"}, {"@anthropic-ai/claude-code"}, {"/claude/versions/"}, {"daemon", "mcp serve"}},
    {"codex", {"codex"}, {"@openai/codex"}},
    {"aider", {"aider"}, {}},
    {"cursor", {"cursor-agent"}, {"cursor-agent/"}, {"/cursor-agent/versions/"}},
};

std::string agent(const std::string& comm, const std::string& args) {
  return agent_of_process({0, 1, comm, args}, kAgents);
}

TEST(AgentOfProcess, ByItsOwnName) {
  EXPECT_EQ(agent("claude", "claude"), "claude");
  EXPECT_EQ(agent("claude", ""), "claude");
  EXPECT_EQ(agent("codex", "/usr/local/bin/codex --model x"), "codex");
  EXPECT_EQ(agent("node", "claude"), "claude");  // it set its title, not its comm
  EXPECT_EQ(agent("MainThread", "/home/u/.local/bin/claude -r"), "claude");
}

TEST(AgentOfProcess, ByTheScriptAnInterpreterRuns) {
  EXPECT_EQ(agent("node", "node /x/@openai/codex/bin/codex.js"), "codex");
  EXPECT_EQ(
      agent("node",
            "/usr/bin/node --max-old-space-size=4096 /lib/node_modules/@anthropic-ai/claude-code/cli.js"),
      "claude");
  EXPECT_EQ(agent("npx", "npx @openai/codex"), "codex");
  EXPECT_EQ(agent("npm exec @opena", "npm exec @openai/codex"), "codex");
  EXPECT_EQ(agent("npx", "npx -y @anthropic-ai/claude-code"), "claude");
  EXPECT_EQ(agent("env", "env FOO=1 BAR=2 claude --continue"), "claude");
  EXPECT_EQ(agent("python3", "python3 -m aider"), "aider");
  EXPECT_EQ(agent("python3.11", "/usr/bin/python3.11 /home/u/.local/bin/aider --yes"), "aider");
  EXPECT_EQ(agent("bash", "bash /usr/local/bin/claude"), "claude");  // a wrapper script
  EXPECT_EQ(agent("env", "env node /opt/codex.js"), "codex");
}

TEST(AgentOfProcess, ByItsFile) {
  EXPECT_EQ(agent("2.1.190", "/home/u/.local/share/claude/versions/2.1.190"), "claude");
  Process p{0, 1, "2.1.190", "2.1.190 --resume"};
  EXPECT_EQ(agent_of_process(p, kAgents), "");
  p.exe = "/home/u/.local/share/claude/versions/2.1.190";
  EXPECT_EQ(agent_of_process(p, kAgents), "claude");
  p = {0, 1, "MainThread", "/home/u/.local/bin/agent --model x"};
  EXPECT_EQ(agent_of_process(p, kAgents), "");
  p.exe = "/home/u/.local/share/cursor-agent/versions/2026.08.01/node";
  EXPECT_EQ(agent_of_process(p, kAgents), "cursor");
  p.exe = "/home/u/src/claude/versions.txt";
  EXPECT_EQ(agent_of_process(p, kAgents), "");
}

TEST(AgentOfProcess, BehindNixWrappers) {
  EXPECT_EQ(agent(".claude-unwrapp", "/nix/store/0-claude-code/bin/.claude-unwrapped"), "claude");
  EXPECT_EQ(agent(".codex-wrapped", ""), "codex");
  EXPECT_EQ(agent(".claude-unwrapp", ""), "claude");  // the kernel's 15 bytes
  EXPECT_EQ(agent(".claude-monitor", ""), "");
  EXPECT_EQ(agent(".claude", ""), "");
}

TEST(AgentOfProcess, AFlagsOwnWordIsNotTheScript) {
  EXPECT_EQ(agent("node", "node --require /opt/apm/init.js /usr/local/bin/claude"), "claude");
  EXPECT_EQ(agent("node", "node -r /x/claude.js server.js"), "");
  EXPECT_EQ(agent("sudo", "sudo -u dev claude"), "claude");
  EXPECT_EQ(agent("timeout", "timeout -k 5 30m codex exec"), "codex");
  EXPECT_EQ(agent("nice", "nice -n 5 codex"), "codex");
  EXPECT_EQ(agent("npx", "npx -p @openai/codex codex"), "codex");
}

TEST(AgentOfProcess, WhatItDoesWithoutAScreenIsNoAgent) {
  EXPECT_EQ(agent("claude", "claude daemon run"), "");
  EXPECT_EQ(agent("claude", "claude mcp serve"), "");
  EXPECT_EQ(agent("claude", "claude mcp list"), "claude");
  EXPECT_EQ(agent("node", "node /lib/@anthropic-ai/claude-code/cli.js daemon run"), "");
  EXPECT_EQ(agent("claude", "claude daemonize the parser"), "claude");
}

TEST(AgentOfProcess, RunsOneTaskWithoutAPrompt) {
  const auto headless = [](const std::string& args) {
    return is_headless({0, 1, "claude", args}, "claude",
                       {{"claude", {"claude"}, {}, {}, {}, {"-p", "exec"}}});
  };
  EXPECT_TRUE(headless("claude -p fix it"));
  EXPECT_TRUE(headless("claude --model opus -p"));
  EXPECT_TRUE(headless("node /x/claude.js exec"));
  EXPECT_FALSE(headless("claude explain the -p flag"));
  EXPECT_FALSE(headless("claude --model opus explain -p"));
  EXPECT_FALSE(headless("claude"));
}

// Words of each agent's own --help, of November 2026.
TEST(AgentOfProcess, EveryAgentThatRunsOneTaskIsKnownToDoSo) {
  const auto rules = load_rules("");
  ASSERT_TRUE(rules);
  std::vector<AgentProcess> agents;
  for (const AgentRules& r : *rules) {
    agents.push_back(r.process);
    agents.back().agent = r.agent;
  }
  const auto headless = [&](const std::string& args) {
    const Process process{0, 1, args.substr(0, args.find(' ')), args};
    const std::string name = agent_of_process(process, agents);
    EXPECT_NE(name, "") << args;
    return is_headless(process, name, agents);
  };
  for (const char* args :
       {"claude -p fix",      "codex exec fix",     "gemini -p fix",      "qwen -p fix",
        "opencode run fix",   "kilo run fix",       "copilot -p fix",     "pi -p fix",
        "pi --mode json fix", "omp --print fix",    "omp --mode rpc",     "droid exec fix",
        "cn -p fix",          "letta -p fix",       "nanocoder run fix",  "grok --prompt fix",
        "cline --json fix",   "auggie --print fix", "qodercli -p fix",    "aider --message fix",
        "amp -x fix",         "goose run -t fix",   "cursor-agent -p fix"})
    EXPECT_TRUE(headless(args)) << args;
  for (const char* args : {"claude", "droid fix", "cn fix", "letta", "nanocoder --mode plan",
                           "pi --mode text", "omp --mode", "grok", "cline fix", "auggie fix", "qodercli"})
    EXPECT_FALSE(headless(args)) << args;
}

TEST(AgentOfProcess, ArgumentsAreNotThePrograms) {
  EXPECT_EQ(agent("bash", "bash -c claude --version; sleep 5"), "");
  EXPECT_EQ(agent("sh", "sh -c claude"), "");
  EXPECT_EQ(agent("vim", "vim claude"), "");
  EXPECT_EQ(agent("grep", "grep -r claude ."), "");
  EXPECT_EQ(agent("node", "node server.js claude"), "");
  EXPECT_EQ(agent("node", "node -e codex"), "");
  EXPECT_EQ(agent("tail", "tail -f /var/log/claude"), "");
  EXPECT_EQ(agent("python3", "python3 manage.py codex"), "");
  EXPECT_EQ(agent("claude-monitor", "claude-monitor"), "");
  EXPECT_EQ(agent("bash", "-bash"), "");
  EXPECT_EQ(agent("", ""), "");
}

// -lc and the like are -c with a login shell: still inline code, as in "bash -lc 'claude -p x; sleep 100'".
TEST(AgentOfProcess, CombinedShellFlagsAreInlineCodeToo) {
  EXPECT_EQ(agent("bash", "bash -lc claude -p x; sleep 100"), "");
  EXPECT_EQ(agent("zsh", "zsh -ic claude --version; read"), "");
}

Process at(int depth, const std::string& comm, const std::string& args = "") {
  return {depth, 100 + depth, comm, args.empty() ? comm : args};
}

TEST(WeighProcesses, NothingReadIsUnknown) {
  EXPECT_EQ(weigh_processes({}, kAgents).evidence, ProcessEvidence::kUnknown);
}

TEST(WeighProcesses, OnlyShells) {
  for (const auto& tree : {std::vector{at(0, "bash", "-bash")}, std::vector{at(0, "zsh"), at(1, "fish")},
                           std::vector{at(0, "sh")}, std::vector{at(0, "-zsh")}}) {
    const auto verdict = weigh_processes(tree, kAgents);
    EXPECT_EQ(verdict.evidence, ProcessEvidence::kShellOnly);
    EXPECT_EQ(verdict.agent, "");
  }
}

TEST(WeighProcesses, OtherProgramsAndOpaqueOnes) {
  EXPECT_EQ(weigh_processes({at(0, "bash"), at(1, "vim", "vim claude.md")}, kAgents).evidence,
            ProcessEvidence::kOther);
  EXPECT_EQ(weigh_processes({at(0, "bash"), at(1, "ssh", "ssh host claude")}, kAgents).evidence,
            ProcessEvidence::kOpaque);
  EXPECT_EQ(weigh_processes({at(0, "bash"), at(1, "docker", "docker exec -it x claude")}, kAgents).evidence,
            ProcessEvidence::kOpaque);
  EXPECT_EQ(weigh_processes({at(0, "tmux: client", "tmux attach")}, kAgents).evidence,
            ProcessEvidence::kOpaque);
}

TEST(WeighProcesses, AnAgentIsFoundBelowShells) {
  const auto verdict = weigh_processes(
      {at(0, "bash"), at(1, "node", "node /x/@openai/codex/bin/codex.js"), at(2, "codex")}, kAgents);
  EXPECT_EQ(verdict.evidence, ProcessEvidence::kAgent);
  EXPECT_EQ(verdict.agent, "codex");
}

TEST(WeighProcesses, TheShallowestAgentWins) {
  // Claude started Codex as a tool; the order of the list must not matter.
  const std::vector<Process> tree = {at(0, "bash"), at(3, "codex"), at(1, "claude"), at(2, "bash")};
  EXPECT_EQ(weigh_processes(tree, kAgents).agent, "claude");
}

TEST(WeighProcesses, AnAgentBesideSshIsAnAgent) {
  EXPECT_EQ(weigh_processes({at(0, "bash"), at(1, "claude"), at(2, "ssh")}, kAgents).evidence,
            ProcessEvidence::kAgent);
}

TEST(WeighProcesses, SaysWhatRunsInstead) {
  EXPECT_EQ(weigh_processes({at(0, "bash"), at(1, "sbx", "sbx run claude")}, kAgents).program, "sbx");
  EXPECT_EQ(
      weigh_processes({at(0, "bash"), at(1, "node", "node /x/bin/kilo"), at(2, ".kilo")}, kAgents).program,
      "kilo");
}

TEST(WeighProcesses, AnAgentInATerminalOfAnEditorOrServer) {
  for (const char* host : {"nvim", "agentapi"}) {
    const auto verdict = weigh_processes({at(0, "bash"), at(1, host), at(2, "claude")}, kAgents);
    EXPECT_EQ(verdict.evidence, ProcessEvidence::kApart) << host;
    EXPECT_EQ(verdict.agent, "claude");
  }
}

// A /proc with just the files that are read.
class FakeProc {
 public:
  void add(int pid, const std::string& comm, const std::string& cmdline) {
    const std::string folder = std::to_string(pid);
    names_[pid] = comm;
    owner(pid, 1, 1, 0, -1);  // on no terminal
    dir_.write(folder + "/cmdline", cmdline);
    children(pid, pid, "");
  }
  void children(int pid, int thread, const std::string& list) {
    dir_.write(std::to_string(pid) + "/task/" + std::to_string(thread) + "/children", list);
  }
  void folder(const std::string& path) { std::filesystem::create_directories(dir_.path() + "/" + path); }
  void stat(int pid, char state, int exit_code = 0) {
    std::string line = std::to_string(pid) + " (" + name(pid) + ") " + state;
    for (int field = 4; field < 52; ++field) line += " 7";
    dir_.write(std::to_string(pid) + "/stat", line + " " + std::to_string(exit_code) + "\n");
  }
  // The process' parent, group, terminal, and the terminal's foreground group.
  void owner(int pid, int parent, int group, int tty, int foreground, char state = 'S') {
    std::string line = std::to_string(pid) + " (" + name(pid) + ") " + state;
    for (const int n : {parent, group, 7, tty, foreground}) line += " " + std::to_string(n);
    for (int field = 9; field < 22; ++field) line += " 7";
    dir_.write(std::to_string(pid) + "/stat", line + " 4242 7 7\n");
  }
  void prints_to(int pid, const std::string& file) {
    folder(std::to_string(pid) + "/fd");
    std::filesystem::create_symlink(file, dir_.path() + "/" + std::to_string(pid) + "/fd/1");
  }
  ProcSource source() const { return ProcSource(dir_.path()); }

 private:
  std::string name(int pid) const { return names_.contains(pid) ? names_.at(pid) : "a) b"; }
  std::map<int, std::string> names_;
  test::TempDir dir_;
};

bool never(const Process&, const void*) { return false; }

std::vector<std::string> shown(const std::vector<Process>& tree) {
  std::vector<std::string> out;
  for (const Process& p : tree)
    out.push_back(std::to_string(p.depth) + " " + std::to_string(p.pid) + " " + p.comm + " [" + p.args + "]");
  return out;
}

TEST(ProcSource, ReadsTheTreeParentsFirst) {
  FakeProc proc;
  proc.add(10, "bash", std::string("-bash\0", 6));
  proc.add(30, "node", std::string("node\0/x/cli.js\0--flag\0", 22));
  proc.add(20, "sleep",
           std::string("sleep\0"
                       "9\0",
                       8));
  proc.add(40, "sh", std::string("sh\0", 3));
  proc.children(10, 10, "30 20 ");
  proc.children(30, 30, "40 ");
  EXPECT_THAT(shown(proc.source().tree(10, never, nullptr)),
              ElementsAre("0 10 bash [-bash]", "1 20 sleep [sleep 9]", "1 30 node [node /x/cli.js --flag]",
                          "2 40 sh [sh]"));
}

TEST(ProcSource, ChildrenOfEveryThreadCount) {
  FakeProc proc;
  proc.add(10, "node", std::string("node\0", 5));
  proc.add(21, "a", "a");
  proc.add(22, "b", "b");
  proc.children(10, 10, "22 ");
  proc.children(10, 11, "21 ");
  EXPECT_THAT(shown(proc.source().tree(10, never, nullptr)),
              ElementsAre("0 10 node [node]", "1 21 a [a]", "1 22 b [b]"));
}

TEST(ProcSource, GoneProcessesAreLeftOut) {
  FakeProc proc;
  EXPECT_THAT(proc.source().tree(10, never, nullptr), IsEmpty());
  proc.add(10, "bash", "bash");
  proc.children(10, 10, "11 12 ");  // 11 ended meanwhile
  proc.add(12, "claude", "");       // a zombie: no command line
  EXPECT_THAT(shown(proc.source().tree(10, never, nullptr)),
              ElementsAre("0 10 bash [bash]", "1 12 claude []"));
}

TEST(ProcSource, StopsAtTheFirstAgent) {
  FakeProc proc;
  proc.add(10, "bash", "bash");
  proc.add(11, "claude", "claude");
  proc.add(12, "bash", "bash");
  proc.children(10, 10, "11 ");
  proc.children(11, 11, "12 ");
  const auto verdict = inspect_pane(proc.source(), 10, kAgents);
  EXPECT_EQ(verdict.evidence, ProcessEvidence::kAgent);
  EXPECT_EQ(verdict.agent, "claude");
  const auto enough = [](const Process& p, const void*) { return p.comm == "claude"; };
  EXPECT_THAT(shown(proc.source().tree(10, enough, nullptr)),
              ElementsAre("0 10 bash [bash]", "1 11 claude [claude]"));
}

TEST(ProcSource, AStoppedAgentIsSuspended) {
  FakeProc proc;
  proc.add(10, "bash", "bash");
  proc.add(11, "claude", "claude");
  proc.children(10, 10, "11 ");
  proc.stat(11, 'S');
  EXPECT_EQ(inspect_pane(proc.source(), 10, kAgents).evidence, ProcessEvidence::kAgent);
  proc.stat(11, 'T');
  const auto verdict = inspect_pane(proc.source(), 10, kAgents);
  EXPECT_EQ(verdict.evidence, ProcessEvidence::kSuspended);
  EXPECT_EQ(verdict.agent, "claude");
  EXPECT_EQ(verdict.pid, 11);
  proc.add(13, "codex", "codex");  // a server of its tools, which goes on
  proc.stat(13, 'S');
  proc.children(11, 11, "13 ");
  EXPECT_EQ(inspect_pane(proc.source(), 10, kAgents).agent, "claude");
  EXPECT_EQ(inspect_pane(proc.source(), 10, kAgents).evidence, ProcessEvidence::kSuspended);
  proc.add(12, "codex", "codex");  // started in its place
  proc.children(10, 10, "11 12 ");
  proc.stat(12, 'R');
  EXPECT_EQ(inspect_pane(proc.source(), 10, kAgents).agent, "codex");
  EXPECT_EQ(inspect_pane(proc.source(), 10, kAgents).evidence, ProcessEvidence::kAgent);
}

TEST(ProcSource, AnAgentThatHasEndedIsNone) {
  FakeProc proc;
  proc.add(10, "bash", "bash");
  proc.add(11, "claude", "");  // its parent has not asked for it
  proc.children(10, 10, "11 ");
  proc.stat(11, 'Z', 9);
  EXPECT_EQ(inspect_pane(proc.source(), 10, kAgents).evidence, ProcessEvidence::kShellOnly);
  proc.add(12, "codex", "codex");
  proc.stat(12, 'S');
  proc.children(10, 10, "11 12 ");
  EXPECT_EQ(inspect_pane(proc.source(), 10, kAgents).agent, "codex");
}

// "No agent" must never come of what could not be read: a live one would be called exited.
TEST(ProcSource, WhatCannotBeReadIsUnknownNotNobody) {
  FakeProc proc;
  proc.add(10, "bash", "bash");
  EXPECT_EQ(inspect_pane(proc.source(), 10, kAgents).evidence, ProcessEvidence::kShellOnly);
  proc.children(10, 11, "");
  proc.folder("10/task/12/children");  // reading it fails, and not because the thread has ended
  EXPECT_EQ(inspect_pane(proc.source(), 10, kAgents).evidence, ProcessEvidence::kUnknown);

  FakeProc kernel;  // without lists of children
  kernel.add(10, "bash", "bash");
  kernel.folder("10/task/13");
  EXPECT_EQ(inspect_pane(kernel.source(), 10, kAgents).evidence, ProcessEvidence::kUnknown);

  FakeProc child;
  child.add(10, "bash", "bash");
  child.children(10, 10, "11 ");
  child.folder("11/stat");
  EXPECT_EQ(inspect_pane(child.source(), 10, kAgents).evidence, ProcessEvidence::kUnknown);
}

TEST(ProcSource, AnAgentBehindManyProcessesIsUnknownNotNobody) {
  FakeProc proc;
  std::string children = "20 ";
  proc.add(10, "bash", "bash");
  proc.add(20, "bash", "bash");
  proc.add(21, "claude", "claude");
  proc.children(20, 20, "21 ");
  for (int pid = 1000; pid < 1300; ++pid) {
    proc.add(pid, "sleep", "sleep");
    children += std::to_string(pid) + " ";
  }
  proc.children(10, 10, children);
  EXPECT_EQ(inspect_pane(proc.source(), 10, kAgents).evidence, ProcessEvidence::kUnknown);
  proc.children(10, 10, "20 1000 ");
  EXPECT_EQ(inspect_pane(proc.source(), 10, kAgents).agent, "claude");
}

TEST(ProcSource, TellsHowAProcessEndedThatNobodyAskedFor) {
  FakeProc proc;
  EXPECT_EQ(proc.source().end_of(11), std::nullopt);
  proc.stat(11, 'Z', 9);
  EXPECT_EQ(proc.source().end_of(11), 128 + 9);
  proc.stat(11, 'Z', 128 + 11);  // with a core file
  EXPECT_EQ(proc.source().end_of(11), 128 + 11);
  proc.stat(11, 'Z', 3 << 8);
  EXPECT_EQ(proc.source().end_of(11), 3);
  proc.stat(11, 'Z', 0);
  EXPECT_EQ(proc.source().end_of(11), std::nullopt) << "the kernel says 0 to whom it does not tell";
  proc.stat(11, 'R', 9);
  EXPECT_EQ(proc.source().end_of(11), std::nullopt);
}

TEST(ProcSource, ALoopOrABombEnds) {
  FakeProc loop;
  loop.add(10, "bash", "bash");
  loop.children(10, 10, "10 ");
  EXPECT_LT(loop.source().tree(10, never, nullptr).size(), 1000u);

  FakeProc bomb;
  std::string children;
  for (int pid = 1000; pid < 1600; ++pid) {
    bomb.add(pid, "sh", "sh");
    children += std::to_string(pid) + " ";
  }
  bomb.add(10, "bash", "bash");
  bomb.children(10, 10, children);
  bomb.children(1000, 1000, children);
  EXPECT_LT(bomb.source().tree(10, never, nullptr).size(), 2000u);
}

// The list of children is read up to a limit; the number the limit cuts through is no pid.
TEST(ProcSource, ACutListOfChildrenGivesNoWrongPid) {
  FakeProc proc;
  proc.add(10, "bash", "bash");
  // 682 numbers of 6 bytes are 4092 bytes; of the next, "98765", a limit of 4096 bytes leaves "9876".
  std::string children;
  for (int i = 0; i < 682; ++i) children += std::to_string(10000 + i) + " ";
  proc.children(10, 10, children + "98765 ");
  proc.add(9876, "claude", "claude");  // somewhere else on the machine
  EXPECT_EQ(inspect_pane(proc.source(), 10, kAgents).agent, "");
}

constexpr int kNull = 0x103;  // /dev/null's number: a terminal that every machine has
constexpr int kPane = 0x8805, kElse = 0x8806;

// A shell, 10, on the terminal `tty` with `foreground` in front, and claude, 11, below it.
struct ShellAndClaude : FakeProc {
  ShellAndClaude(int tty, int foreground, const std::string& shell = "bash") {
    add(10, "bash", shell);
    add(11, "claude", "claude");
    children(10, 10, "11 ");
    owner(10, 1, 10, tty, foreground);
  }
};

TEST(Terminal, AnAgentInFrontIsOne) {
  ShellAndClaude proc(kPane, 11);
  proc.owner(11, 10, 11, kPane, 11);
  const auto verdict = inspect_pane(proc.source(), 10, kAgents);
  EXPECT_EQ(verdict.evidence, ProcessEvidence::kAgent);
  EXPECT_EQ(verdict.started, 4242u);
}

TEST(Terminal, InTheBackgroundOfAShellItIsNone) {
  ShellAndClaude proc(kPane, 10);
  proc.owner(11, 10, 11, kPane, 10);
  EXPECT_EQ(inspect_pane(proc.source(), 10, kAgents).evidence, ProcessEvidence::kShellOnly);
  proc.owner(11, 10, 11, 0, -1);  // a daemon
  EXPECT_EQ(inspect_pane(proc.source(), 10, kAgents).evidence, ProcessEvidence::kShellOnly);
  proc.owner(11, 10, 11, kPane, 10, 'T');  // Ctrl-Z
  EXPECT_EQ(inspect_pane(proc.source(), 10, kAgents).evidence, ProcessEvidence::kSuspended);
}

TEST(Terminal, OthersInTheBackgroundDoNotHideTheShell) {
  FakeProc proc;
  proc.add(10, "bash", "bash");
  proc.add(11, "ssh", "ssh -N tunnel");
  proc.children(10, 10, "11 ");
  proc.owner(10, 1, 10, kPane, 10);
  proc.owner(11, 10, 11, kPane, 10);
  EXPECT_EQ(inspect_pane(proc.source(), 10, kAgents).evidence, ProcessEvidence::kShellOnly);
  proc.owner(10, 1, 10, kPane, 11);
  proc.owner(11, 10, 11, kPane, 11);
  EXPECT_EQ(inspect_pane(proc.source(), 10, kAgents).evidence, ProcessEvidence::kOpaque);
}

TEST(Terminal, OnATerminalOfItsOwnBehindAProgramInFront) {
  ShellAndClaude proc(kPane, 12);
  proc.add(12, "wrap", "wrap claude");
  proc.children(10, 10, "12 ");
  proc.children(12, 12, "11 ");
  proc.owner(10, 1, 10, kPane, 12);
  proc.owner(12, 10, 12, kPane, 12);
  proc.owner(11, 12, 11, kElse, 11);
  EXPECT_EQ(inspect_pane(proc.source(), 10, kAgents).evidence, ProcessEvidence::kApart);
  proc.owner(10, 1, 10, kPane, 10);  // the program is in the background: what it holds is not seen
  EXPECT_EQ(inspect_pane(proc.source(), 10, kAgents).evidence, ProcessEvidence::kShellOnly);
}

TEST(Terminal, AWrapperMayTakeItOffTheTerminal) {  // setsid: no terminal, but its output goes there
  ShellAndClaude proc(kNull, 10, std::string("bash\0start.sh", 13));
  proc.owner(11, 10, 11, 0, -1);
  proc.prints_to(11, "/dev/null");
  EXPECT_EQ(inspect_pane(proc.source(), 10, kAgents).evidence, ProcessEvidence::kAgent);
}

TEST(Terminal, AnAgentWhoseWrapperEndedIsAliveWhereItDraws) {
  ShellAndClaude proc(kNull, 10);
  proc.children(10, 10, "");
  proc.owner(11, 1, 9, kNull, 10);
  EXPECT_EQ(inspect_pane(proc.source(), 10, kAgents).evidence, ProcessEvidence::kShellOnly)
      << "it prints nowhere: a daemon";
  proc.prints_to(11, "/dev/null");
  const auto verdict = inspect_pane(proc.source(), 10, kAgents);
  EXPECT_EQ(verdict.evidence, ProcessEvidence::kAgent);
  EXPECT_EQ(verdict.pid, 11);
  proc.owner(11, 1, 9, kElse, 10);
  EXPECT_EQ(inspect_pane(proc.source(), 10, kAgents).evidence, ProcessEvidence::kShellOnly);
}

TEST(InspectPane, AsksTheSourceForThePanesOwnProcess) {
  test::FakeProcessSource source;
  source.trees[7] = {{0, 7, "bash", "bash"}, {1, 8, "codex", "codex"}};
  EXPECT_EQ(inspect_pane(source, 7, kAgents).agent, "codex");
  EXPECT_EQ(inspect_pane(source, 8, kAgents).evidence, ProcessEvidence::kUnknown);
}

}  // namespace
}  // namespace orc
