#include "spawn_transport.h"

#include <fmt/format.h>

#include "tmux_orc/base/text.h"
#include "tmux_orc/tmux/spawn.h"

namespace orc {

Result<BatchResult> SpawnTransport::run(const Batch& batch, Deadline deadline, OutputSink& sink) {
  std::string script;
  for (const Command& command : batch) {
    if (auto ok = append_quoted(script, command); !ok) return tl::unexpected(ok.error());
  }
  ++spawns_;
  auto done = run_process(command_({"source-file", "-"}), script, deadline, sink);
  if (!done) return tl::unexpected(done.error());
  // tmux says these three ways that nobody answers at the socket; they are not a command's failure.
  for (const char* gone : {"no server running", "error connecting", "server exited"}) {
    if (done->errors.find(gone) != std::string::npos) {
      return fail(ErrorKind::kUnavailable, std::string(trim(done->errors)));
    }
  }
  return BatchResult{done->status, std::move(done->errors)};
}

}  // namespace orc
