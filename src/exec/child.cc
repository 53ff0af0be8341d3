// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/exec/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "tmux_orc/base/os.h"

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

std::vector<char*> words_of(const std::vector<std::string>& words) {
  std::vector<char*> out;
  out.reserve(words.size() + 1);
  for (const std::string& word : words) out.push_back(const_cast<char*>(word.c_str()));
  return out;
}

std::vector<char*> environment_of(const Program& program) {
  auto out = words_of(program.environment);
  for (char** e = environ; *e != nullptr; ++e) {
    const std::string_view variable(*e), name = variable.substr(0, variable.find('=') + 1);
    const bool is_hidden = !program.knows_tmux && (name == "TMUX=" || name == "TMUX_PANE=");
    const bool is_set = std::any_of(program.environment.begin(), program.environment.end(),
                                    [&](const std::string& given) { return given.starts_with(name); });
    if (!is_hidden && !is_set) out.push_back(*e);
  }
  out.push_back(nullptr);
  return out;
}

class Actions {
 public:
  Actions() { posix_spawn_file_actions_init(&actions_); }
  ~Actions() { posix_spawn_file_actions_destroy(&actions_); }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;

  Result<void> give(const Program& program) {
    int highest = -1;
    for (const auto& g : program.given) highest = std::max(highest, g.as);
    for (const auto& g : program.given) {
      if (g.fd < 0) {
        posix_spawn_file_actions_addopen(&actions_, g.as, g.file.c_str(), g.flags, 0600);
        continue;
      }
      int from = g.fd;
      if (from <= highest) {  // another one given would overwrite it first
        moved_.emplace_back(::fcntl(from, F_DUPFD_CLOEXEC, highest + 1));
        from = moved_.back().get();
        if (from < 0) return fail(ErrorKind::kIo, "no file descriptors left for a child process");
      }
      posix_spawn_file_actions_adddup2(&actions_, from, g.as);
    }
    if (program.closes_others) posix_spawn_file_actions_addclosefrom_np(&actions_, std::max(highest, 2) + 1);
    return {};
  }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
  std::vector<UniqueFd> moved_;
};

class Attributes {
 public:
  explicit Attributes(const Program& program) {
    posix_spawnattr_init(&attributes_);
    sigset_t blocked, defaults;
    sigemptyset(&blocked);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigmask(&attributes_, program.blocked == nullptr ? &blocked : program.blocked);
    posix_spawnattr_setsigdefault(&attributes_, &defaults);
    int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    if (program.group == Program::Group::kOwnSession) flags |= POSIX_SPAWN_SETSID;
    if (program.group == Program::Group::kOwn)
      flags |= POSIX_SPAWN_SETPGROUP;  // of its own number, by default
    posix_spawnattr_setflags(&attributes_, static_cast<short>(flags));
  }
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

}  // namespace

Result<pid_t> start_program(const Program& program) {
  auto words = words_of(program.argv);
  words.push_back(nullptr);
  auto environment = environment_of(program);
  Actions actions;
  ORC_DO(actions.give(program));
  const Attributes attributes(program);
  pid_t pid = -1;
  const int rc =
      ::posix_spawnp(&pid, words[0], actions.get(), attributes.get(), words.data(), environment.data());
  if (rc != 0)
    return fail(ErrorKind::kUnavailable,
                fmt::format("cannot run {}: {}", program.argv[0], std::strerror(rc)));
  return pid;
}

int wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Result<Child> Child::start(const std::vector<std::string>& argv,
                           const std::vector<std::string>& environment) {
  auto in = make_input(), out = make_output(), err = make_output();
  if (!in || !out || !err) return fail(ErrorKind::kIo, "no file descriptors left for a child process");
  auto pid = start_program({.argv = argv,
                            .environment = environment,
                            .knows_tmux = false,
                            .given = {{0, in->theirs.get()}, {1, out->theirs.get()}, {2, err->theirs.get()}},
                            .group = Program::Group::kOwn});  // Ctrl-C at our terminal is for us to handle
  if (!pid) return tl::unexpected(pid.error());
  Child child(*pid);
  child.ended_ = process_handle(*pid);
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

int Child::wait() { return wait_for(std::exchange(pid_, -1)); }

bool Child::feed(std::string_view& input) {
  const ssize_t n = ::send(in.get(), input.data(), input.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n > 0) input.remove_prefix(static_cast<std::size_t>(n));
  return n >= 0 || errno == EINTR || errno == EAGAIN;
}

}  // namespace orc
