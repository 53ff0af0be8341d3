// SPDX-License-Identifier: Apache-2.0
// run_process: one child process driven by one poll loop: feed its input, take its output, until it ends or
// the deadline kills it. The child gets no TMUX variable and its own process group; never a shell.
// Thread-safety: may be called from any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tmux_orc/base/cancel.h"
#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/result.h"
#include "tmux_orc/tmux/transport.h"

namespace orc {

struct ProcessResult {
  int status = 0;      // exit status, or 128 + signal
  std::string errors;  // the first 16 KB
};

// `environment`: NAME=value, beside our own variables. `cancel` ends it early, as the deadline does.
Result<ProcessResult> run_process(const std::vector<std::string>& argv, std::string_view input,
                                  Deadline deadline, OutputSink& output,
                                  const std::vector<std::string>& environment = {},
                                  const Cancel* cancel = nullptr);

// Appends one command as a line of tmux's configuration syntax, each word in single quotes. kInvalid if a
// word holds a quote or a control character but a newline: our words never do.
Result<void> append_quoted(std::string& script, const Command& command);

}  // namespace orc
