// SPDX-License-Identifier: Apache-2.0
// Looks of a command's own at the servers of its plan, with what the last monitor remembered of its agents:
// where none runs, or where what is seen is about to be acted on. For one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "command.h"
#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/result.h"
#include "tmux_orc/config/paths.h"
#include "tmux_orc/daemon/plan.h"
#include "tmux_orc/discover/processes.h"
#include "tmux_orc/evidence/live_server.h"
#include "tmux_orc/evidence/seen_agents.h"

namespace orc::cli {

class OwnEyes {
 public:
  static Result<std::unique_ptr<OwnEyes>> open(const Globals& globals);

  struct Found {
    std::shared_ptr<LiveServer> server;
    PaneId pane = 0;
  };
  // The one pane that is called so (%N or session:window.pane), on the server of this name, "" on any.
  // kInvalid if there is none, or there are several.
  Result<Found> find(const std::string& pane, const std::string& server);

  const Paths& paths() const { return paths_; }
  const Settings& settings() const { return plan_.settings; }
  const std::shared_ptr<const Classifier>& classifier() const { return plan_.classifier; }
  const Clock& clock() const { return clock_; }
  Deadline deadline() const { return deadline_; }  // of looks

 private:
  OwnEyes(Paths paths, Plan plan);
  Result<std::optional<PaneId>> number_of(LiveServer& server, const std::string& pane) const;

  const Paths paths_;
  const Plan plan_;
  const std::shared_ptr<SeenAgents> seen_;
  const Deadline deadline_;
  const SystemClock clock_;
  const ProcSource processes_;
};

}  // namespace orc::cli
