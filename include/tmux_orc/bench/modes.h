// SPDX-License-Identifier: Apache-2.0
// The benchmark's modes: each runs real rounds against a real tmux server and measures them. Nothing is
// estimated. Used by one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "tmux_orc/base/model.h"
#include "tmux_orc/classify/classifier.h"
#include "tmux_orc/daemon/monitor.h"
#include "tmux_orc/figures/records.h"

namespace orc {

// pane id -> what it was called: compared between the modes.
using Verdicts = std::map<PaneId, std::tuple<std::string, State, std::string>>;

struct ModeResult {
  std::string name;
  bool is_floor = false;  // no verdicts: bare tmux work, text thrown away
  Percentiles cycle_ms;
  double captures = 0, bytes = 0, spawns = 0;  // per round
  double cpu_ms = 0, server_cpu_ms = 0;        // per round; ours with the processes we started
  double hit_rate = 0;                         // of the change gate
  std::uint64_t errors = 0;                    // in all rounds
  Verdicts verdicts;                           // of the last round
};

struct BenchTarget {
  ServerAddress server;
  int server_pid = 0;
  std::vector<PaneId> panes;
  MonitorOptions options;  // pool and cache settings; transport and mode are set by each mode
  std::shared_ptr<const Classifier> classifier;
};

struct ModeSpec {
  std::string name;
  enum class Kind { kRounds, kCaptureFloor, kListFloor } kind = Kind::kRounds;
  bool async = true;
  TransportChoice transport = TransportChoice::kAuto;
  bool warm = false;
};

// All modes of --compare, or only what --quiet needs. `native_works`: leave native modes out if it does not.
std::vector<ModeSpec> compare_modes(bool native_works);

using Tick = std::function<void(int round)>;
Result<ModeResult> run_mode(const BenchTarget& target, const ModeSpec& mode, int rounds, const Tick& tick);

// Nanoseconds the process has been on a CPU; 0 if it cannot be read.
std::uint64_t process_cpu_ns(int pid);
// User and system time of this process, microseconds.
std::uint64_t own_cpu_us();
std::uint64_t children_cpu_us();

}  // namespace orc
