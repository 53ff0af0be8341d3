#include "tmux_orc/discover/processes.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>

#include "process_walk.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/base/unique_fd.h"

namespace orc {
namespace {

constexpr std::array<std::string_view, 16> kShells = {"bash",  "sh",   "zsh",   "fish",   "dash", "ksh",
                                                      "mksh",  "tcsh", "csh",   "nu",     "ash",  "elvish",
                                                      "xonsh", "pwsh", "login", "busybox"};
// Programs behind which an agent may run unseen: other machines, containers, other sessions.
constexpr std::array<std::string_view, 26> kOpaque = {
    "ssh",          "mosh-client",  "mosh",    "autossh",     "docker",    "podman",          "kubectl",
    "oc",           "nerdctl",      "lxc",     "incus",       "distrobox", "distrobox-enter", "toolbox",
    "tmux: client", "tmux",         "screen",  "zellij",      "script",    "asciinema",       "expect",
    "machinectl",   "devcontainer", "nsenter", "systemd-run", "gcloud"};
// Programs whose script or command, among the next words, says what really runs.
constexpr std::array<std::string_view, 22> kInterpreters = {
    "node", "nodejs", "bun",  "deno", "python", "python3", "npx",  "npm",  "npm exec", "uv",   "uvx",
    "pipx", "env",    "sudo", "sh",   "bash",   "zsh",     "dash", "ruby", "nice",     "time", "timeout"};

std::string_view base_name(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& list) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

std::string_view shell_name(std::string_view name) {  // a login shell's argv[0] is "-bash"
  return name.starts_with('-') ? name.substr(1) : name;
}

std::vector<std::string_view> words_of(std::string_view args, std::size_t most) {
  std::vector<std::string_view> words;
  while (!args.empty() && words.size() < most) {
    const auto space = args.find(' ');
    if (space != 0) words.push_back(args.substr(0, space));
    if (space == std::string_view::npos) break;
    args.remove_prefix(space + 1);
  }
  return words;
}

std::string_view strip_script_suffix(std::string_view name) {
  for (const std::string_view suffix : {".js", ".mjs", ".cjs", ".py", ".sh", ".exe"}) {
    if (name.ends_with(suffix)) return name.substr(0, name.size() - suffix.size());
  }
  return name;
}

bool names_agent(std::string_view name, const AgentProcess& agent) {
  return std::find(agent.names.begin(), agent.names.end(), name) != agent.names.end();
}

bool is_interpreter(std::string_view name) {
  if (is_one_of(name, kInterpreters)) return true;
  return name.starts_with("python3.");
}

bool script_is_agent(std::string_view word, const AgentProcess& agent) {
  if (names_agent(strip_script_suffix(base_name(word)), agent)) return true;
  return std::any_of(agent.paths.begin(), agent.paths.end(),
                     [&](const std::string& part) { return word.find(part) != std::string_view::npos; });
}

bool process_is_agent(const Process& process, const AgentProcess& agent) {
  const auto words = words_of(process.args, 8);
  // A process may rename itself (comm) or be started under another name (argv[0]): either counts.
  if (names_agent(process.comm, agent)) return true;
  if (words.empty()) return false;
  const std::string_view program = base_name(words[0]);
  if (names_agent(strip_script_suffix(program), agent)) return true;
  if (!is_interpreter(program) && !is_interpreter(process.comm)) return false;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string_view word = words[i];
    // Inline code, not a script: -c, -lc, -e, --eval.
    const bool shell_code = is_one_of(program, kShells) && word.starts_with('-') && !word.starts_with("--") &&
                            word.find('c') != std::string_view::npos;
    if (shell_code || word == "-c" || word == "-e" || word == "--eval") return false;
    if (word.starts_with('-') || word.find('=') != std::string_view::npos) continue;
    if (script_is_agent(word, agent)) return true;
    if (!is_interpreter(base_name(word)) && word != "exec" && word != "run" && word != "tool") {
      return false;  // the first real word is the script; the rest are its arguments
    }
  }
  return false;
}

// At most `most` bytes: of a long command line the program and its script, which come first, are enough. With
// errno, 0 if all went well.
std::string read_file(const std::string& path, std::size_t most = 4096) {
  errno = 0;
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return {};
  std::string text(most, '\0');
  const ssize_t n = ::read(fd.get(), text.data(), text.size());
  text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return text;
}

// Whether what failed to be read is there all the same: no descriptors left, no right.
bool is_there(int error) { return error != 0 && error != ENOENT && error != ESRCH; }

// No comm: the process is gone, or `unread`.
Process read_process(const std::string& root, int pid, int depth, bool& unread) {
  const std::string comm = read_file(fmt::format("{}/{}/comm", root, pid));
  if (comm.empty() && is_there(errno)) unread = true;
  Process p{depth, pid, comm, read_file(fmt::format("{}/{}/cmdline", root, pid))};
  if (p.comm.ends_with('\n')) p.comm.pop_back();
  while (p.args.ends_with('\0')) p.args.pop_back();
  std::replace(p.args.begin(), p.args.end(), '\0', ' ');
  return p;
}

// What /proc/PID/stat says behind the name; empty if the process is gone.
std::string read_stat(const std::string& root, int pid) {
  const std::string stat = read_file(fmt::format("{}/{}/stat", root, pid));
  const auto name_end = stat.rfind(')');
  return name_end == std::string::npos ? std::string() : stat.substr(name_end + 1);
}

char state_of(std::string_view after_name) {
  const auto words = words_of(after_name, 1);
  return words.empty() ? '\0' : words[0][0];
}

void append_numbers(std::string_view text, std::vector<int>& out) {
  const char* at = text.data();
  const char* end = at + text.size();
  while (at < end) {
    int value = 0;
    const auto [after, error] = std::from_chars(at, end, value);
    if (error == std::errc{}) out.push_back(value);
    at = after == at ? at + 1 : after;
  }
}

// The kernel lists children per thread of the parent; one built without CONFIG_PROC_CHILDREN not at all.
std::vector<int> read_children(const std::string& root, int pid, bool& unread) {
  std::vector<int> children;
  const std::string tasks = fmt::format("{}/{}/task", root, pid);
  DIR* dir = ::opendir(tasks.c_str());
  if (dir == nullptr) {
    if (is_there(errno)) unread = true;
    return children;
  }
  while (const dirent* entry = ::readdir(dir)) {
    if (entry->d_name[0] == '.') continue;
    const std::string thread = fmt::format("{}/{}", tasks, entry->d_name);
    std::string list = read_file(thread + "/children");
    if (is_there(errno) || (errno == ENOENT && ::access(thread.c_str(), F_OK) == 0)) unread = true;
    const auto last_blank = list.rfind(' ');  // each pid ends with one; drop a cut pid
    list.resize(last_blank == std::string::npos ? 0 : last_blank);
    append_numbers(list, children);
  }
  ::closedir(dir);
  std::sort(children.begin(), children.end());
  return children;
}

}  // namespace

