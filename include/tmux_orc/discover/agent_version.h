// SPDX-License-Identifier: Apache-2.0
// Which version of an agent runs: what its package.json, or the path that it was started from, says. Reads
// /proc and the package's file; never runs the agent. Thread-safe.
#pragma once

#include <string>

#include "tmux_orc/base/model.h"

namespace orc {

// Empty where nothing says it. `proc` is /proc, or a test's.
std::string version_of_process(int pid, const std::string& proc = "/proc");

// What a program or script at this path belongs to: the nearest package.json above it ("2.1.332"), or a
// folder or file that is called like a version (".../claude/versions/2.1.190").
std::string version_at_path(const std::string& path);

}  // namespace orc
