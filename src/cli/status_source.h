// SPDX-License-Identifier: Apache-2.0
// StatusSource: where `status`, `perf` and `cache` get their figures: from the running monitor, or, when none
// runs or another server is named, from rounds of our own. Both give the same documents (docs/api.md). For
// one thread.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "command.h"
#include "tmux_orc/figures/records.h"

namespace orc::cli {

class StatusSource {
 public:
  virtual ~StatusSource() = default;
  // As GET /api/v1/status gives it, not older than about 2 s where the monitor answers in time.
  virtual Result<nlohmann::ordered_json> status() = 0;
  virtual Result<std::vector<RoundRecord>> rounds(std::size_t last) = 0;
  virtual bool is_monitor() const = 0;
};

// `flags` with a mode, or -L and -S, ask for rounds of our own. A monitor that runs but does not answer is
// told on standard error, and rounds of our own take its place.
Result<std::unique_ptr<StatusSource>> open_status_source(const Globals& globals, const RunFlags& flags);

// One request to the running monitor, answered with 2xx within 2 s. kUnavailable if none runs.
Result<nlohmann::ordered_json> ask_monitor(const Paths& paths, const std::string& method,
                                           const std::string& target);

// One look: the status document, and its snapshot.
struct StatusLook {
  nlohmann::ordered_json status;
  Snapshot snapshot;
};
// kUnavailable if no round is done yet.
Result<StatusLook> look_at(StatusSource& source);

// Whether any of the servers was reached.
bool any_reached(const Snapshot& snapshot);

// What the monitor saw last, as it is: a key must be quick. Without one, a look of our own.
Result<Snapshot> latest_snapshot(const Globals& globals, const Paths& paths);

}  // namespace orc::cli
