// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/tmux/spawn.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "tmux_orc/exec/child.h"

namespace orc {
namespace {

constexpr std::size_t kMostErrors = 16384;  // a program may complain without end; more than this nobody reads

}  // namespace

Result<ProcessResult> run_process(const std::vector<std::string>& argv, std::string_view input,
                                  Deadline deadline, OutputSink& output,
                                  const std::vector<std::string>& environment, const Cancel* cancel) {
  ORC_TRY(child, Child::start(argv, environment));
  const auto feed = [&] {
    if (!child->feed(input) || input.empty()) child->in.reset();
  };
  if (input.empty())
    child->in.reset();
  else
    feed();
  output.on_sent();

  ProcessResult result;
  const auto take_output = [&] {
    return drain(child->out, [&](std::string_view s) { output.on_output(s); });
  };
  const auto take_errors = [&] {
    return drain(child->err, [&](std::string_view s) {
      result.errors.append(s.substr(0, kMostErrors - std::min(kMostErrors, result.errors.size())));
    });
  };
  while (child->out || child->err) {
    pollfd fds[5] = {{child->out.get(), POLLIN, 0},
                     {child->err.get(), POLLIN, 0},
                     {child->in.get(), POLLOUT, 0},
                     {child->ended_fd(), POLLIN, 0},
                     {cancel == nullptr ? -1 : cancel->fd(), POLLIN, 0}};
    const int ready = ::poll(fds, 5, poll_timeout(deadline, Steady::now()));
    if (ready < 0 && errno != EINTR) return fail(ErrorKind::kIo, std::strerror(errno));
    if (ready == 0 && Steady::now() < deadline) continue;  // poll_timeout() is at most a minute
    if (ready == 0) return fail(ErrorKind::kTimeout, fmt::format("{} did not end in time", argv[0]));
    if (ready < 0) continue;
    if (fds[4].revents != 0) return fail(ErrorKind::kTimeout, fmt::format("{} was interrupted", argv[0]));
    if (fds[0].revents != 0) take_output();
    if (fds[1].revents != 0) take_errors();
    if (fds[2].revents != 0) feed();
    if (fds[3].revents == 0) continue;
    // It has ended. What it left in the background may hold its streams open: only what is there now counts.
    while (take_output() && Steady::now() < deadline) {
    }
    while (take_errors() && Steady::now() < deadline) {
    }
    break;
  }
  // It may have closed its output and live on.
  if (!child->ends_by(deadline))
    return fail(ErrorKind::kTimeout, fmt::format("{} did not end in time", argv[0]));
  result.status = child->wait();
  return result;
}

Result<void> append_quoted(std::string& script, const Command& command) {
  bool first = true;
  for (const auto& word : command) {
    const bool bad = std::any_of(word.begin(), word.end(), [](char c) {
      return c == '\'' || (static_cast<unsigned char>(c) < 0x20 && c != '\n');
    });
    if (bad) return fail(ErrorKind::kInvalid, "a tmux command with a quote or a control character");
    if (!first) script += ' ';
    first = false;
    script += '\'';
    for (const char c : word) {
      if (c == '\n')
        script += R"('"\n"')";  // a line's end would be the command's; such quotes know it by its escape
      else
        script += c;
    }
    script += '\'';
  }
  script += '\n';
  return {};
}

}  // namespace orc
