// Settings: the configuration file and the environment, checked. Plain data.
// Source: ~/.tmux-orchestrator/config.yaml, or --config, or $TMUX_ORC_CONFIG. Thread-safety: loading is for one
// thread; a loaded Settings may be shared.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tmux_orc/base/result.h"

namespace orc {

struct ServerSetting {
  std::string name, socket_name, socket_path;
};

struct Settings {
  double check_interval_s = 30;
  int max_failures = 3;
  double confirm_delay_s = 1.0;

  bool async_enabled = true;
  std::string strategy = "concurrent";  // concurrent: over the arena; polling: batches, one after the other
  std::string transport = "auto";       // auto, native, spawn

  // A connection to tmux serves one batch, so min_size and max_age have nothing to keep or to age. They are read and
  // checked because configurations carry them.
  int pool_min_size = 5;
  int pool_max_size = 20;
  double pool_connection_timeout_s = 30;
  double pool_max_age_s = 300;

  bool cache_enabled = true;
  double cache_default_ttl_s = 30;
  int cache_max_size = 1000;
  std::string cache_strategy = "ttl";  // ttl, lru, lfu

  std::vector<ServerSetting> servers;      // empty: tmux's default server
  std::vector<std::string> pm_windows = {"pm", "project-manager", "orchestrator"};
  std::vector<std::string> agent_windows;

  std::string forced_sync_reason;  // "TMUX_ORC_FORCE_SYNC=1" when an emergency switch is on
  std::string origin;              // the file read, empty for defaults
};

using GetEnv = std::function<const char*(const char*)>;

// Parses YAML text over the defaults. Every problem is in the message, one a line, as file:line:column with the
// nearest valid key.
Result<Settings> parse_settings(const std::string& yaml, const std::string& file_name);

// Overlays TMUX_ORC_* variables. The two emergency switches win over everything.
Result<void> apply_environment(Settings& settings, const GetEnv& env);

// `explicit_path` (--config), else $TMUX_ORC_CONFIG, else ~/.tmux-orchestrator/config.yaml if it exists, else
// defaults; then the environment. A named file that is missing is an error.
Result<Settings> load_settings(const std::string& explicit_path, const GetEnv& env);

}  // namespace orc
