// SPDX-License-Identifier: Apache-2.0
#include "setup.h"

namespace orc::cli {

Result<Paths> paths_of(const Globals& globals) { return resolve_paths(globals.environment); }

PlanRequest plan_request(const Globals& globals, const RunFlags& flags) {
  return {globals.config_path, globals.socket_name, globals.socket_path, flags, false};
}

bool asks_for_own_rounds(const Globals& globals, const RunFlags& flags) {
  return flags.async || flags.sync || !globals.socket_name.empty() || !globals.socket_path.empty() ||
         !globals.config_path.empty();
}

Result<Plan> make_setup(const Globals& globals, const RunFlags& flags) {
  ORC_TRY(paths, paths_of(globals));
  return make_plan(plan_request(globals, flags), *paths);
}

}  // namespace orc::cli
