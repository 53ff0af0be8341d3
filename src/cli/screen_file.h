// SPDX-License-Identifier: Apache-2.0
// Saved screens: plain text, or a record (see evidence/record.h).
#pragma once

#include <string>
#include <vector>

#include "tmux_orc/base/evidence.h"
#include "tmux_orc/base/result.h"
#include "tmux_orc/classify/oracle.h"

namespace orc::cli {

struct SavedScreen {
  PaneEvidence screen;
  Truth truth;  // with the label, for `rules test`; classification never sees it
};

// Reads a file, or standard input for "-".
Result<std::string> read_input(const std::string& path);

// Any field may be missing or empty. `agents` says which processes are agents.
Result<SavedScreen> parse_screen(const std::string& content, const std::vector<AgentProcess>& agents);

}  // namespace orc::cli
