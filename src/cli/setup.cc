#include "setup.h"

namespace orc::cli {

Result<Paths> paths_of(const Globals& globals) { return resolve_paths(globals.environment); }

PlanRequest plan_request(const Globals& globals, const RunFlags& flags) {
  return {globals.config_path, globals.socket_name, globals.socket_path, flags, false};
}

Result<Plan> make_setup(const Globals& globals, const RunFlags& flags) {
  const auto paths = paths_of(globals);
  if (!paths) return tl::unexpected(paths.error());
  return make_plan(plan_request(globals, flags), *paths);
}

}  // namespace orc::cli
