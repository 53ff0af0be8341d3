// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/tmux/tmux_client.h"

#include <algorithm>

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
  if (server_.ssh) return run_process(server_.ssh->tmux_argv(words), input, deadline, output, {}, cancel);
  for (int tries = 0;; ++tries) {
    const std::string program = program_->path();
    std::vector<std::string> argv = {program, "-u", "-N", "-S", server_.socket_path};
    argv.insert(argv.end(), words.begin(), words.end());
    auto done = run_process(argv, input, deadline, output, {}, cancel);
    if (tries == 2 || !program_->take_other(program, done, server_.socket_path, deadline)) return done;
  }
}

std::string TmuxClient::remark() const { return program_->remark(); }

Result<std::string> TmuxClient::ask(const std::vector<std::string>& words, Deadline deadline,
                                    std::string_view input, const Cancel* cancel) const {
  Deadline by = deadline;
  if (server_.ssh) {
    if (auto ready = server_.ssh->ready(deadline); !ready) return tl::unexpected(ready.error());
    by = server_.ssh->limit(deadline);
  }
  StringSink sink;
  const auto done = run(words, input, by, sink, cancel);
  if (!done) {
    const bool cancelled = cancel != nullptr && cancel->cancelled();
    if (server_.ssh && !cancelled && done.error().kind == ErrorKind::kTimeout)
      server_.ssh->unanswered(by, deadline);
    return tl::unexpected(done.error());
  }
  if (done->status == 0) return std::move(sink.text);
  const std::string why = printable(trim(done->errors));
  return fail(says_no_server(why) ? ErrorKind::kUnavailable : ErrorKind::kCommand,
              why.empty() ? "tmux failed" : why);
}

}  // namespace orc
