// SPDX-License-Identifier: Apache-2.0
// Proof: on which versions of an agent its rules were proved by recorded screens (`seen`), and what that says
// of the version that runs. Pure; thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tmux_orc/classify/rules.h"

namespace orc {

// Versions by their numbers: "2.1.9" is older than "2.1.10"; what follows a number ("-linux-x64", "rc1")
// counts only where all numbers are equal, and not at all against a version without it.
bool is_older_version(std::string_view a, std::string_view b);

// All versions that the file or one of its rules was proved on, oldest first.
std::vector<std::string> proved_on(const AgentRules& rules);

// "claude 2.1.400 is newer than any screen that proves these rules (2.1.332)", or that no screen proves them;
// empty if the version is no newer, or not known.
std::string version_remark(const AgentRules& rules, const std::string& running);

}  // namespace orc
