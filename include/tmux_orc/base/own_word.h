// SPDX-License-Identifier: Apache-2.0
// OwnWord: what an agent says of itself, past its screen. A value; see the room `witness` for who reads it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace orc {

enum class OwnState {
  kNone,     // nothing is known, or nothing that proves a state
  kBusy,     // at work
  kWaiting,  // for a person
  kMaybe,    // waiting: a dialog is open, and it may be a menu that the person opened
  kIdle,     // no turn runs: idle, or draft, error, limit, interrupted; the screen knows
};

struct OwnWord {
  OwnState state = OwnState::kNone;
  std::string word;        // as the agent calls it: "busy", "shell"
  std::string detail;      // as in Verdict, "" where the agent does not say
  std::int64_t at_ms = 0;  // wall clock: since when
  friend bool operator==(const OwnWord&, const OwnWord&) = default;
};

// A word this old is settled: the screen must show it by now.
inline constexpr std::int64_t kSettledMs = 2000;

}  // namespace orc
