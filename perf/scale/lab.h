// SPDX-License-Identifier: Apache-2.0
// Lab: a private tmux server with panes that replay agents' screens, and what is measured there: the pieces
// that the cost model is fitted to, screens for the fake fleet, and whole rounds to judge the simulation by.
// The server ends with the object or with the process, whatever happens. Used by one thread; create() before
// other threads are started.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tmux_orc/bench/modes.h"
#include "cost_model.h"
#include "tmux_orc/bench/private_server.h"

namespace orc::perf {

using Say = std::function<void(const std::string&)>;

// One pane as the real server showed it, for the fake one to show again.
struct RecordedPane {
  PaneRef pane;
  std::string text;     // the whole screen
  std::string earlier;  // the same a moment before: a painting pane has changed
  ProcessVerdict processes;
};

struct LabOptions {
  std::string tmux;
  std::shared_ptr<const Classifier> classifier;
  int cols = 120, rows = 40;
  double painting = 0.05;  // part of the panes
  int repeats = 15;        // of each piece
};

// One `ps`, as another machine's processes are seen.
struct PsCost {
  double processes = 0, ns = 0;
};

// The panes that are said to paint: the same in the real fleet and in the fake one.
bool paints(std::size_t pane, double painting);

class Lab {
 public:
  static Result<Lab> create(const LabOptions& options);
  Result<void> start(int panes, const Say& say);

  Result<std::vector<Observation>> observe(const Say& say);
  Result<std::vector<RecordedPane>> record();
  // What observations do not tell: painting and /proc.
  void measure_surroundings(CostModel& model) const;
  Result<PsCost> measure_ps() const;
  Result<ModeResult> rounds(bool warm, int rounds, const Say& say);

  int panes() const { return static_cast<int>(refs_.size()); }
  std::string tmux_version() const { return version_; }

 private:
  explicit Lab(LabOptions options, PrivateServer server)
      : options_(std::move(options)), server_(std::make_unique<PrivateServer>(std::move(server))) {}
  Result<void> wait_until_painted(const Say& say);
  Result<Observation> observe_one(const Batch& batch, int listed, int captures, int connections);
  double background();

  LabOptions options_;
  std::unique_ptr<PrivateServer> server_;
  BenchTarget target_;
  SystemClock clock_;
  std::unique_ptr<ServerLink> link_;
  std::vector<PaneRef> refs_;
  std::string version_;
  double background_ = 0;  // the server's own work, CPU time by time
};

}  // namespace orc::perf
