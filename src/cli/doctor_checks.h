// SPDX-License-Identifier: Apache-2.0
// What `tmux-orc doctor` looks at: each check gives findings, and none changes anything. Thread-safe: no
// shared state.
#pragma once

#include <string>
#include <vector>

#include "command.h"
#include "tmux_orc/config/paths.h"
#include "tmux_orc/figures/health.h"

namespace orc::cli {

struct Finding {
  Level level = Level::kOk;
  std::string what;
  std::string todo;  // empty: nothing
};

Finding check_tmux();
Finding check_config(const Globals& globals, const Paths& paths);
// Also which agents run that are newer than what proves their rules.
std::vector<Finding> check_rules(const Globals& globals);
std::vector<Finding> check_servers(const Globals& globals, const Paths& paths);
std::vector<Finding> check_folders(const Paths& paths);
// What would make a daemon refuse to start, and a token that others may read.
Finding check_api(const Globals& globals, const Paths& paths);
Finding check_active(const Paths& paths);
Finding check_history_file(const Globals& globals, const Paths& paths);
Finding check_notify_file(const Paths& paths);
Finding check_log(const Paths& paths);
Finding check_monitor(const Paths& paths);

}  // namespace orc::cli
