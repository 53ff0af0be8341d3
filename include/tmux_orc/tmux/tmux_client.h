// SPDX-License-Identifier: Apache-2.0
// TmuxClient: single questions to a server by the tmux program itself, here or on another machine: for what
// is pasted, told or opened. A machine that is down is not asked, and one that does not answer in its time
// counts as down. A program that is too old for the server is replaced by the server's own. Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tmux_orc/base/cancel.h"
#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/result.h"
#include "tmux_orc/tmux/server.h"
#include "tmux_orc/tmux/spawn.h"

namespace orc {

class TmuxProgram;

class TmuxClient {
 public:
  // `tmux_binary`: of this machine; another one has its own.
  TmuxClient(ServerAddress server, std::string tmux_binary);

  // What tmux prints. kUnavailable: machine or server are not reached; kCommand: tmux refused, in its words;
  // kTimeout: no answer by the deadline, or cancelled.
  Result<std::string> ask(const std::vector<std::string>& words, Deadline deadline,
                          std::string_view input = "", const Cancel* cancel = nullptr) const;

  // When a question that is put now has taken too long, whoever waits.
  Deadline limit() const { return server_.host->limit(Deadline::max()); }

  // One run of the tmux program with these words, as run_process() gives it.
  Result<ProcessResult> run(const std::vector<std::string>& words, std::string_view input, Deadline deadline,
                            OutputSink& output, const Cancel* cancel = nullptr) const;
  // What is wrong with the program that was given, "" if nothing is known.
  std::string remark() const;
  // The program of this machine that speaks with the server, as far as was asked.
  std::string program() const;

 private:
  const ServerAddress server_;
  const std::shared_ptr<TmuxProgram> program_;  // what is learned of it serves the copies, too
};

// Whether the tmux program's complaint says that nobody answers at the socket.
bool says_no_server(std::string_view errors);

}  // namespace orc
