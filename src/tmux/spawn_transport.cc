// SPDX-License-Identifier: Apache-2.0
#include "spawn_transport.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "tmux_orc/base/text.h"
#include "tmux_orc/tmux/spawn.h"

namespace orc {

Result<BatchResult> SpawnTransport::run(const Batch& batch, Deadline deadline, OutputSink& sink) {
  std::string script;
  for (const Command& command : batch) {
    ORC_DO(append_quoted(script, command));
  }
  ++spawns_;
  ORC_TRY(done, client_.run({"source-file", "-"}, script, deadline, sink, cancel_.get()));
  if (says_no_server(done->errors)) return fail(ErrorKind::kUnavailable, std::string(trim(done->errors)));
  return BatchResult{done->status, std::move(done->errors)};
}

}  // namespace orc
