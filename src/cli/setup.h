// From command line, configuration and environment to what a Monitor needs.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "command.h"
#include "tmux_orc/classify/classifier.h"
#include "tmux_orc/config/settings.h"
#include "tmux_orc/daemon/monitor.h"

namespace orc::cli {

// Flags of `monitor` and `status` that override the configuration.
struct RunFlags {
  bool async = false, sync = false;
  std::optional<std::string> strategy;
  std::optional<double> interval_s;
  std::optional<int> pool_size;
  std::optional<bool> cache;
};

struct Setup {
  Settings settings;
  MonitorOptions options;
  std::vector<ServerAddress> servers;
  std::shared_ptr<const Classifier> classifier;
  std::string mode_reason;  // why sync, when an emergency switch or the configuration says so
};

Result<Setup> make_setup(const Globals& globals, const RunFlags& flags);

// How long a round may take: a round that hangs must end before the next is due, and connection_timeout is what
// the user thinks a server may need.
std::chrono::milliseconds round_time(const Settings& settings);

TransportChoice transport_choice(const std::string& name);

// "Mode: async" or "Mode: sync (reason)".
std::string mode_line(const Setup& setup);

}  // namespace orc::cli
