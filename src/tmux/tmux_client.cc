// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/tmux/tmux_client.h"

#include <algorithm>

#include "tmux_orc/base/text.h"
#include "tmux_orc/tmux/spawn.h"

namespace orc {

// tmux says so in three ways; they are not a command's failure.
bool says_no_server(std::string_view errors) {
  const std::string_view ways[] = {"no server running", "error connecting", "server exited"};
  return std::any_of(std::begin(ways), std::end(ways),
                     [&](std::string_view way) { return errors.find(way) != std::string_view::npos; });
}

std::vector<std::string> TmuxClient::argv(const std::vector<std::string>& words) const {
  const Host::Tmux there = server_.host->tmux();
  std::vector<std::string> out = {there.program.empty() ? tmux_binary_ : there.program, "-u", "-N", "-S",
                                  there.socket.empty() ? server_.socket_path : there.socket};
  out.insert(out.end(), words.begin(), words.end());
  return server_.host->argv(out);
}

Result<std::string> TmuxClient::ask(const std::vector<std::string>& words, Deadline deadline,
                                    std::string_view input, const Cancel* cancel) const {
  if (auto ready = server_.host->ready(deadline); !ready) return tl::unexpected(ready.error());
  const Deadline by = server_.host->limit(deadline);
  StringSink sink;
  const auto done = run_process(argv(words), input, by, sink, {}, cancel);
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
