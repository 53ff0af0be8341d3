// SPDX-License-Identifier: Apache-2.0
#include "programs.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <vector>

#include "tmux_orc/base/text.h"
#include "tmux_orc/discover/processes.h"

namespace orc {
namespace {

constexpr std::array<std::string_view, 16> kShells = {"bash",  "sh",   "zsh",   "fish",   "dash", "ksh",
                                                      "mksh",  "tcsh", "csh",   "nu",     "ash",  "elvish",
                                                      "xonsh", "pwsh", "login", "busybox"};
constexpr std::array<std::string_view, 26> kOpaque = {
    "ssh",          "mosh-client",  "mosh",    "autossh",     "docker",    "podman",          "kubectl",
    "oc",           "nerdctl",      "lxc",     "incus",       "distrobox", "distrobox-enter", "toolbox",
    "tmux: client", "tmux",         "screen",  "zellij",      "script",    "asciinema",       "expect",
    "machinectl",   "devcontainer", "nsenter", "systemd-run", "gcloud"};
constexpr std::array<std::string_view, 13> kHosts = {
    "agentapi", "nvim", "vim", "vi", "gvim", "emacs", "hx", "kak", "code", "zed", "ttyd", "gotty", "tmate"};
// Programs whose script or command, among the next words, says what really runs.
constexpr std::array<std::string_view, 22> kInterpreters = {
    "node", "nodejs", "bun",  "deno", "python", "python3", "npx",  "npm",  "npm exec", "uv",   "uvx",
    "pipx", "env",    "sudo", "sh",   "bash",   "zsh",     "dash", "ruby", "nice",     "time", "timeout"};
// Their flags whose next word is the flag's, not the script.
constexpr std::array<std::string_view, 32> kTakesWord = {
    "--require",    "-r",         "--import",   "--loader", "--experimental-loader",
    "--conditions", "-C",         "--env-file", "--title",  "-X",
    "-W",           "--preload",  "--cwd",      "--from",   "-p",
    "--package",    "--with",     "--prefix",   "-w",       "--python",
    "-u",           "-g",         "-h",         "-D",       "-n",
    "-k",           "-s",         "-f",         "-o",       "--rcfile",
    "-R",           "--init-file"};

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& list) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

std::string_view shell_name(std::string_view name) {  // a login shell's argv[0] is "-bash"
  return name.starts_with('-') ? name.substr(1) : name;
}

std::string_view strip_script_suffix(std::string_view name) {
  for (const std::string_view suffix : {".js", ".mjs", ".cjs", ".py", ".sh", ".exe"}) {
    if (name.ends_with(suffix)) return name.substr(0, name.size() - suffix.size());
  }
  return name;
}

// Nix puts a wrapper in a program's place and calls the program itself ".NAME-wrapped" or "-unwrapped"; the
// kernel cuts names at 15 bytes.
std::string_view strip_wrapper(std::string_view name) {
  if (!name.starts_with('.')) return name;
  for (const std::string_view suffix : {"-wrapped", "-unwrapped"}) {
    if (name.ends_with(suffix)) return name.substr(1, name.size() - 1 - suffix.size());
    const auto dash = name.rfind('-');
    if (name.size() == 15 && dash != std::string_view::npos && suffix.starts_with(name.substr(dash)))
      return name.substr(1, dash - 1);
  }
  return name;
}

bool names_agent(std::string_view name, const AgentProcess& agent) {
  const auto known = [&](std::string_view n) {
    return std::find(agent.names.begin(), agent.names.end(), n) != agent.names.end();
  };
  return known(name) || known(strip_wrapper(name));
}

bool has_part(std::string_view path, const std::vector<std::string>& parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](const std::string& part) { return path.find(part) != std::string_view::npos; });
}

bool is_interpreter(std::string_view name) {
  return is_one_of(name, kInterpreters) || name.starts_with("python3.");
}

bool script_is_agent(std::string_view word, const AgentProcess& agent) {
  return names_agent(strip_script_suffix(base_name(word)), agent) || has_part(word, agent.paths);
}

bool is_duration(std::string_view word) {  // of `timeout 5m`
  return !word.empty() && std::isdigit(static_cast<unsigned char>(word[0])) != 0;
}

// Inline code, not a script: -c, -lc, -e, --eval.
bool is_code_flag(std::string_view program, std::string_view word) {
  const bool of_shell = is_one_of(shell_name(program), kShells) && word.starts_with('-') &&
                        !word.starts_with("--") && word.find('c') != std::string_view::npos;
  return of_shell || word == "-c" || word == "-e" || word == "--eval";
}

// The words that may name what an interpreter runs, in order; it runs the first that is no interpreter
// itself. `at`: where in `words` the candidate stands. Gives false when there is none.
bool next_script(const std::vector<std::string_view>& words, std::size_t& at) {
  std::string_view program = base_name(words[0]);
  for (++at; at < words.size(); ++at) {
    const std::string_view word = words[at];
    if (is_code_flag(program, word)) return false;
    if (word.starts_with('-')) {
      if (is_one_of(word, kTakesWord)) ++at;
      continue;
    }
    const bool of_wrapper = word.find('=') != std::string_view::npos ||
                            (program == "timeout" && is_duration(word)) || word == "exec" || word == "run" ||
                            word == "tool";
    if (!of_wrapper) return true;
  }
  return false;
}

