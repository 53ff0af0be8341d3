// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/daemon/active.h"

#include <fmt/format.h>

#include "tmux_orc/base/files.h"
#include "tmux_orc/figures/json.h"

namespace orc {
namespace {

Result<void> write_active(const Paths& paths, const Active& a) {
  const nlohmann::ordered_json j = {{"active", a.active}, {"previous", a.previous}, {"since_ms", a.since_ms}};
  return write_file_atomically(paths.active_file(), dump(j) + "\n", true);
}

// Reading, deciding and writing is one step between processes.
Result<UniqueFd> lock_active(const Paths& paths) {
  ORC_DO(make_private_folder(paths.root));
  return hold_lock(paths.root + "/active.lock");
}

}  // namespace

Result<std::optional<Active>> read_active(const Paths& paths) {
  const auto text = read_file(paths.active_file(), 1 << 20);
  if (!text) {
    if (text.error().kind == ErrorKind::kUnavailable) return std::nullopt;
    return tl::unexpected(text.error());
  }
  const auto j = parse_json(*text);
  if (!j || !j->is_object() || !j->contains("active") || !(*j)["active"].is_string()) {
    return fail(
        ErrorKind::kIo,
        fmt::format("{} is damaged: no environment is active, nobody is told; `tmux-orc switch-environment "
                    "NAME --force` writes it anew",
                    paths.active_file()));
  }
  Active a;
  a.active = (*j)["active"].get<std::string>();
  if (j->contains("previous") && (*j)["previous"].is_string())
    a.previous = (*j)["previous"].get<std::string>();
  if (j->contains("since_ms") && (*j)["since_ms"].is_number_integer())
    a.since_ms = (*j)["since_ms"].get<std::int64_t>();
  return a;
}

Result<Active> claim_active(const Paths& paths, const Clock& clock) {
  ORC_TRY(lock, lock_active(paths));
  ORC_TRY(now, read_active(paths));
  if (*now) return **now;
  Active a{paths.environment, "", clock.wall_ms()};
  ORC_DO(write_active(paths, a));
  return a;
}

Result<Active> switch_active(const Paths& paths, const Clock& clock) {
  ORC_TRY(lock, lock_active(paths));
  const auto now = read_active(paths);
  Active a{paths.environment, "", clock.wall_ms()};
  if (now && *now) {
    if ((*now)->active == a.active) return **now;
    a.previous = (*now)->active;
  }
  ORC_DO(write_active(paths, a));
  return a;
}

}  // namespace orc
