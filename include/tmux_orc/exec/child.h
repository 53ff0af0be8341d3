// SPDX-License-Identifier: Apache-2.0
// How every program is started, by posix_spawn and without a shell, and Child: one with its three streams.
// start_program() and wait_for() are thread-safe, a Child is not.
#pragma once

#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/result.h"
#include "tmux_orc/base/unique_fd.h"

namespace orc {

struct Program {
  // What it has as its descriptor `as`: `fd` of ours, or else `file`, which it opens itself.
  struct Given {
    int as = 0;
    int fd = -1;
    std::string file = {};
    int flags = 0;
  };
  enum class Group { kOurs, kOwn, kOwnSession };  // who gets the Ctrl-C of our terminal, and its end

  std::vector<std::string> argv;              // the first is looked up in $PATH
  std::vector<std::string> environment = {};  // NAME=value, beside our own variables
  bool knows_tmux = true;                     // false: it gets no TMUX and TMUX_PANE of ours
  std::vector<Given> given = {};              // in this order; its other streams are ours
  bool closes_others =
      false;  // nothing above those given: a script's lock or pipe must not stay open with it
  Group group = Group::kOurs;
  const sigset_t* blocked = nullptr;  // signals that wait until it asks for them
};

Result<pid_t> start_program(const Program& program);
// Exit status, or 128 + signal.
int wait_for(pid_t pid);

// Ours alone: a process group of its own, no TMUX variables.
class Child {
 public:
  static Result<Child> start(const std::vector<std::string>& argv,
                             const std::vector<std::string>& environment = {});
  Child(Child&& other) noexcept
      : in(std::move(other.in)),
        out(std::move(other.out)),
        err(std::move(other.err)),
        pid_(std::exchange(other.pid_, -1)),
        ended_(std::move(other.ended_)) {}
  Child& operator=(Child&&) = delete;
  ~Child();  // SIGKILL for its whole process group, if it still runs

  bool ends_by(Deadline deadline) const;
  int ended_fd() const { return ended_.get(); }  // readable once it has ended
  int wait();                                    // exit status, or 128 + signal

  // Sends what can be taken now, and drops it from `input`; false when the child takes no more.
  bool feed(std::string_view& input);

  UniqueFd in, out, err;  // `in` is a socket: one can write to it without SIGPIPE

 private:
  explicit Child(pid_t pid) : pid_(pid) {}
  pid_t pid_ = -1;
  UniqueFd ended_;
};

// Reads once from fd into take(); closes it at the end of the stream. False when there was nothing to read
// now.
template <typename Take>
bool drain(UniqueFd& fd, Take take) {
  char buffer[65536];
  const ssize_t n = ::read(fd.get(), buffer, sizeof buffer);
  if (n > 0) {
    take(std::string_view(buffer, static_cast<std::size_t>(n)));
    return true;
  }
  if (n == 0 || (errno != EINTR && errno != EAGAIN)) fd.reset();
  return false;
}

}  // namespace orc
