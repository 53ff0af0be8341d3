// SPDX-License-Identifier: Apache-2.0
// When a limit ends: a phrase is one line, and the moment it means is within 400 days of the one it was
// printed at.
#include <cstdlib>

#include "entries.h"
#include "require.h"
#include "tmux_orc/base/reset_time.h"

namespace orc::fuzz {
namespace {

constexpr std::int64_t kPrinted_ms = 1'795'528'800'000;  // a day in November 2026
constexpr std::int64_t kMost_ms = 400 * 86'400'000ll;

void understand(const std::string& phrase) {
  if (const auto reset = parse_reset(phrase, kPrinted_ms))
    ORC_REQUIRE(std::llabs(reset->at_ms - kPrinted_ms) <= kMost_ms);
}

}  // namespace

void read_reset(std::string_view data) {
  const std::string phrase = find_reset_phrase(data);
  ORC_REQUIRE(phrase.empty() || phrase.starts_with("in ") || phrase.starts_with("at "));
  ORC_REQUIRE(phrase.size() <= 100);
  ORC_REQUIRE(phrase.find_first_of("\n\r\x01\x1b") == std::string::npos);
  understand(phrase);
  understand(std::string(data));
}

}  // namespace orc::fuzz
