#include "tmux_orc/tmux/spawn.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "tmux_orc/base/unique_fd.h"

extern char** environ;

namespace orc {
namespace {

struct Pipe {
  UniqueFd read, write;
};

Result<Pipe> make_pipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return fail(ErrorKind::kIo, fmt::format("pipe: {}", std::strerror(errno)));
  return Pipe{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

// The child's input is a socket and not a pipe: one can write to it without SIGPIPE.
Result<Pipe> make_input() {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
    return fail(ErrorKind::kIo, fmt::format("socketpair: {}", std::strerror(errno)));
  }
  return Pipe{UniqueFd(fds[0]), UniqueFd(fds[1])};
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

class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      wait();
    }
  }
  bool ends_by(Deadline deadline) const {
    const UniqueFd handle(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    pollfd p{handle.get(), POLLIN, 0};
    int ready = 0;
    while ((ready = ::poll(&p, 1, poll_timeout(deadline, Steady::now()))) < 0 && errno == EINTR) {
    }
    return ready > 0;
  }
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_;
};

Result<pid_t> start(const std::vector<std::string>& argv, const Pipe& in, const Pipe& out, const Pipe& err,
                    const std::vector<std::string>& more) {
  std::vector<char*> words;
  words.reserve(argv.size() + 1);
  for (const auto& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  auto env = environment_without_tmux(more);

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&actions, in.read.get(), 0);
  posix_spawn_file_actions_adddup2(&actions, out.write.get(), 1);
  posix_spawn_file_actions_adddup2(&actions, err.write.get(), 2);
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
  if (rc != 0) return fail(ErrorKind::kUnavailable, fmt::format("cannot run {}: {}", argv[0], std::strerror(rc)));
  return pid;
}

// Reads once from fd into take(); closes it at the end of the stream.
template <typename Take>
void drain(UniqueFd& fd, Take take) {
  char buffer[65536];
  const ssize_t n = ::read(fd.get(), buffer, sizeof buffer);
  if (n > 0) {
    take(std::string_view(buffer, static_cast<std::size_t>(n)));
  } else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
    fd.reset();
  }
}

void feed(UniqueFd& fd, std::string_view& input) {
  const ssize_t n = ::send(fd.get(), input.data(), input.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n > 0) input.remove_prefix(static_cast<std::size_t>(n));
  if (input.empty() || (n < 0 && errno != EINTR && errno != EAGAIN)) fd.reset();
}

}  // namespace

Result<ProcessResult> run_process(const std::vector<std::string>& argv, std::string_view input, Deadline deadline,
                                  OutputSink& output, const std::vector<std::string>& environment) {
  auto in = make_input(), out = make_pipe(), err = make_pipe();
  if (!in || !out || !err) return fail(ErrorKind::kIo, "no file descriptors left for a child process");
  auto pid = start(argv, *in, *out, *err, environment);
  if (!pid) return tl::unexpected(pid.error());
  Child child(*pid);
  in->read.reset();
  out->write.reset();
  err->write.reset();
  if (input.empty()) in->write.reset();
  else feed(in->write, input);
  output.on_sent();

  ProcessResult result;
  while (out->read || err->read) {
    pollfd fds[3] = {{out->read.get(), POLLIN, 0}, {err->read.get(), POLLIN, 0}, {in->write.get(), POLLOUT, 0}};
    const int ready = ::poll(fds, 3, poll_timeout(deadline, Steady::now()));
    if (ready < 0 && errno != EINTR) return fail(ErrorKind::kIo, std::strerror(errno));
    if (ready == 0 && Steady::now() < deadline) continue;  // poll_timeout() is at most a minute
    if (ready == 0) return fail(ErrorKind::kTimeout, fmt::format("{} did not end in time", argv[0]));
    if (ready < 0) continue;
    if (fds[0].revents != 0) drain(out->read, [&](std::string_view s) { output.on_output(s); });
    if (fds[1].revents != 0) drain(err->read, [&](std::string_view s) { result.errors.append(s); });
    if (fds[2].revents != 0) feed(in->write, input);
  }
  // It may have closed its output and live on.
  if (!child.ends_by(deadline)) return fail(ErrorKind::kTimeout, fmt::format("{} did not end in time", argv[0]));
  result.status = child.wait();
  return result;
}

Result<void> append_quoted(std::string& script, const Command& command) {
  bool first = true;
  for (const auto& word : command) {
    const bool bad = std::any_of(word.begin(), word.end(),
                                 [](char c) { return c == '\'' || static_cast<unsigned char>(c) < 0x20; });
    if (bad) return fail(ErrorKind::kInvalid, "a tmux command with a quote or a control character");
    if (!first) script += ' ';
    first = false;
    script.append("'").append(word).append("'");
  }
  script += '\n';
  return {};
}

}  // namespace orc
