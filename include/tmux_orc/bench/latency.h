// SPDX-License-Identifier: Apache-2.0
// How soon a change is told: scripted agents on a private server flip at random moments, watched by the real
// daemon with its default settings. Used by one thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "private_server.h"
#include "tmux_orc/figures/records.h"

namespace orc {

// By what an agent shows that it asks: a file of its own, its title alone, or its screen alone.
enum class FlipBy { kOwnFile, kTitle, kScreen };
inline constexpr int kFlipWays = 3;
const char* name_of(FlipBy by);

struct Latency {
  struct Way {
    std::size_t flips = 0, unseen = 0;  // unseen: no transition within kFlipPatience
    std::size_t untold = 0;             // of those to waiting: the channel never started
    Percentiles transition_ms, channel_ms;
    double max_transition_ms = 0, max_channel_ms = 0;
  };
  Way ways[kFlipWays];
  double monitor_cpu_percent = 0, server_cpu_percent_alone = 0, server_cpu_percent_watched = 0;
  double looks_per_s = 0, resident_mb = 0;
};
inline constexpr double kFlipPatience_s = 10;

struct LatencyTarget {
  ServerAddress server;
  std::string folder;  // private, of the server: the daemon's home and the agents' files go there
  std::string tmux_binary;
  int server_pid = 0;
  int agents = 0;
  double flips_per_s = 2;
};

// Makes flipping agents of resting ones: a few of each way. Before the server is started: its panes get the
// folder of their own files from this process' environment.
void add_flippers(std::vector<PaneScript>& panes, const std::string& folder);

// Flips for `seconds` without a monitor and again with one.
using LatencyTick = std::function<void(const std::string& what)>;
Result<Latency> measure_latency(const LatencyTarget& target, int seconds, const LatencyTick& tick);

// The command channel's program: `tmux-orc __stamp FILE` writes when it was started, and its message.
bool is_stamp(int argc, char** argv);
int run_stamp(int argc, char** argv);

}  // namespace orc
