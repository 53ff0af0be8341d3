// SPDX-License-Identifier: Apache-2.0
#include "tmux_program.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <string_view>
#include <utility>

#include "tmux_orc/base/proc.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/tmux/server.h"

namespace orc {
namespace {

// 3.6 marks a passed descriptor elsewhere in the header of a message.
constexpr int kFirstThatDropsOlder = 306;

// A client whose messages the server cannot read is dropped before its first command; 3.2 calls it lost.
bool was_dropped(const ProcessResult& done) {
  return done.status != 0 && (done.errors.find("server exited unexpectedly") != std::string::npos ||
                              done.errors.find("lost server") != std::string::npos);
}

bool same_file(const std::string& a, const std::string& b) {
  struct stat x {
  }, y{};
  return ::stat(a.c_str(), &x) == 0 && ::stat(b.c_str(), &y) == 0 && x.st_dev == y.st_dev &&
         x.st_ino == y.st_ino;
}

// The program a process runs. By the kernel's link where its file was replaced or is in another mount.
std::string executable_of(int pid) {
  const std::string link = fmt::format("/proc/{}/exe", pid);
  std::string path = link_target(link);
  return same_file(path, link) ? path : link;
}

}  // namespace

std::string version_of_program(const std::string& program, Deadline deadline) {
  StringSink sink;
  const auto done = run_process({program, "-V"}, "", deadline, sink);
  const std::string_view said = trim(sink.text);
  if (!done || done->status != 0 || !said.starts_with("tmux ")) return "";
  return printable(trim(said.substr(5)));
}

std::string TmuxProgram::path() const {
  MutexLock lock(mutex_);
  return now_;
}

std::string TmuxProgram::remark() const {
  MutexLock lock(mutex_);
  return remark_;
}

bool TmuxProgram::settle(const std::string& program, std::string remark) {
  MutexLock lock(mutex_);
  remark_ = std::move(remark);
  return std::exchange(now_, program) != program;
}

bool TmuxProgram::take_servers_own(const std::string& socket_path, Deadline deadline) {
  const int pid = server_process(socket_path);
  if (pid <= 0) return settle(chosen_, "");  // it is gone: that was why
  const std::string own = executable_of(pid);
  const std::string ours = version_of_program(chosen_, deadline), theirs = version_of_program(own, deadline);
  const bool too_old = !ours.empty() && version_number(ours) < kFirstThatDropsOlder;
  const std::string who = fmt::format("{} is tmux {}", chosen_, ours);
  if (too_old && theirs.empty()) {
    return settle(chosen_, fmt::format("{}, with which the server does not speak, and its own program {} "
                                       "cannot be run: set tmux.binary to a tmux of the server's version",
                                       who, own));
  }
  if (!too_old || version_number(theirs) < kFirstThatDropsOlder) return false;
  return settle(own,
                fmt::format("{}, too old to speak to the server, which is {}: its own program {} is used "
                            "(tmux.binary chooses another)",
                            who, theirs, own));
}

bool TmuxProgram::take_other(const std::string& used, Result<ProcessResult>& done,
                             const std::string& socket_path, Deadline deadline) {
  if (used == chosen_) {
    if (!done || !was_dropped(*done)) return false;
    if (take_servers_own(socket_path, deadline)) return true;
    if (const std::string why = remark(); !why.empty()) done->errors = why;
    return false;
  }
  // The server's own program went with it.
  return !done && done.error().kind == ErrorKind::kUnavailable && settle(chosen_, "");
}

}  // namespace orc
