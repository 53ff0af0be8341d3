// SPDX-License-Identifier: Apache-2.0
// Answers of the API's routes as JSON. Pure; thread-safe.
#pragma once

#include <string>

#include "tmux_orc/api/router.h"
#include "tmux_orc/figures/json.h"

namespace orc {

inline ApiResponse json_answer(int status, const nlohmann::ordered_json& j) { return {status, dump(j)}; }
inline ApiResponse error_answer(int status, const std::string& text) {
  return json_answer(status, {{"error", text}});
}

}  // namespace orc
