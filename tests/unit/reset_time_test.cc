// SPDX-License-Identifier: Apache-2.0
// Reset times as agents print them.
#include "tmux_orc/base/reset_time.h"

#include <absl/time/time.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <optional>
#include <string>

namespace orc {
namespace {

// 2026-11-24 14:00:00 UTC, a Tuesday; 15:00 in Berlin, 06:00 in Los Angeles.
constexpr std::int64_t kPrinted = 1795528800000;
constexpr std::int64_t kMinute = 60'000, kHour = 60 * kMinute, kDay = 24 * kHour;

struct Case {
  const char* text;
  std::int64_t in_ms;  // from kPrinted
};

class ResetTimes : public ::testing::Test {
 protected:
  ResetTimes() { ::setenv("TZ", "UTC", 1); }
};

// From kPrinted, in ms; nothing if it is not understood.
std::optional<std::int64_t> after(const std::string& text, std::int64_t printed_ms = kPrinted) {
  const auto at = parse_reset(find_reset_phrase(text), printed_ms);
  return at ? std::optional(at->at_ms - printed_ms) : std::nullopt;
}

void expect_all(std::initializer_list<Case> cases) {
  for (const Case& c : cases) {
    const auto at = after(c.text);
    ASSERT_TRUE(at.has_value()) << c.text << " gave '" << find_reset_phrase(c.text) << "'";
    EXPECT_EQ(*at, c.in_ms) << c.text << " gave '" << find_reset_phrase(c.text) << "'";
  }
}

TEST_F(ResetTimes, AsAgentsPrintThem) {
  expect_all({
      {"  ⎿  You've hit your limit · resets 9:07am (UTC)", 19 * kHour + 7 * kMinute},
      {"You've reached your usage limit · resets 3pm (Europe/Berlin)", 0},
      {"limit reached ∙ resets 4pm (Europe/Berlin)", kHour},
      {"5-hour limit reached ∙ resets 7pm", 5 * kHour},
      {"■ You've hit your usage limit. Upgrade to Pro, visit x to purchase more\ncredits or try again at "
       "7:50 PM.",
       5 * kHour + 50 * kMinute},
      {"│ try again at  │\n│ 7:50\u202fPM.      │", 5 * kHour + 50 * kMinute},
      {"Access resets at 3:30 PM PST.", 9 * kHour + 30 * kMinute},
      {"your limit resets at 14:00", 0},
      {"resets at 13:59", 23 * kHour + 59 * kMinute},
      {"Your limit will reset at 5 p.m. (America/New_York)", 8 * kHour},
      {"available again at midnight", 10 * kHour},
      {"Limit resets at noon UTC", 22 * kHour},
      {"resets 12am", 10 * kHour},
      {"resets 12pm", 22 * kHour},
  });
}

TEST_F(ResetTimes, Spans) {
  expect_all({
      {"try again in 2h 5m", 2 * kHour + 5 * kMinute},
      {"try again in 1h30m.", kHour + 30 * kMinute},
      {"Please try again in 3 days 4 hours 12 minutes.", 3 * kDay + 4 * kHour + 12 * kMinute},
      {"resets in 3 days, 4 hours, and 12 minutes", 3 * kDay + 4 * kHour + 12 * kMinute},
      {"Rate limited. Please retry after 120 seconds", 2 * kMinute},
      {"[retrying in 2s attempt #3]", 2000},
      {"Please retry in 31.529s.", 31'529},
      {"\"retryDelay\": \"31s\"", 31'000},
      {"Please try again in 850ms", 850},
      {"try again in about 3 hours", 3 * kHour},
      {"resets in 1.5 hours", 90 * kMinute},
      {"try again in an hour", kHour},
      {"wait 5 minutes before you go on", 5 * kMinute},
      {"available again for Pro users in 2 days", 2 * kDay},
      {"Retry-After: 120", 2 * kMinute},
      {"Retry-After: 2 hours", 2 * kHour},
      {"Please retry after 2 hours", 2 * kHour},
      {"retry after 1 minute", kMinute},
      {"Please retry in 47.434392449s.", 47'434},
      {"quota will reset after 373.801628123ms", 374},
      {"Retry-After: 36.584239748", 36'584},
      {"\"resets_in_seconds\": 3600}", kHour},
      {"retry_after_seconds: 30", 30'000},
      {"retry-after-ms: 1500", 1500},
      {"Retrying (1/3) in 2s... (escape to cancel)", 2000},
      {"429 Too Many Requests; retrying 1/5 in 203ms", 203},
      {"resets in 4:12:33", 4 * kHour + 12 * kMinute + 33'000},
      {"try again in one hour", kHour},
      {"{\"error\": {\"retry_after\": 31.5, \"type\": \"x\"}}", 31'500},
  });
}

TEST_F(ResetTimes, Days) {
  expect_all({
      {"Weekly limit reached ∙ resets Nov 27 at 5pm (America/Los_Angeles)", 3 * kDay + 11 * kHour},
      {"Weekly limit reached ∙ resets Jan 2, 5am (UTC)", 38 * kDay + 15 * kHour},
      {"resets 5am on Jan 2", 38 * kDay + 15 * kHour},
      {"try again on 2026-11-25T03:00:00Z", 13 * kHour},
      {"try again on 2026-11-25T03:00:00.5+02:00", 11 * kHour},
      {"try again at Nov 30th, 2026 3:05 PM.", 6 * kDay + kHour + 5 * kMinute},
      {"resets 27 November at 17:00", 3 * kDay + 3 * kHour},
      {"resets on the 27th of November, 2026 at 17:00", 3 * kDay + 3 * kHour},
      {"Retry-After: Wed, 25 Nov 2026 14:00:00 GMT", kDay},
      {"resets tomorrow at 9:30 AM", 19 * kHour + 30 * kMinute},
      {"resets at 9:30 AM tomorrow", 19 * kHour + 30 * kMinute},
      {"resets today at 6pm", 4 * kHour},
      {"resets tomorrow", 10 * kHour},
      {"resets Thursday at 1pm", kDay + 23 * kHour},
      {"resets Thu 1:00 PM (UTC)", kDay + 23 * kHour},
      {"resets Tue 1pm", 6 * kDay + 23 * kHour},
      {"resets Tuesday 3pm", kHour},
      {"resets Monday", 5 * kDay + 10 * kHour},
      {"Your quota resets Dec 1", 6 * kDay + 10 * kHour},
      {"resets on 2026-12-01", 6 * kDay + 10 * kHour},
      {"Claude AI usage limit reached|1795536000", 2 * kHour},
      {"x-ratelimit-reset: 1795536000", 2 * kHour},
      {"\"resets_at\": 1795536000000", 2 * kHour},
  });
}

TEST_F(ResetTimes, Zones) {
  expect_all({
      {"resets 4pm (GMT+1)", kHour},
      {"resets 4pm UTC+01:00", kHour},
      {"resets 8:30pm IST", kHour},
      {"resets 1am (AEST)", kHour},
      {"resets 4pm CET", kHour},
      {"resets 7am (PST)", kHour},
      {"resets 7am PT", kHour},
      {"resets 10am (ET)", kHour},
      {"resets 16:00+01:00", kHour},
      {"resets 12pm (America/Argentina/Buenos_Aires)", kHour},
      {"resets 4pm (UTC +1)", kHour},
      {"resets 10am (UTC\u22125)", kHour},
      {"resets 10am (est)", kHour},
      {"resets 7am Pacific time", kHour},
      {"resets 10am Eastern", kHour},
      {"resets 3pm (local time)", kHour},
      {"resets 4pm (Europe/\nBerlin)", kHour},
  });
}

TEST_F(ResetTimes, OnlyAClockTimeIsTheNextOne) {
  EXPECT_TRUE(parse_reset("at 3pm", kPrinted)->clock_only);
  for (const char* phrase : {"in 3h", "at Monday 3pm", "at Nov 27 3pm", "at tomorrow 3pm", "at 1795536000"}) {
    EXPECT_FALSE(parse_reset(phrase, kPrinted)->clock_only) << phrase;
  }
}

TEST_F(ResetTimes, TheMachinesZone) {
  ::setenv("TZ", "America/Los_Angeles", 1);
  EXPECT_EQ(after("resets 7am"), kHour);
  ::setenv("TZ", "UTC", 1);
}

TEST_F(ResetTimes, AcrossAChangeOfTheClocks) {
  // Berlin, 2026-10-25: at 03:00 summer time it is 02:00 again. Printed on the 24th at 20:00 UTC, which is
  // 22:00.
  const std::int64_t autumn = 1792872000000;
  EXPECT_EQ(after("resets 4am (Europe/Berlin)", autumn), 7 * kHour);
  EXPECT_EQ(after("resets 1am (Europe/Berlin)", autumn), 3 * kHour);
  EXPECT_EQ(after("resets 2:30am (Europe/Berlin)", autumn), 4 * kHour + 30 * kMinute)
      << "the first of the two";
  EXPECT_EQ(after("resets in 7h", autumn), 7 * kHour);
  // 2026-03-29: 02:00 is 03:00. Printed on the 28th at 21:00 UTC, which is 22:00.
  const std::int64_t spring = 1774731600000;
  EXPECT_EQ(after("resets 4am (Europe/Berlin)", spring), 5 * kHour);
  EXPECT_EQ(after("resets 2:30am (Europe/Berlin)", spring), 4 * kHour) << "when the clocks jump over it";
  EXPECT_EQ(after("resets tomorrow 10pm (Europe/Berlin)", spring), 23 * kHour);
}

TEST_F(ResetTimes, NothingWhereNoTimeIsNamed) {
  for (const char* text : {"",
                           "Please wait and try again later.",
                           "You have exhausted your daily quota on this model.",
                           "rate limit of 30,000 input tokens per minute",
                           "retry 3 of 10",
                           "resets 99:99",
                           "resets 25:00",
                           "resets 13pm",
                           "at 3pm we meet",
                           "resets 3pm (Nowhere/Land)",
                           "resets 3pm (QQT)",
                           "resets 3pm (EST5EDT)",
                           "resets in 4:12",
                           "Retrying after 3 failed attempts",
                           "resets 11/12 at 3pm",
                           "resets Feb 30 at 3pm",
                           "resets today",
                           "try again in 0s",
                           "try again. At 3pm we meet",
                           "retry 5",
                           "until 12 people came",
                           "available again"}) {
    EXPECT_EQ(after(text), std::nullopt) << text << " gave '" << find_reset_phrase(text) << "'";
  }
  for (const char* phrase :
       {"", "at ", "in ", "in 3", "3pm", "at 3pm (Nowhere/Land)", "in 99999999999999999h"}) {
    EXPECT_FALSE(parse_reset(phrase, kPrinted)) << phrase;
  }
}

TEST_F(ResetTimes, TheLastOneCounts) {
  EXPECT_EQ(find_reset_phrase("resets 3pm (UTC)\nsome text\nresets 5pm (UTC)"), "at 5pm (UTC)");
  EXPECT_EQ(find_reset_phrase("resets 3pm (UTC). Then try again in 5 minutes, or in 1h"), "in 5 minutes");
}

TEST_F(ResetTimes, WhatStandsBesideItIsNotOfIt) {
  for (const char* text :
       {"resets 3pm\nAPI Error", "resets 3pm      MCP", "resets 3pm\nUSE /upgrade", "resets 3pm\n\n12 Dec",
        "resets 3pm · Sun 12", "resets 3pm (UTC)\n12 Dec", "resets 3pm\n Update available 2.1.30",
        "resets at 3pm\n\n  3.5 sonnet", "resets 3pm\nretrying (1/3)", "resets 3pm (5h window)",
        "resets 3pm\n\nresets 11/12 at 4pm"}) {
    EXPECT_EQ(after(text), kHour) << text << " gave '" << find_reset_phrase(text) << "'";
  }
}

TEST_F(ResetTimes, TheYearThatIsNear) {
  constexpr std::int64_t new_year = 1798761600000;  // 2027-01-01 00:00 UTC
  EXPECT_EQ(after("resets Dec 31 at 11pm (UTC)", new_year), -kHour);
  EXPECT_EQ(after("resets Jan 1 at 1am (UTC)", new_year - kHour), 2 * kHour);
}

TEST_F(ResetTimes, HostileText) {
  std::string weeks = "try again in ";
  for (int i = 0; i < 2000; ++i) weeks += "9999999w ";
  for (const std::string& text :
       {weeks, std::string("resets 9999-12-31"), std::string("resets at 9999999999"),
        "resets 3pm (" + std::string(5000, 'A') + ")", std::string(100'000, '('),
        "until " + std::string(50'000, '\x01')}) {
    const std::string phrase = find_reset_phrase(text);
    EXPECT_LE(phrase.size(), 100u);
    const auto at = parse_reset(phrase, kPrinted);
    EXPECT_LT(std::abs(at.value_or(ResetTime{kPrinted, false}).at_ms - kPrinted), 401 * kDay) << phrase;
  }
  std::string words;
  for (int i = 0; i < 30'000; ++i) words += i % 2 == 0 ? "until-" : "reset until retry ";
  EXPECT_EQ(find_reset_phrase(words), "");
}

TEST_F(ResetTimes, AnOldTextIsNoNewLimit) {
  // Printed at 14:00, read again at 16:00: the limit ended at 15:00, not tomorrow.
  EXPECT_EQ(parse_reset("at 3pm (UTC)", kPrinted)->at_ms, kPrinted + kHour);
}

}  // namespace
}  // namespace orc
