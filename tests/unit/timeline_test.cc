// SPDX-License-Identifier: Apache-2.0
// Timelines: what a strip says of each moment, of places, restarts and gaps; and as markup.
#include "tmux_orc/report/timeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/presence_fixture.h"
#include "tmux_orc/report/reports.h"

namespace orc {
namespace {

using test::kHour;
using test::kMinute;
using test::Presence;
using testing::HasSubstr;
using testing::Not;

// A letter an hour: w(orking), a(waiting), i(dle), "." nobody.
std::string letters(const Strip& strip) {
  std::string out;
  for (const auto& state : strip.columns)
    out += !state ? '.' : *state == State::kWorking ? 'w' : *state == State::kWaiting ? 'a' : 'i';
  return out;
}

class TimelineTest : public Presence {
 protected:
  // The first `hours` of the day, a column each.
  Timeline day(int hours, const std::optional<TimelinePlace>& only = {}) {
    Period p = last_days("day", 1, at_);
    p.to_ms = p.from_ms + hours * kHour;
    return read_timeline(*reader(), p, static_cast<std::size_t>(hours), only).value();
  }
  std::string strip(int hours) {
    const Timeline t = day(hours);
    return t.strips.size() == 1 ? letters(t.strips[0]) : std::to_string(t.strips.size()) + " strips";
  }
};

TEST_F(TimelineTest, AColumnIsTheStateThatTookMostOfIt) {
  auto store = open(start_);
  look(*store, start_ + 2 * kHour);
  agent_.becomes(State::kWaiting);
  look(*store, start_ + 2 * kHour + 20 * kMinute);
  agent_.becomes(State::kWorking);
  look(*store, start_ + 3 * kHour + 10 * kMinute);
  agent_.becomes(State::kWaiting);
  look(*store, start_ + 5 * kHour);
  EXPECT_EQ(strip(6), "wwwaa.") << "what goes on ends with the last look";
  EXPECT_EQ(day(6).strips[0].target, "main:0.0");
  EXPECT_EQ(day(6).strips[0].agent, "claude");
}

TEST_F(TimelineTest, NobodySawWhatAnAgentDidWhileNoMonitorRan) {
  auto store = open(start_);
  agent_.becomes(State::kWaiting);
  look(*store, start_ + 2 * kHour);
  EXPECT_TRUE(store->end_run(at_).has_value());
  store.reset();
  at_ += 2 * kHour;
  store = open(at_);
  look(*store, at_ + kHour);
  agent_.becomes(State::kIdle);
  look(*store, at_ + kHour);
  EXPECT_EQ(strip(6), "aa..ai") << "the wait went on, unseen";
}

TEST_F(TimelineTest, AGapIsEmptyAndWhoLeavesIsGone) {
  auto store = open(start_);
  look(*store, start_ + kHour);
  at_ += 2 * kHour;  // suspended
  look(*store, start_ + 4 * kHour);
  agent_.leaves();
  look(*store, start_ + 6 * kHour);
  EXPECT_EQ(strip(6), "w..w..");
}

TEST_F(TimelineTest, OnePlaceAlone) {
  auto store = open(start_);
  look(*store, start_ + 2 * kHour);
  EXPECT_EQ(day(2, TimelinePlace{"default", "main:0.0"}).strips.size(), 1u);
  EXPECT_TRUE(day(2, TimelinePlace{"default", "main:0.1"}).strips.empty());
  EXPECT_TRUE(day(2, TimelinePlace{"other", "main:0.0"}).strips.empty());
}

// What is no state of ours, as a damaged or newer file may have it.
TEST_F(TimelineTest, AnUnknownStateIsNobodysTime) {
  auto store = open(start_);
  look(*store, start_ + kHour);
  store.reset();
  sql("UPDATE present SET state=99");
  EXPECT_EQ(strip(1), ".");
  sql("UPDATE present SET state=-1");
  EXPECT_EQ(strip(1), ".");
}

TEST_F(TimelineTest, TheReportHasAStripInTheStatesColoursOverRoundTimes) {
  auto store = open(start_);
  look(*store, start_ + 2 * kHour);
  agent_.becomes(State::kWaiting);
  look(*store, start_ + 4 * kHour);
  const Period p = last_days("day", 1, at_);
  const std::string page = to_html(activity_report(*reader(), p, false).value());
  EXPECT_THAT(page, HasSubstr("<path class='s-working' d='M0 0h144v10h-144z'/>"));
  EXPECT_THAT(page, HasSubstr("<path class='s-waiting' d='M144 0h143v10h-143z'/>")) << "up to the last look";
  EXPECT_THAT(page, HasSubstr("<title>main:0.0 claude: waiting 1h59m, working 2h00m</title>"));
  EXPECT_THAT(page, HasSubstr("<li class='s-waiting'>waiting</li>"));
  EXPECT_THAT(page, HasSubstr("<span style='left:25.00%'>01:00</span>"));
  EXPECT_THAT(page, HasSubstr(">03:00</span>"));
  EXPECT_THAT(page, Not(HasSubstr(">00:30<")));
}

TEST(TimelineHtml, DaysOfALongPeriodAndHostileNames) {
  const test::TimeZone utc("UTC");
  Timeline t;
  t.from_ms = 1793577600000;  // 2026-11-02
  t.to_ms = t.from_ms + 30 * test::kDay;
  t.strips.push_back({"a", "<b>:0.0", "claude", {State::kIdle}, {}});
  t.strips.push_back({"b", "x:0.0", "codex", {std::nullopt}, {}});
  Report r{"Agents", "", {{"Timeline", {}, {}, {}, t}}, {}};
  const std::string page = to_html(r);
  EXPECT_THAT(page, HasSubstr("&lt;b&gt;:0.0 claude on a"));
  EXPECT_THAT(page, Not(HasSubstr("<b>")));
  EXPECT_THAT(page, HasSubstr(">2026-11-10</span>"));
  EXPECT_THAT(page, Not(HasSubstr(">2026-11-03</span>"))) << "four labels at most";
}

TEST(WatchedSpans, RunsWithoutTheirGaps) {
  Period p;
  p.from_ms = 100;
  p.to_ms = 1000;
  const std::vector<RunRow> runs = {{50, 300, 1, true, ""}, {400, 700, 1, true, ""}};
  EXPECT_EQ(watched_spans(runs, {}, p), (std::vector<Span>{{100, 300}, {400, 700}}));
  EXPECT_EQ(watched_spans(runs, {{250, 450}, {500, 600}}, p),
            (std::vector<Span>{{100, 250}, {450, 500}, {600, 700}}));
  EXPECT_EQ(watched_spans({{900, 950, 30'000, false, ""}}, {}, p), (std::vector<Span>{{900, 1000}}))
      << "one that still runs";
}

}  // namespace
}  // namespace orc
