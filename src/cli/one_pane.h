// SPDX-License-Identifier: Apache-2.0
// One pane of a live server, for `explain` and `record`: through the running monitor's eyes, or, where none
// runs or another server is named, a look of our own with what the monitor remembered.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "command.h"
#include "tmux_orc/base/result.h"

namespace orc::cli {

// As GET /api/v1/explain gives it, with "asked": "monitor" or "own look". `pane` is %N, or
// session:window.pane as `status` prints it; `server` a configured name, "" where one server alone has such a
// pane.
Result<nlohmann::ordered_json> explain_pane(const Globals& globals, const std::string& pane,
                                            const std::string& server, bool with_record);

// What a record has for people beside the evidence.
struct ForPeople {
  std::string ansi;        // the screen with colours
  std::string scrollback;  // the last 200 lines above it and the screen
};
Result<ForPeople> capture_for_people(const Globals& globals, const std::string& pane,
                                     const std::string& server);

}  // namespace orc::cli
