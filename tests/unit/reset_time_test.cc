// Reset times as agents print them.
#include "tmux_orc/base/reset_time.h"

#include <absl/time/time.h>
#include <gtest/gtest.h>

namespace orc {
namespace {

// 2026-11-24 14:00:00 UTC, a Tuesday; 15:00 in Berlin, 06:00 in Los Angeles.
constexpr std::int64_t kPrinted = 1795528800000;
constexpr std::int64_t kMinute = 60'000, kHour = 60 * kMinute, kDay = 24 * kHour;

struct Case {
  const char* text;
  std::int64_t in_ms;  // from kPrinted; -1: not understood
};

class ResetTime : public ::testing::Test {
 protected:
  ResetTime() { ::setenv("TZ", "UTC", 1); }
};

TEST_F(ResetTime, AsAgentsPrintThem) {
  const Case cases[] = {
      {"  ⎿  You've hit your limit · resets 9:07am (UTC)", 19 * kHour + 7 * kMinute},
      {"You've reached your usage limit · resets 3pm (Europe/Berlin)", 0},
      {"limit reached ∙ resets 4pm (Europe/Berlin)", kHour},
      {"5-hour limit reached ∙ resets 7pm", 5 * kHour},
      {"■ You've hit your usage limit. Upgrade to Pro, visit x to purchase more\ncredits or try again at "
       "7:50 PM.",
       5 * kHour + 50 * kMinute},
      {"try again in 2h 5m", 2 * kHour + 5 * kMinute},
      {"Please try again in 3 days 4 hours 12 minutes.", 3 * kDay + 4 * kHour + 12 * kMinute},
      {"Rate limited. Please retry after 120 seconds", 2 * kMinute},
      {"[retrying in 2s attempt #3]", 2000},
      {"Access resets at 3:30 PM PST.", 9 * kHour + 30 * kMinute},
      {"Weekly limit reached ∙ resets Nov 27 at 5pm (America/Los_Angeles)", 3 * kDay + 11 * kHour},
      {"Weekly limit reached ∙ resets Jan 2, 5am (UTC)", 38 * kDay + 15 * kHour},
      {"try again on 2026-11-25T03:00:00Z", 13 * kHour},
      {"your limit resets at 14:00", 0},
      {"resets at 13:59", 23 * kHour + 59 * kMinute},
      {"try again at Nov 30th, 2026 3:05 PM.", 6 * kDay + kHour + 5 * kMinute},
  };
  for (const Case& c : cases) {
    const std::string phrase = find_reset_phrase(c.text);
    const auto at = parse_reset(phrase, kPrinted);
    ASSERT_TRUE(at.has_value()) << c.text << " gave '" << phrase << "'";
    EXPECT_EQ(*at - kPrinted, c.in_ms) << c.text << " gave '" << phrase << "'";
  }
}

TEST_F(ResetTime, NothingWhereNoTimeIsNamed) {
  for (const char* text :
       {"", "Please wait and try again later.", "You have exhausted your daily quota on this model.",
        "rate limit of 30,000 input tokens per minute", "retry 3 of 10", "resets 99:99", "at 3pm we meet"}) {
    const std::string phrase = find_reset_phrase(text);
    EXPECT_TRUE(phrase.empty() || !parse_reset(phrase, kPrinted)) << text << " gave '" << phrase << "'";
  }
  EXPECT_FALSE(parse_reset("at 3pm (Nowhere/Land)", kPrinted).has_value());
  EXPECT_FALSE(parse_reset("in 0s", kPrinted).has_value());
}

TEST_F(ResetTime, TheLastOneCounts) {
  EXPECT_EQ(find_reset_phrase("resets 3pm (UTC)\nsome text\nresets 5pm (UTC)"), "at 5pm (UTC)");
}

TEST_F(ResetTime, AnOldTextIsNoNewLimit) {
  // Printed at 14:00, read again at 16:00: the limit ended at 15:00, not tomorrow.
  EXPECT_EQ(*parse_reset("at 3pm (UTC)", kPrinted), kPrinted + kHour);
}

}  // namespace
}  // namespace orc
