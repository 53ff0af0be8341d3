// SPDX-License-Identifier: Apache-2.0
#include "file_sink.h"

#include "tmux_orc/base/files.h"
#include "tmux_orc/daemon/memory_file.h"

namespace orc {

void FileSink::take(const Looked& looked) {
  if (looked.record == nullptr) return;
  const auto now = Steady::now();
  if (now >= status_due_) {
    status_due_ = now + kStatusEvery;
    note(write_file_atomically(state_.paths().status_file(), dump(state_.status_json(false)) + "\n", false));
  }
  if (now >= memory_due_) {
    memory_due_ = now + kMemoryEvery;
    save_memory();
  }
}

void FileSink::save_memory() { note(orc::save_memory(state_.paths().memory_file(), monitor_->memory())); }

void FileSink::note(const Result<void>& written) {
  const std::string problem = written ? "" : written.error().message;
  if (!problem.empty() && problem != problem_) log_.warning("{}", problem);
  problem_ = problem;
}

}  // namespace orc
