// SPDX-License-Identifier: Apache-2.0
// TurnWord: OwnWord::word where it is the log of a session that says how its last turn stands. Weaker than
// what an agent says of itself: a log may belong to another process of the same folder, or be of before a new
// session.
#pragma once

#include <string_view>

namespace orc::turn_word {

inline constexpr std::string_view kRuns = "turn", kComplete = "complete", kInterrupted = "interrupted",
                                  kAborted = "aborted", kError = "error";

constexpr bool is_one(std::string_view word) {
  return word == kRuns || word == kComplete || word == kInterrupted || word == kAborted || word == kError;
}

}  // namespace orc::turn_word
