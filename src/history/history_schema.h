// SPDX-License-Identifier: Apache-2.0
// The history database's tables and their versions. Not thread-safe.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "tmux_orc/sqlite/sqlite.h"

namespace orc {

inline constexpr int kHistoryVersion = 3;

// Brings an empty or older database to kHistoryVersion. kInvalid for one of a newer program.
Result<void> migrate_history(Database& db);

// The version of the tables; 0 for an empty file.
Result<int> history_version(Database& db);
// A table's columns.
Result<std::set<std::string, std::less<>>> columns_of(Database& db, const std::string& table);
// kInvalid for a version that this program does not know.
Result<void> refuse_newer(int version);

}  // namespace orc