// A process as each of the agents is compared with it: its first words, and which of them may be its script.
struct Program {
  explicit Program(const Process& p) : process(p), words(words_of(p.args, 12)) {
    if (words.empty()) return;
    const bool runs_script =
        is_interpreter(base_name(words[0])) || is_interpreter(p.comm) || is_interpreter(base_name(p.exe));
    for (std::size_t at = 0; runs_script && next_script(words, at);) {
      scripts.push_back(at);
      if (!is_interpreter(base_name(words[at]))) break;  // this is the script; the rest are its arguments
    }
  }
  const Process& process;
  std::vector<std::string_view> words;
  std::vector<std::size_t> scripts;
};

// Where the program or script that the process is stands among its words, for what follows it.
std::optional<std::size_t> agent_word(const Program& p, const AgentProcess& agent) {
  const auto& [process, words, scripts] = p;
  if (words.empty()) return names_agent(process.comm, agent) ? std::optional<std::size_t>(0) : std::nullopt;
  for (const std::size_t at : scripts) {
    if (script_is_agent(words[at], agent)) return at;
  }
  const std::string_view program = base_name(words[0]);
  // A process may rename itself (comm), be started under another name (argv[0]), or be called by its version
  // in both: any of them counts.
  if (names_agent(process.comm, agent) || names_agent(strip_script_suffix(program), agent) ||
      has_part(words[0], agent.exe) || has_part(process.exe, agent.exe))
    return 0;
  return std::nullopt;
}

// Whether the words behind `at` begin with the words of `entry`.
bool goes_on_with(const std::vector<std::string_view>& words, std::size_t at, std::string_view entry) {
  for (const std::string_view wanted : words_of(entry, 8)) {
    if (++at >= words.size() || words[at] != wanted) return false;
  }
  return true;
}

bool is_agent(const Program& program, const AgentProcess& agent) {
  const auto at = agent_word(program, agent);
  return at && std::none_of(agent.except.begin(), agent.except.end(), [&](const std::string& entry) {
           return goes_on_with(program.words, *at, entry);
         });
}

// "-p", or a flag with its word: "--mode json".
bool stand_at(const std::vector<std::string_view>& words, std::size_t at, std::string_view headless) {
  const std::size_t blank = headless.find(' ');
  if (words[at] != headless.substr(0, blank)) return false;
  return blank == std::string_view::npos ||
         (at + 1 < words.size() && words[at + 1] == headless.substr(blank + 1));
}

// `claude --model x -p`: a flag may have a word of its own; any other word is the task's text.
bool has_headless_word(const std::vector<std::string_view>& words, std::size_t at,
                       const AgentProcess& agent) {
  bool after_flag = false;
  for (++at; at < words.size(); ++at) {
    if (std::ranges::any_of(agent.headless, [&](const std::string& h) { return stand_at(words, at, h); }))
      return true;
    const bool flag = words[at].starts_with('-');
    if (!flag && !after_flag) return false;
    after_flag = flag;
  }
  return false;
}

}  // namespace

std::string_view base_name(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool is_shell(const Process& process) { return is_one_of(shell_name(process.comm), kShells); }

bool is_idle_shell(const Process& process) {
  if (!is_shell(process)) return false;
  const auto words = words_of(process.args, 12);
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (is_code_flag(process.comm, words[i])) return false;
    if (!words[i].starts_with('-')) return false;  // a script
    if (is_one_of(words[i], kTakesWord)) ++i;
  }
  return true;
}

bool is_opaque(const Process& process) { return is_one_of(shell_name(process.comm), kOpaque); }

bool is_terminal_host(const Process& process) { return is_one_of(process.comm, kHosts); }

std::string shown_name(const Process& process) {
  const auto words = words_of(process.args, 12);
  if (words.empty()) return process.comm;
  const std::string_view program = base_name(words[0]);
  std::size_t at = 0;
  if (is_interpreter(program) && next_script(words, at))
    return std::string(strip_script_suffix(base_name(words[at])));
  return std::string(program);
}

bool is_headless(const Process& process, const std::string& name, const std::vector<AgentProcess>& agents) {
  const Program program(process);
  return std::any_of(agents.begin(), agents.end(), [&](const AgentProcess& agent) {
    if (agent.agent != name || agent.headless.empty()) return false;
    const auto at = agent_word(program, agent);
    return at && has_headless_word(program.words, *at, agent);
  });
}

std::string agent_of_process(const Process& process, const std::vector<AgentProcess>& agents) {
  const Program program(process);
  const auto found = std::find_if(agents.begin(), agents.end(),
                                  [&](const AgentProcess& agent) { return is_agent(program, agent); });
  return found == agents.end() ? std::string() : found->agent;
}

}  // namespace orc
