// SPDX-License-Identifier: Apache-2.0
// The history for commands. Thread-safe: no shared state.
#pragma once

#include <memory>

#include "command.h"
#include "perf_view.h"
#include "tmux_orc/history/history_reader.h"
#include "tmux_orc/report/reports.h"

namespace orc::cli {

// The history of the environment. kUnavailable if nothing was ever recorded.
Result<std::unique_ptr<HistoryReader>> open_history(const Globals& globals);

}  // namespace orc::cli
