// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>

#include "tmux_orc/history/history_reader.h"
#include "tmux_orc/sqlite/sqlite.h"

namespace orc {

Result<void> check_history(const std::string& path) {
  auto checked = check_database(path, "history");
  if (checked || checked.error().kind != ErrorKind::kUnavailable) return checked;
  return fail(ErrorKind::kUnavailable, "there is no history yet");
}

}  // namespace orc
