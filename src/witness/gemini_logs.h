// SPDX-License-Identifier: Apache-2.0
// The session logs of Gemini CLI and of Qwen Code, which came of it.
#pragma once

#include <memory>

#include "tmux_orc/witness/session_log.h"

namespace orc {

std::unique_ptr<SessionLog> make_gemini_log();
std::unique_ptr<SessionLog> make_qwen_log();

}  // namespace orc
