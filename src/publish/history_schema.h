// The history database's tables and their versions. Not thread-safe.
#pragma once

#include "sqlite.h"

namespace orc {

inline constexpr int kHistoryVersion = 1;

// Brings an empty or older database to kHistoryVersion. kInvalid for one of a newer program.
Result<void> migrate_history(Database& db);

}  // namespace orc
