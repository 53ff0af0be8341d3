// SPDX-License-Identifier: Apache-2.0
#include "child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>

extern char** environ;

namespace orc {
namespace {

struct Pair {
  UniqueFd ours, theirs;
};

Result<Pair> make_output() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0)
    return fail(ErrorKind::kIo, fmt::format("pipe: {}", std::strerror(errno)));
  ::fcntl(fds[0], F_SETFL, O_NONBLOCK);  // ours only: the child expects a pipe that waits
  return Pair{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

Result<Pair> make_input() {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
    return fail(ErrorKind::kIo, fmt::format("socketpair: {}", std::strerror(errno)));
  }
  return Pair{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

std::vector<char*> environment_without_tmux(const std::vector<std::string>& more) {
  std::vector<char*> env;
  for (const std::string& variable : more) env.push_back(const_cast<char*>(variable.c_str()));
  for (char** e = environ; *e != nullptr; ++e) {
    if (std::strncmp(*e, "TMUX=", 5) != 0 && std::strncmp(*e, "TMUX_PANE=", 10) != 0) env.push_back(*e);
  }
  env.push_back(nullptr);
  return env;
}

Result<pid_t> spawn(const std::vector<std::string>& argv, const std::vector<std::string>& more, int in,
                    int out, int err) {
  std::vector<char*> words;
  words.reserve(argv.size() + 1);
  for (const auto& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  auto env = environment_without_tmux(more);

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&actions, in, 0);
  posix_spawn_file_actions_adddup2(&actions, out, 1);
  posix_spawn_file_actions_adddup2(&actions, err, 2);
  sigset_t none, defaults;
  sigemptyset(&none);
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setpgroup(&attributes, 0);  // Ctrl-C at our terminal is for us to handle
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  pid_t pid = -1;
  const int rc = ::posix_spawnp(&pid, words[0], &actions, &attributes, words.data(), env.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (rc != 0)
    return fail(ErrorKind::kUnavailable, fmt::format("cannot run {}: {}", argv[0], std::strerror(rc)));
  return pid;
}

}  // namespace

Result<Child> Child::start(const std::vector<std::string>& argv,
                           const std::vector<std::string>& environment) {
  auto in = make_input(), out = make_output(), err = make_output();
  if (!in || !out || !err) return fail(ErrorKind::kIo, "no file descriptors left for a child process");
  auto pid = spawn(argv, environment, in->theirs.get(), out->theirs.get(), err->theirs.get());
  if (!pid) return tl::unexpected(pid.error());
  Child child(*pid);
  child.ended_ = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, *pid, 0)));
  if (!child.ended_) return fail(ErrorKind::kIo, fmt::format("pidfd_open: {}", std::strerror(errno)));
  child.in = std::move(in->ours);
  child.out = std::move(out->ours);
  child.err = std::move(err->ours);
  return child;
}

Child::~Child() {
  if (pid_ <= 0) return;
  ::kill(-pid_, SIGKILL);  // what it started too: a hook's children must not live on past its time
  wait();
}

bool Child::ends_by(Deadline deadline) const {
  pollfd p{ended_.get(), POLLIN, 0};
  for (;;) {
    const int ready = ::poll(&p, 1, poll_timeout(deadline, Steady::now()));
    if (ready > 0) return true;
    if (ready == 0 && Steady::now() >= deadline) return false;
    if (ready < 0 && errno != EINTR) return false;
  }
}

int Child::wait() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool Child::feed(std::string_view& input) {
  const ssize_t n = ::send(in.get(), input.data(), input.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n > 0) input.remove_prefix(static_cast<std::size_t>(n));
  return n >= 0 || errno == EINTR || errno == EAGAIN;
}

}  // namespace orc