std::string agent_of_process(const Process& process, const std::vector<AgentProcess>& agents) {
  for (const AgentProcess& agent : agents) {
    if (process_is_agent(process, agent)) return agent.agent;
  }
  return {};
}

namespace {

// Whether the user deals with `a` rather than with `b`: one that runs before one that is stopped.
bool is_nearer(const Process& a, const Process& b) {
  const bool a_stopped = a.state == 'T', b_stopped = b.state == 'T';
  return a_stopped != b_stopped ? b_stopped : a.depth < b.depth;
}

}  // namespace

ProcessVerdict weigh_processes(const std::vector<Process>& tree, const std::vector<AgentProcess>& agents) {
  if (tree.empty()) return {};
  const Process* best = nullptr;
  std::string agent;
  bool only_shells = true, opaque = false;
  for (const Process& process : tree) {
    if (has_ended(process)) continue;  // nobody is there any more, only its parent has not asked yet
    if (std::string found = agent_of_process(process, agents);
        !found.empty() && (best == nullptr || is_nearer(process, *best))) {
      best = &process;
      agent = std::move(found);
    }
    const std::string_view name = shell_name(process.comm);
    if (is_one_of(name, kOpaque)) opaque = true;
    if (!is_one_of(name, kShells)) only_shells = false;
  }
  if (best != nullptr) {
    const auto evidence = best->state == 'T' ? ProcessEvidence::kSuspended : ProcessEvidence::kAgent;
    return {evidence, std::move(agent), best->pid};
  }
  if (opaque) return {ProcessEvidence::kOpaque, {}, 0};
  return {only_shells ? ProcessEvidence::kShellOnly : ProcessEvidence::kOther, {}, 0};
}

std::vector<Process> ProcSource::tree(int pid, bool (*enough)(const Process&, const void*),
                                      const void* context) const {
  std::vector<Process> found;
  bool unread = false;
  Process first = read_process(root_, pid, 0, unread);
  if (first.comm.empty()) return found;
  found.push_back(std::move(first));
  const auto is_agent = [&](Process& p) {
    if (!enough(p, context)) return false;
    p.state = state_of(read_stat(root_, p.pid));
    return true;
  };
  const bool complete = walk_processes(found, is_agent, [&](int parent, int depth) {
    for (const int child : read_children(root_, parent, unread)) {
      if (found.size() >= kMaxProcesses) return false;
      Process p = read_process(root_, child, depth, unread);
      if (!p.comm.empty()) found.push_back(std::move(p));
    }
    return !unread;
  });
  if (!complete) found.clear();
  return found;
}

bool stat_has_terminal(std::string_view after_name) {
  const auto words = words_of(after_name, 6);
  return words.size() == 6 && words[0] != "T" && words[0] != "t" && words[0] != "Z" && words[2] == words[5];
}

// A kernel that does not let us see the exit code says 0, as it does of success: then nothing is known.
std::optional<int> stat_end(std::string_view after_name) {
  constexpr std::size_t kExitCode = 49;  // proc(5): field 52, behind pid and name
  const auto words = words_of(rtrim(after_name), kExitCode + 1);
  if (words.size() <= kExitCode || (words[0] != "Z" && words[0] != "X")) return std::nullopt;
  int code = 0;
  const std::string_view word = words[kExitCode];
  if (std::from_chars(word.data(), word.data() + word.size(), code).ec != std::errc{} || code == 0)
    return std::nullopt;
  return WIFSIGNALED(code) ? 128 + WTERMSIG(code) : WEXITSTATUS(code);
}

bool ProcSource::has_terminal(int pid) const { return stat_has_terminal(read_stat(root_, pid)); }

std::optional<int> ProcSource::end_of(int pid) const { return stat_end(read_stat(root_, pid)); }

ProcessVerdict inspect_pane(const ProcessSource& source, int pane_pid,
                            const std::vector<AgentProcess>& agents) {
  const auto is_agent = [](const Process& p, const void* context) {
    return !agent_of_process(p, *static_cast<const std::vector<AgentProcess>*>(context)).empty();
  };
  std::vector<Process> tree = source.tree(pane_pid, is_agent, &agents);
  ProcessVerdict verdict = weigh_processes(tree, agents);
  verdict.tree = std::move(tree);
  return verdict;
}

}  // namespace orc
