// SPDX-License-Identifier: Apache-2.0
#include "other_monitors.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "tmux_orc/daemon/instance.h"

namespace orc::cli {

std::vector<std::string> environments_that_ran(const Paths& paths) {
  std::vector<std::string> names = {paths.environment};
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(paths.root + "/run", error)) {
    if (std::string name = entry.path().filename().string(); name != paths.environment)
      names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string other_monitor(const Paths& paths) {
  for (const std::string& name : environments_that_ran(paths)) {
    const int pid = name == paths.environment ? 0 : running_instance(paths.of(name));
    if (pid != 0) return fmt::format("environment {0} has one, pid {1}: add --environment {0}", name, pid);
  }
  return "";
}

std::string where_a_monitor_is(const Paths& paths) {
  if (std::string other = other_monitor(paths); !other.empty()) return other;
  const std::string environment =
      paths.environment == kDefaultEnvironment ? "" : " --environment " + paths.environment;
  return fmt::format("start it: tmux-orc monitor start{}", environment);
}

Error no_answer(const Paths& paths, Error error) {
  if (error.kind == ErrorKind::kUnavailable && running_instance(paths) == 0)
    error.message = fmt::format("no monitor of environment {} is running; {}", paths.environment,
                                where_a_monitor_is(paths));
  return error;
}

}  // namespace orc::cli
