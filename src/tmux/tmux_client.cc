// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/tmux/tmux_client.h"

#include <algorithm>
#include <utility>

#include "tmux_orc/base/text.h"
#include "tmux_program.h"

namespace orc {

// tmux says so in three ways; they are not a command's failure.
bool says_no_server(std::string_view errors) {
  const std::string_view ways[] = {"no server running", "error connecting", "server exited"};
  return std::any_of(std::begin(ways), std::end(ways),
                     [&](std::string_view way) { return errors.find(way) != std::string_view::npos; });
}

TmuxClient::TmuxClient(ServerAddress server, std::string tmux_binary)
    : server_(std::move(server)), program_(std::make_shared<TmuxProgram>(std::move(tmux_binary))) {}

Result<ProcessResult> TmuxClient::run(const std::vector<std::string>& words, std::string_view input,
                                      Deadline deadline, OutputSink& output, const Cancel* cancel) const {
  const Host& host = *server_.host;
  const Host::Tmux there = host.tmux();
  for (int tries = 0;; ++tries) {
    const std::string program = there.program.empty() ? program_->path() : there.program;
    std::vector<std::string> argv = {program, "-u", "-N", "-S",
                                     there.socket.empty() ? server_.socket_path : there.socket};
    argv.insert(argv.end(), words.begin(), words.end());
    auto done = run_process(host.argv(argv), input, deadline, output, {}, cancel);
    if (!host.is_here()) return done;
    if (tries == 2 || !program_->take_other(program, done, server_.socket_path, deadline)) return done;
  }
}

std::string TmuxClient::remark() const { return program_->remark(); }
std::string TmuxClient::program() const { return program_->path(); }

Result<std::string> TmuxClient::ask(const std::vector<std::string>& words, Deadline deadline,
                                    std::string_view input, const Cancel* cancel) const {
  ORC_DO(server_.host->ready(deadline));
  const Deadline by = server_.host->limit(deadline);
  StringSink sink;
  const auto done = run(words, input, by, sink, cancel);
  if (!done) {
    const bool cancelled = cancel != nullptr && cancel->cancelled();
    if (!cancelled && done.error().kind == ErrorKind::kTimeout) server_.host->unanswered(by, deadline);
    return tl::unexpected(done.error());
  }
  if (done->status == 0) return std::move(sink.text);
  const std::string why = printable(trim(done->errors));
  return fail(says_no_server(why) ? ErrorKind::kUnavailable : ErrorKind::kCommand,
              why.empty() ? "tmux failed" : why);
}

}  // namespace orc
