// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/bench/private_server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "tmux_orc/base/files.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/daemon/launch.h"
#include "tmux_orc/exec/child.h"
#include "tmux_orc/tmux/spawn.h"

namespace orc {
namespace {

constexpr int kPanesPerSession = 5;
constexpr std::size_t kPanesPerScript = 50;

// SIGTERM for every tmux that was started for this socket; false if there is none. A server that is told to
// end while it still reads its configuration ends its listening first, then makes its first session all the
// same and lives on, out of reach for kill-server.
bool end_stragglers(const std::string& socket) {
  bool any = false;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const auto words = read_file(entry.path() / "cmdline");  // a stream's buffer throws when the process ends
    if (!words) continue;
    const std::string program = std::filesystem::path(words->c_str()).filename();
    if (!program.starts_with("tmux") ||
        words->find(std::string("\0-S\0", 4) + socket + '\0') == std::string::npos)
      continue;
    any = ::kill(std::atoi(name.c_str()), SIGTERM) == 0 || any;
  }
  return any;
}

// In the guardian, a copy of this process: waits until the other end of the leash closes, then cleans up.
// It allocates and starts programs, so the parent must have had no thread that a fork leaves behind with a
// lock.
//
// The folder is made here, so that there is no moment in which the parent's death would leave it behind. One
// byte on `made` says that it is there.
[[noreturn]] void guard(int leash, int made, const std::string& tmux, const std::string& folder) {
  ::setsid();  // Ctrl-C is for the parent; its death is our sign
  for (const int s : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) ::signal(s, SIG_IGN);
  const bool good = ::mkdir(folder.c_str(), 0700) == 0;
  [[maybe_unused]] const auto written = ::write(made, good ? "y" : "n", 1);
  for (int fd = 0; fd < 1024; ++fd) {
    if (fd != leash) ::close(fd);
  }
  if (!good) ::_exit(1);
  ::open("/dev/null", O_RDWR);
  char byte = 0;
  while (::read(leash, &byte, 1) < 0 && errno == EINTR) {
  }
  // Again for a while if there is no server: the parent may have died while a tmux client was starting it.
  bool told = false;
  for (int i = 0; i < 30; ++i) {
    StringSink sink;
    // A server that is only starting may not answer: 2 s, then again.
    const auto ended = run_process({tmux, "-N", "-S", folder + "/socket", "kill-server"}, "",
                                   Steady::now() + std::chrono::seconds(2), sink);
    told = told || (ended && ended->status == 0);
    if (!end_stragglers(folder + "/socket") && told) break;
    ::usleep(i == 0 && told ? 10'000 : 100'000);
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  ::_exit(0);
}

std::vector<std::string> pane_command(const PaneScript& p, const std::string& program) {
  return {program, "__replay", p.agent, p.state, p.how, std::to_string(p.seed)};
}

}  // namespace

StartPlan plan_panes(const std::vector<PaneScript>& panes, int cols, int rows, int per_session,
                     const std::string& program) {
  StartPlan plan;
  for (std::size_t i = 0; i < panes.size(); ++i) {
    const auto per = static_cast<std::size_t>(per_session);
    const std::string session = fmt::format("s{:03}", i / per);
    std::vector<std::string> words;
    if (i % per == 0) {
      words = {"new-session", "-d",    "-x", std::to_string(cols), "-y", std::to_string(rows),
               "-s",          session, "-n", panes[i].agent};
    } else {
      words = {"new-window", "-d", "-t", session + ":", "-n", panes[i].agent};
    }
    // A command of several words is run without a shell.
    for (std::string& word : pane_command(panes[i], program)) words.push_back(std::move(word));
    if (i == 0)
      plan.first = std::move(words);
    else
      plan.others.push_back(std::move(words));
  }
  return plan;
}

Result<PrivateServer> PrivateServer::create(const std::string& tmux) {
  std::error_code error;
  std::string folder =
      fmt::format("{}/tmux-orc-{}", std::filesystem::temp_directory_path(error).string(), random_hex());
  int leash[2], made[2];
  if (::pipe2(leash, O_CLOEXEC) != 0 || ::pipe2(made, O_CLOEXEC) != 0)
    return fail(ErrorKind::kIo, "no file descriptors left");
  const pid_t guardian = ::fork();
  if (guardian < 0) return fail(ErrorKind::kIo, fmt::format("fork: {}", std::strerror(errno)));
  if (guardian == 0) {
    ::close(leash[1]);
    guard(leash[0], made[1], tmux, folder);
  }
  ::close(leash[0]);
  ::close(made[1]);
  PrivateServer server(tmux, folder, UniqueFd(leash[1]), guardian);
  char answer = 'n';
  while (::read(made[0], &answer, 1) < 0 && errno == EINTR) {
  }
  ::close(made[0]);
  if (answer != 'y') return fail(ErrorKind::kIo, fmt::format("cannot make the folder {}", folder));
  std::ofstream(folder + "/tmux.conf")
      << "set -g history-limit 2000\nset -g status off\nset -g exit-empty on\n";
  return server;
}

PrivateServer::PrivateServer(PrivateServer&& other) noexcept
    : tmux_(std::move(other.tmux_)),
      folder_(std::move(other.folder_)),
      leash_(std::move(other.leash_)),
      guardian_(std::exchange(other.guardian_, -1)) {}

PrivateServer::~PrivateServer() {
  if (guardian_ < 0) return;
  leash_.reset();
  wait_for(guardian_);
}

Result<void> PrivateServer::start(const std::vector<PaneScript>& panes, int cols, int rows,
                                  const std::function<void(std::size_t)>& progress) {
  ORC_TRY(program, own_program());
  const StartPlan plan = plan_panes(panes, cols, rows, kPanesPerSession, *program);
  const auto run = [&](const std::vector<std::string>& argv, const std::string& input) -> Result<void> {
    StringSink sink;
    ORC_TRY(done, run_process(argv, input, Steady::now() + std::chrono::seconds(60), sink));
    if (done->status != 0) return fail(ErrorKind::kCommand, fmt::format("tmux: {}", trim(done->errors)));
    return {};
  };
  std::vector<std::string> first = {tmux_, "-S", address().socket_path, "-f", folder_ + "/tmux.conf"};
  first.insert(first.end(), plan.first.begin(), plan.first.end());
  if (auto ok = run(first, ""); !ok) return ok;
  progress(1);
  for (std::size_t at = 0; at < plan.others.size(); at += kPanesPerScript) {
    std::string script;
    const std::size_t end = std::min(at + kPanesPerScript, plan.others.size());
    for (std::size_t i = at; i < end; ++i) {
      if (auto ok = append_quoted(script, plan.others[i]); !ok) return ok;
    }
    if (auto ok = run({tmux_, "-S", address().socket_path, "source-file", "-"}, script); !ok) return ok;
    progress(end + 1);
  }
  return {};
}

Result<int> PrivateServer::pid() const {
  StringSink sink;
  auto done = run_process({tmux_, "-S", address().socket_path, "display-message", "-p", "#{pid}"}, "",
                          Steady::now() + std::chrono::seconds(10), sink);
  if (!done) return tl::unexpected(done.error());
  return std::atoi(sink.text.c_str());
}

}  // namespace orc
