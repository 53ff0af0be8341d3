// SPDX-License-Identifier: Apache-2.0
// What this program is, and what it was built with. Thread-safe.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace orc::cli {

std::string version_text();  // "tmux-orc 0.2.0 (commit ...)" and a line of libraries
// The commit that it was built from: twelve digits, and "-modified" if the tree was not that commit's.
const char* source_commit();
nlohmann::ordered_json version_json();  // {"version", "commit", "libraries": {name: version}}

}  // namespace orc::cli
