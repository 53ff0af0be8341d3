// SPDX-License-Identifier: Apache-2.0
// Settings: the configuration file, an environment's overlay and the process environment, checked. Plain
// data. Source: ~/.tmux-orchestrator/config.yaml, or --config, or $TMUX_ORC_CONFIG. Thread-safety: loading is
// for one thread; a loaded Settings may be shared.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tmux_orc/base/model.h"
#include "tmux_orc/base/notify_settings.h"
#include "tmux_orc/base/result.h"
#include "tmux_orc/base/thresholds.h"

namespace orc {

struct ServerSetting {
  std::string name, socket_name, socket_path;
  std::string socket_pattern;   // all sockets of tmux's folder whose name matches, whenever they are there
  std::string ssh, ssh_config;  // user@host and ssh -F, for a server on another machine
  double timeout_s = 2;         // ssh: how long one answer may take before the machine counts as down
};

struct Settings {
  double check_interval_s = 30;
  int max_failures = 3;
  double confirm_delay_s = 1.0;
  double starting_s = 60;      // of a process without a known screen
  std::string pulse = "auto";  // between rounds: auto, off, or seconds
  double budget = 0.01;        // of a core, that pulses may use of us and of tmux

  bool async_enabled = true;
  std::string strategy = "concurrent";  // concurrent: over the arena; polling: batches, one after the other
  std::string transport = "auto";       // auto, native, spawn
  std::string tmux_binary;              // the tmux program where one is started; empty: the one in $PATH
  double async_rollout = 1.0;           // fraction of the panes that go through the async path

  // A connection to tmux serves one batch, so min_size and max_age have nothing to keep or to age. They are
  // read and checked because configurations carry them.
  int pool_min_size = 5;
  int pool_max_size = 20;
  double pool_connection_timeout_s = 30;
  double pool_max_age_s = 300;

  bool cache_enabled = true;
  double cache_default_ttl_s = 30;
  int cache_max_size = 1000;
  std::string cache_strategy = "ttl";  // ttl, lru, lfu

  std::vector<ServerSetting> servers;  // empty: tmux's default server
  std::vector<std::string> pm_windows = {"pm", "project-manager", "orchestrator"};
  std::vector<std::string> agent_windows;
  std::vector<AgentProcess> agent_processes;  // more names and paths, for agents that have rules

  Thresholds thresholds;
  NotifySettings notify;

  std::string own_word = "auto";  // auto, off: whether agents are asked for their own word

  std::vector<std::string> own_word_except;  // agents that are not asked
  int record_disagreements = 0;              // screens kept a day where own word and screen disagree

  bool history_enabled = true;
  int raw_rounds_days = 7;
  int raw_transitions_days = 35;
  int rollup_months = 13;

  std::string api_listen;              // "127.0.0.1:9464"; empty: the unix socket only
  std::string api_token_file;          // required when api_listen is not a loopback address
  bool api_allow_local_users = false;  // a loopback address without a token file answers every local user
  std::string api_page_url;            // where browsers find the page, if not at api_listen

  bool api_answer = false;  // POST /api/v1/answer types into panes

  bool answer = true;  // `answer` and the cockpit's key type into panes
  // Not where every user of the machine could.
  bool answers_over_api() const {
    return answer && api_answer && (api_listen.empty() || !api_allow_local_users);
  }

  std::string log_level = "info";
  double log_max_size_mb = 10;
  int log_max_files = 5;
  bool perf_monitoring = false;  // a line in the log for every round

  std::string forced_sync_reason;  // "TMUX_ORC_FORCE_SYNC=1" when an emergency switch is on
  std::string origin;              // the file read, empty for defaults
  std::vector<std::string> files;  // those read that had something in them
  // Key -> where its value comes from ("config.yaml:3", "TMUX_ORC_POOL_SIZE"); keys at their default are not
  // here.
  std::map<std::string, std::string> origins;
};

// Variables that change settings. A running daemon keeps those that it was started with.
inline constexpr const char* kSettingVariables[] = {
    "TMUX_ORC_CONFIG",    "TMUX_ORC_ASYNC_DISABLED", "TMUX_ORC_FORCE_SYNC", "TMUX_ORC_ASYNC_ROLLOUT",
    "TMUX_ORC_POOL_SIZE", "TMUX_ORC_CACHE_TTL",      "TMUX_ORC_LOG_LEVEL",  "TMUX_ORC_PERF_MONITORING"};

using GetEnv = std::function<const char*(const char*)>;

// Parses YAML text over `base`. Every problem is in the message, one a line, as file:line:column with the
// nearest valid key. Relative paths of local files are those below the file's folder.
Result<Settings> parse_settings(const std::string& yaml, const std::string& file_name, Settings base = {});

// Whether `next` may take the place of `now` in a running monitor: a file that is gone or empty since is more
// likely an accident (or half a copy) than the wish to have all defaults.
Result<void> check_replacement(const Settings& now, const Settings& next);

// Overlays TMUX_ORC_* variables. The two emergency switches win over everything.
Result<void> apply_environment(Settings& settings, const GetEnv& env);

// The file that settings are read from: `explicit_path` (--config), else $TMUX_ORC_CONFIG, else
// ~/.tmux-orchestrator/config.yaml. `named`: it was asked for, so it must exist. A relative path is made
// absolute: a daemon does not stay in the folder that it was started in.
struct ConfigPath {
  std::string path;
  bool named = false;
};
ConfigPath config_path(const std::string& explicit_path, const GetEnv& env);

// The configuration file if there is one, over the defaults; then `overlay` (a file of the same form) if it
// exists; then the process environment. A named file that is missing is an error.
Result<Settings> load_settings(const std::string& explicit_path, const GetEnv& env,
                               const std::string& overlay = "");

// monitoring.pulse: nothing for "auto", 0 for "off", or seconds.
Result<std::optional<double>> parse_pulse(const std::string& text);

}  // namespace orc
