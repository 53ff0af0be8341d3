// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/daemon/launch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>

#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/files.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/base/unique_fd.h"
#include "tmux_orc/daemon/service.h"

extern char** environ;

namespace orc {
namespace {

constexpr int kReadyFd = 3;

struct Told {
  std::string text;
  bool in_time = true;  // false: it neither said all nor closed its end
};

Told read_until(int fd, Deadline deadline) {
  std::string text;
  char buffer[4096];
  while (!text.ends_with('\n')) {
    pollfd p{fd, POLLIN, 0};
    const int ready = ::poll(&p, 1, poll_timeout(deadline, Steady::now()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0 && Steady::now() < deadline) continue;  // poll() waits a minute at most
    if (ready <= 0) return {text, false};
    const ssize_t n = ::read(fd, buffer, sizeof buffer);
    if (n <= 0) break;
    text.append(buffer, static_cast<std::size_t>(n));
  }
  return {text, true};
}

Result<int> spawn(std::vector<std::string> args, const std::string& stderr_file, int ready_fd) {
  auto program = own_program();
  if (!program) return tl::unexpected(program.error());
  args.insert(args.begin(), *program);
  args.insert(args.end(), {"--ready-fd", std::to_string(kReadyFd)});
  std::vector<char*> argv;
  for (std::string& a : args) argv.push_back(a.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, stderr_file.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&files, ready_fd, kReadyFd);
  // What a script has open (a lock of flock(1), a pipe) must not stay open for as long as the daemon lives.
  posix_spawn_file_actions_addclosefrom_np(&files, kReadyFd + 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  const sigset_t blocked = daemon_signals();  // a signal before it listens waits for it
  posix_spawnattr_setsigmask(&attributes, &blocked);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, program->c_str(), &files, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (error != 0)
    return fail(ErrorKind::kIo, fmt::format("cannot start {}: {}", *program, std::strerror(error)));
  return pid;
}

constexpr auto kEndTime = std::chrono::seconds(2);

// Its end of the pipe is closed a moment before it is gone, so that is waited for; nobody else asks for it.
std::string how_it_ended(int pid) {
  int status = 0;
  pid_t ended = 0;
  for (const auto until = Steady::now() + kEndTime; ended == 0 && Steady::now() < until;) {
    ended = ::waitpid(pid, &status, WNOHANG);
    if (ended == 0) ::poll(nullptr, 0, 5);
    if (ended < 0 && errno == EINTR) ended = 0;
  }
  if (ended == 0) return "it says no more, and goes on";
  if (ended < 0) return "nobody knows how";
  if (WIFSIGNALED(status))
    return fmt::format("it was ended by signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status)));
  return fmt::format("it ended with exit code {}", WEXITSTATUS(status));
}

// The last line that it wrote where nobody looks.
std::string last_words(const std::string& stderr_file) {
  const auto text = read_file(stderr_file, 1 << 20);
  if (!text) return "";
  const std::string_view all = trim(*text);
  const std::string line = printable(all.substr(all.rfind('\n') + 1).substr(0, 500));
  return line.empty() ? "" : ", and said: " + line;
}

}  // namespace

Result<std::string> own_program() {
  char path[PATH_MAX];
  const ssize_t n = ::readlink("/proc/self/exe", path, sizeof path);
  if (n <= 0) return fail(ErrorKind::kIo, "cannot find our own program under /proc/self/exe");
  return std::string(path, static_cast<std::size_t>(n));
}

Result<Launched> launch_daemon(std::vector<std::string> args, const std::string& stderr_file,
                               std::chrono::seconds patience) {
  int ends[2];
  // Above the numbers that the child's standard streams and kReadyFd take, so that none is overwritten by the
  // other.
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(ErrorKind::kIo, "no file descriptors left");
  const UniqueFd ours(::fcntl(ends[0], F_DUPFD_CLOEXEC, 10));
  UniqueFd theirs(::fcntl(ends[1], F_DUPFD_CLOEXEC, 10));
  ::close(ends[0]);
  ::close(ends[1]);
  auto pid = spawn(std::move(args), stderr_file, theirs.get());
  if (!pid) return tl::unexpected(pid.error());
  theirs.reset();
  const Told told = read_until(ours.get(), Steady::now() + patience);
  double ms = 0;
  if (std::sscanf(told.text.c_str(), "ready %lf", &ms) == 1) return Launched{*pid, ms};
  if (told.text.starts_with("error ") && told.text.ends_with('\n')) {
    ::waitpid(*pid, nullptr, 0);
    std::string message = told.text.substr(6, told.text.size() - 7);
    for (char& c : message) c = c == '\x1e' ? '\n' : c;
    return fail(ErrorKind::kUnavailable, message);
  }
  if (!told.in_time) {  // it lives, but is not ready
    ::kill(*pid, SIGKILL);
    ::waitpid(*pid, nullptr, 0);
    return fail(ErrorKind::kTimeout,
                fmt::format("the monitor did not finish its first round within {} s", patience.count()));
  }
  const std::string ended = how_it_ended(*pid);
  return fail(ErrorKind::kIo, fmt::format("the monitor did not start: {}{}; see {}", ended,
                                          last_words(stderr_file), stderr_file));
}

void tell_launcher(int ready_fd, const std::string& error, double first_round_ms) {
  if (ready_fd < 0) return;
  std::string text = error.empty() ? fmt::format("ready {:.3f}\n", first_round_ms) : "error " + error;
  if (!error.empty()) {
    for (char& c : text) c = c == '\n' ? '\x1e' : c;  // one line on the pipe
    text += '\n';
  }
  [[maybe_unused]] const auto n = ::write(ready_fd, text.data(), text.size());
  ::close(ready_fd);
}

}  // namespace orc
