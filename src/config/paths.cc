// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/config/paths.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace orc {

Result<Paths> resolve_paths(const std::string& environment) {
  Paths paths;
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home != '/')
    return fail(ErrorKind::kInvalid, "HOME is not set to an absolute path");
  paths.root = std::string(home) + "/.tmux-orchestrator";
  const char* from_env = std::getenv("TMUX_ORC_ENV");
  if (!environment.empty())
    paths.environment = environment;
  else if (from_env != nullptr && *from_env != '\0')
    paths.environment = from_env;
  const std::string& name = paths.environment;
  const bool good =
      name.size() <= 32 && name.front() != '.' && std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
      });
  if (!good) {
    return fail(ErrorKind::kInvalid,
                fmt::format("'{}' is no name for an environment: 1 to 32 letters, digits, '.', "
                            "'_' or '-', and no '.' in front",
                            name));
  }
  return paths;
}

}  // namespace orc
