// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/daemon/launch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <utility>

#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/files.h"
#include "tmux_orc/base/proc.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/base/unique_fd.h"
#include "tmux_orc/daemon/service.h"
#include "tmux_orc/exec/child.h"

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

Result<pid_t> spawn(std::vector<std::string> args, const std::string& stderr_file, int ready_fd) {
  ORC_TRY(program, own_program());
  args.insert(args.begin(), *program);
  args.insert(args.end(), {"--ready-fd", std::to_string(kReadyFd)});
  const sigset_t blocked = daemon_signals();  // a signal before it listens waits for it
  return start_program({.argv = std::move(args),
                        .given = {{STDIN_FILENO, -1, "/dev/null", O_RDONLY},
                                  {STDOUT_FILENO, -1, "/dev/null", O_WRONLY},
                                  {STDERR_FILENO, -1, stderr_file, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND},
                                  {kReadyFd, ready_fd}},
                        .closes_others = true,
                        .group = Program::Group::kOwnSession,
                        .blocked = &blocked});
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
  std::string path = link_target("/proc/self/exe");
  if (path.empty()) return fail(ErrorKind::kIo, "cannot find our own program under /proc/self/exe");
  return path;
}

Result<Launched> launch_daemon(std::vector<std::string> args, const std::string& stderr_file,
                               std::chrono::seconds patience) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(ErrorKind::kIo, "no file descriptors left");
  const UniqueFd ours(ends[0]);
  UniqueFd theirs(ends[1]);
  ORC_TRY(pid, spawn(std::move(args), stderr_file, theirs.get()));
  theirs.reset();
  const Told told = read_until(ours.get(), Steady::now() + patience);
  double ms = 0;
  if (std::sscanf(told.text.c_str(), "ready %lf", &ms) == 1) return Launched{*pid, ms};
  if (told.text.starts_with("error ") && told.text.ends_with('\n')) {
    wait_for(*pid);
    std::string message = told.text.substr(6, told.text.size() - 7);
    for (char& c : message) c = c == '\x1e' ? '\n' : c;
    return fail(ErrorKind::kUnavailable, message);
  }
  if (!told.in_time) {  // it lives, but is not ready
    ::kill(*pid, SIGKILL);
    wait_for(*pid);
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
