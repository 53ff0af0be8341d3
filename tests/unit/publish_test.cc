// SPDX-License-Identifier: Apache-2.0
// Records, health and JSON.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "push_format.h"
#include "tmux_orc/figures/health.h"
#include "tmux_orc/figures/json.h"
#include "tmux_orc/figures/records.h"
#include "tmux_orc/figures/round_table.h"

namespace orc {
namespace {

RoundRecord record(std::int64_t at_ms, double cycle_ms) {
  RoundRecord r;
  r.at_ms = at_ms;
  r.round.phase.total = cycle_ms;
  r.round.panes = 100;
  r.round.pool = {20, 5, 0};
  r.servers = r.reachable = 1;
  r.process.cpu_s = 0.1;  // a tenth of a core, a round a second
  r.process.resident_mb = 12;
  return r;
}

const HealthLine& line(const std::vector<HealthLine>& lines, const std::string& name) {
  for (const HealthLine& l : lines) {
    if (l.name == name) return l;
  }
  throw std::runtime_error("no line " + name);
}

TEST(Percentiles, NearestRank) {
  std::vector<double> values;
  for (int i = 100; i >= 1; --i) values.push_back(i);
  const Percentiles p = percentiles(values);
  EXPECT_EQ(p.p50, 50);
  EXPECT_EQ(p.p95, 95);
  EXPECT_EQ(p.p99, 99);
  EXPECT_EQ(p.min, 1);
  EXPECT_EQ(p.max, 100);
  EXPECT_EQ(percentiles({7}).p50, 7);
  EXPECT_EQ(percentiles({7}).p99, 7);
  EXPECT_EQ(percentiles({1, 2}).p50, 1);
  EXPECT_EQ(percentiles({1, 2}).p95, 2);
  EXPECT_EQ(percentiles({}).p50, 0);
  EXPECT_EQ(percentiles({}).p99, 0);
}

TEST(Window, SumsUpRounds) {
  std::vector<RoundRecord> records = {record(0, 10), record(1000, 30), record(2000, 20)};
  records[1].round.errors = 3;
  const Window w = summarize(records);
  EXPECT_EQ(w.rounds, 3u);
  EXPECT_EQ(w.seconds, 2);
  EXPECT_EQ(w.cycle_ms.p50, 20);
  EXPECT_EQ(w.cycle_ms.max, 30);
  EXPECT_NEAR(w.cpu_percent, 10, 1e-9);
  EXPECT_NEAR(w.error_percent, 1, 1e-9);  // 3 of 300 looks
  records[2].servers = 2;                 // the round's error is the server that is away, not a look
  records[2].round.errors = 1;
  EXPECT_NEAR(summarize(records).error_percent, 1, 1e-9);
  records[2].servers = 1;
  records[2].reachable = 0;  // none is reached: all looks of the round failed
  EXPECT_NEAR(summarize(records).error_percent, 100.0 * 103 / 300, 1e-9);
  EXPECT_EQ(w.pool_percent, 25);
  EXPECT_EQ(summarize({}).rounds, 0u);
  EXPECT_LT(summarize({record(0, 1)}).cpu_percent, 0) << "one round says nothing of the CPU";
}

TEST(RecentRounds, KeepsTheNewest) {
  RecentRounds recent(3);
  for (int i = 0; i < 5; ++i) recent.add(record(i, i));
  const auto last = recent.last(10);
  ASSERT_EQ(last.size(), 3u);
  EXPECT_EQ(last.front().at_ms, 2);
  EXPECT_EQ(recent.last(1).front().at_ms, 4);
}

TEST(RecentRounds, CountsEveryLookAlsoOfRoundsThatItLetGo) {
  RecentRounds recent(1);
  for (int i = 0; i < 3; ++i) {
    RoundRecord r = record(i, 1);
    r.round.cache.pane_content = {10, 2, 1, 0, 7};
    recent.add(r);
  }
  EXPECT_EQ(recent.looks().pane_content.hits, 30u);
  EXPECT_EQ(recent.looks().pane_content.misses, 6u);
  EXPECT_EQ(recent.looks().pane_content.entries, 7u) << "what is in it now";
}

TEST(RoundTable, EachColumnAndEachPlaceInJsonIsThereOnce) {
  std::set<std::string_view> columns, rolled, places, counters;
  for (const RoundFigure& f : round_figures()) {
    EXPECT_EQ(f.is_kept(), f.value != nullptr) << f.column;
    EXPECT_EQ(f.json.empty(), f.field == nullptr) << f.json;
    EXPECT_TRUE(f.is_kept() || !f.is_rolled()) << f.column;
    EXPECT_TRUE(!f.is_kept() || columns.insert(f.column).second) << f.column;
    EXPECT_TRUE(!f.is_rolled() || rolled.insert(f.name_in_rollup()).second) << f.name_in_rollup();
    EXPECT_TRUE(f.json.empty() || places.insert(f.json).second) << f.json;
    EXPECT_TRUE(f.metric.empty() || counters.insert(f.metric).second) << f.metric;
  }
  EXPECT_TRUE(rolled.contains("async_rounds"));
}

TEST(RoundTable, AServerThatIsNotReachedIsNoFailedLook) {
  RoundRecord r = record(0, 1);
  r.servers = 2;
  r.round.errors = 3;
  std::map<std::string_view, std::int64_t> values;
  for (const RoundFigure& f : round_figures()) {
    if (f.is_kept()) values[f.column] = f.value(r);
  }
  EXPECT_EQ(values["errors"], 2);
  EXPECT_EQ(values["unreached"], 1);
  EXPECT_EQ(values["total_us"], 1000);
}

TEST(HitFigures, ScreensThatChangedAreNoFaultOfTheCache) {
  CacheFigures looks;
  looks.pane_content = {50, 50, 0, 10, 0};  // half of the panes had to be looked at
  looks.agent_status = {10, 40, 0, 0, 0};   // 40 of them really changed
  EXPECT_EQ(hit_figures(looks).unchanged_rate, 1);
  EXPECT_EQ(hit_figures(looks).content_rate, 0.5);
  looks.agent_status.evictions = 20;  // pushed out though unchanged
  EXPECT_EQ(hit_figures(looks).unchanged_rate, 0.75);
  EXPECT_LT(hit_figures({}).unchanged_rate, 0) << "nothing was looked at";
}

TEST(Health, JudgesAgainstTargetAndAlert) {
  Window w = summarize({record(0, 10), record(1000, 10)});
  HealthFacts facts;
  facts.servers = facts.reachable = 1;
  const Thresholds t;
  EXPECT_EQ(worst(judge(w, t, facts)), Level::kOk);
  for (const auto& [ms, level] : {std::pair(499.0, Level::kOk), std::pair(700.0, Level::kWarned),
                                  std::pair(1001.0, Level::kCritical)}) {
    w.cycle_ms.p95 = ms;
    EXPECT_EQ(line(judge(w, t, facts), "Cycle time").level, level) << ms;
  }
  w.cycle_ms.p95 = 1;
  for (const auto& [rate, level] : {std::pair(0.71, Level::kOk), std::pair(0.65, Level::kWarned),
                                    std::pair(0.59, Level::kCritical), std::pair(-1.0, Level::kOk)}) {
    w.hits.unchanged_rate = rate;
    EXPECT_EQ(line(judge(w, t, facts), "Cache hit rate").level, level) << rate;
  }
}

TEST(Health, AStandstillIsCriticalAMissingServerOnlyIfItIsTheLast) {
  const Window w = summarize({record(0, 10), record(1000, 10)});
  HealthFacts facts;
  facts.servers = 2;
  facts.reachable = 1;
  EXPECT_EQ(worst(judge(w, {}, facts)), Level::kWarned);
  facts.reachable = 0;
  EXPECT_EQ(line(judge(w, {}, facts), "Servers").level, Level::kCritical) << "nobody is watched";
  facts.reachable = 1;
  facts.last_round_age_s = facts.allowed_age_s + 1;
  EXPECT_EQ(line(judge(w, {}, facts), "Last round").level, Level::kCritical);
}

TEST(Health, ProblemsAreWarned) {
  HealthFacts facts;
  facts.problems = {"no room"};
  EXPECT_EQ(line(judge({}, {}, facts), "Problem").level, Level::kWarned);
}

Snapshot some_snapshot() {
  Snapshot s;
  s.at_ms = 1234;
  s.servers.push_back({"d", "native", "3.3a", "a note", true});
  AgentStatus a;
  a.pane.key = {0xfedcba9876543210ull, 7};
  a.pane.session = "s";
  a.pane.window_index = 2;
  a.pane.pane_index = 1;
  a.pane.window_name = "w";
  a.pane.role = Role::kPm;
  a.verdict = {"claude", State::kWaiting, "edit", "claude/edit", 0.9};
  a.verdict.asks =
      Ask{"edit", "Apply this?", "main.c\n+ one", {{"1", "Yes"}, {"", "No"}}, 1, 0xfedcba9876543211ull};
  a.since_ms = 99;
  a.since_exact = true;
  s.agents.push_back(a);
  s.counts[State::kWaiting] = 1;
  s.round.number = 5;
  s.round.mode = "async";
  s.round.rollout = 0.5;
  s.round.sync_path = {3, 2, 1.5};
  s.round.phase.total = 2.25;
  s.round.cache.agent_status.evictions = 4;
  s.round.pool = {20, 3, 8};
  return s;
}

TEST(Json, ASnapshotComesBackAsItWas) {
  const Snapshot s = some_snapshot();
  const auto back = snapshot_from_json(nlohmann::ordered_json::parse(dump(to_json(s))));
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(dump(to_json(*back)), dump(to_json(s)));
  EXPECT_EQ(back->agents[0].pane.key, s.agents[0].pane.key);
  EXPECT_EQ(back->agents[0].verdict, s.agents[0].verdict);
  EXPECT_EQ(back->round.sync_path.captures, 2u);
}

TEST(Json, RecordsWindowsAndHealthComeBackToo) {
  RoundRecord r = record(5, 10);
  r.counts[State::kIdle] = 2;
  EXPECT_EQ(dump(to_json(*record_from_json(to_json(r)))), dump(to_json(r)));
  const Window w = summarize({record(0, 1), record(1000, 2)});
  EXPECT_EQ(dump(to_json(*window_from_json(to_json(w)))), dump(to_json(w)));
  const auto lines = judge(w, {}, {});
  EXPECT_EQ(dump(to_json(*health_from_json(to_json(lines)))), dump(to_json(lines)));
}

TEST(Json, AnotherFormIsAnErrorNotACrash) {
  for (const char* text :
       {"null", "[]", "{}", "3", R"({"at_ms": "x"})", R"({"at_ms": 1, "servers": 3})",
        R"({"at_ms": 1, "servers": [], "counts": {}, "agents": [{"pane": ""}], "round": {}})"}) {
    EXPECT_FALSE(snapshot_from_json(nlohmann::ordered_json::parse(text)).has_value()) << text;
    EXPECT_FALSE(window_from_json(nlohmann::ordered_json::parse(text)).has_value()) << text;
    EXPECT_FALSE(record_from_json(nlohmann::ordered_json::parse(text)).has_value()) << text;
  }
  EXPECT_FALSE(parse_json("{\"a\":").has_value());
}

TEST(PushFormat, NtfyAndPushoverOpenThePageAtTheAgent) {
  const std::string one =
      R"({"text":"Agents report","summary":"a waits","items":[{"concern":"waiting","pane":"%5"}]})";
  NotifyChannel c;
  c.url = "https://ntfy.example/my-topic";
  c.click = "https://box.example/";
  EXPECT_EQ(webhook_request(c, one).url, c.url);
  c.format = "ntfy";
  const WebhookRequest ntfy = webhook_request(c, one);
  EXPECT_EQ(ntfy.url, "https://ntfy.example/");
  EXPECT_EQ(ntfy.body, R"({"topic":"my-topic","title":"a waits","message":"Agents report","priority":4,)"
                       R"("click":"https://box.example/#pane=%255"})");
  c.format = "pushover";
  c.url = "https://api.pushover.net/1/messages.json";
  c.token = "t";
  c.user = "u";
  const WebhookRequest pushover = webhook_request(c, R"({"text":"x","summary":"y","items":[{},{}]})");
  EXPECT_EQ(pushover.url, c.url);
  EXPECT_EQ(pushover.body, R"({"token":"t","user":"u","title":"y","message":"x","priority":0,)"
                           R"("url":"https://box.example/","url_title":"Open the page"})");
}

const char* const kQuestion =
    R"({"text":"t","summary":"s","items":[{"concern":"waiting","pane":"%5","server_id":"00000000000000ab",)"
    R"("asks":{"id":"00000000000000cd","line":"run `make`?","options":[{"key":"1","text":"Yes"},)"
    R"({"key":"2","text":"Always"},{"key":"","text":"No"},{"key":"4","text":"Later"}]}}]})";

TEST(PushFormat, AButtonOpensThePageWithItsOptionChosen) {
  NotifyChannel c;
  c.url = "https://ntfy.example/my-topic";
  c.format = "ntfy";
  c.page = "https://box.example/";
  c.answers = true;
  const auto j = parse_json(webhook_request(c, kQuestion).body).value();
  const std::string at = "https://box.example/#pane=%255&server=00000000000000ab";
  EXPECT_EQ(j["click"], at);
  ASSERT_EQ(j["actions"].size(), 3u) << "ntfy takes no more";
  EXPECT_EQ(dump(j["actions"][0]), R"({"action":"view","label":"1. Yes","url":")" + at +
                                       R"(&ask=00000000000000cd&option=1","clear":true})");
  EXPECT_EQ(j["actions"][2]["label"], "No");
  c.format = "pushover";
  EXPECT_EQ(parse_json(webhook_request(c, kQuestion).body).value()["url_title"], "Answer on the page");
}

TEST(PushFormat, NoButtonsWhereThePageAnswersNothingOrIsNowhere) {
  NotifyChannel c;
  c.url = "https://ntfy.example/my-topic";
  c.format = "ntfy";
  c.page = "https://box.example/";
  const auto actions = [&](const std::string& json) {
    return parse_json(webhook_request(c, json).body).value().contains("actions");
  };
  EXPECT_FALSE(actions(kQuestion)) << "api.answer is off";
  c.answers = true;
  EXPECT_TRUE(actions(kQuestion));
  EXPECT_FALSE(actions(R"({"items":[{"concern":"waiting","pane":"%5","asks":null}]})"));
  EXPECT_FALSE(actions(R"({"items":[{"concern":"crashed","pane":"%5","asks":{"id":"1"}}]})"));
  EXPECT_FALSE(actions(R"({"items":[{},{}]})"));
  c.page = "";
  EXPECT_FALSE(actions(kQuestion));
}

}  // namespace
}  // namespace orc
