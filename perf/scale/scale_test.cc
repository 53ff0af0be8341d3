// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "cost_model.h"
#include "lab.h"
#include "scale_report.h"
#include "timeline.h"

namespace orc::perf {
namespace {

Exchange exchange(std::size_t host, double commands, double answer) {
  Exchange e;
  e.host = host;
  e.commands = commands;
  e.answer = answer;
  return e;
}

TEST(Timeline, NothingTakesNoTime) { EXPECT_EQ(stage_time({}, {}).length, 0); }

TEST(Timeline, AnExchangeIsServedThenAnswered) {
  Exchange e = exchange(0, 100, 30);
  e.latency = 5;
  const StageTime time = stage_time(std::span(&e, 1), {2, 1, true, 1, 1});
  EXPECT_EQ(time.length, 135);
  EXPECT_EQ(time.server, 100);
}

TEST(Timeline, OneServerServesOneAfterTheOther) {
  const std::vector<Exchange> two = {exchange(0, 100, 0), exchange(0, 100, 0)};
  EXPECT_EQ(stage_time(two, {8, 2, false, 1, 1}).length, 200);
}

TEST(Timeline, HostsWorkAtTheSameTime) {
  const std::vector<Exchange> two = {exchange(0, 100, 0), exchange(1, 100, 0)};
  EXPECT_EQ(stage_time(two, {8, 2, false, 1, 1}).length, 100);
  EXPECT_EQ(stage_time(two, {8, 1, false, 1, 1}).length, 200) << "a worker waits for its answer";
}

TEST(Timeline, AnswersShareTheCores) {
  const std::vector<Exchange> two = {exchange(0, 100, 50), exchange(1, 100, 50)};
  EXPECT_EQ(stage_time(two, {2, 2, false, 1, 1}).length, 150);
  EXPECT_EQ(stage_time(two, {1, 2, false, 1, 1}).length, 200);
}

TEST(Timeline, AServerHereTakesACore) {
  Exchange e = exchange(0, 100, 0);
  e.meanwhile = 60;
  const std::vector<Exchange> one = {e};
  EXPECT_EQ(stage_time(one, {2, 1, true, 1, 1}).length, 100);
  EXPECT_EQ(stage_time(one, {1, 1, true, 1, 1}).length, 160);
  EXPECT_EQ(stage_time(one, {1, 1, false, 1, 1}).length, 100);
}

TEST(Timeline, PassesAreSharedAsFarAsTheModelSays) {
  Exchange e;
  e.passes = 100;
  const std::vector<Exchange> four(4, e);
  EXPECT_EQ(stage_time(four, {8, 4, false, 1, 1}).length, 100);
  EXPECT_EQ(stage_time(four, {8, 4, false, 0, 1}).length, 400);
  EXPECT_EQ(stage_time(four, {8, 4, false, 0.5, 1}).length, 250);
}

TEST(Timeline, ABusyServerTakesLonger) {
  const std::vector<Exchange> one = {exchange(0, 100, 0)};
  EXPECT_EQ(stage_time(one, {2, 1, false, 1, 0.5}).length, 200);
}

TEST(CostModel, FindsTheCostsThatMadeTheObservations) {
  CostModel truth;
  truth.connection = 100'000;
  truth.connection_pane = 2000;
  truth.listed = 15'000;
  truth.capture = 27'000;
  truth.byte = 4;
  truth.byte_pane = 0.06;
  truth.shared = 0.7;
  std::vector<Observation> seen;
  for (const int panes : {50, 1000}) {
    for (const int n : {0, 10, 50, 125}) {
      for (const double bytes : {200.0, 4000.0}) {
        for (const int connections : {1, 4}) {
          Observation o{panes, connections, 0, n * connections, bytes * (n + 1) * connections, 0, 0, 0};
          o.server_ns = truth.server_ns(o);
          o.our_ns = 60'000 + 0.5 * o.bytes;
          seen.push_back(o);
        }
      }
    }
    Observation list{panes, 1, panes, 0, 90.0 * panes, 0, 70'000, 0};
    list.server_ns = truth.server_ns(list);
    seen.push_back(list);
  }
  const CostModel found = fit(seen);
  EXPECT_NEAR(found.capture, truth.capture, 0.02 * truth.capture);
  EXPECT_NEAR(found.listed, truth.listed, 0.05 * truth.listed);
  EXPECT_NEAR(found.shared, truth.shared, 0.05);
  for (const Observation& o : seen) EXPECT_NEAR(found.server_ns(o), o.server_ns, 0.03 * o.server_ns);
}

TEST(CostModel, NoCostIsNegative) {
  const auto x = fit_non_negative({{1, 1}, {1, 2}, {1, 3}}, {10, 8, 6});
  ASSERT_EQ(x.size(), 2u);
  EXPECT_GE(x[0], 0);
  EXPECT_EQ(x[1], 0);
}

TEST(Lab, PaintingPanesAreSpreadAndCounted) {
  int painting = 0;
  for (std::size_t i = 0; i < 1000; ++i) painting += paints(i, 0.05) ? 1 : 0;
  EXPECT_EQ(painting, 50);
  for (std::size_t i = 0; i < 100; ++i) {
    EXPECT_FALSE(paints(i, 0));
    EXPECT_TRUE(paints(i, 1));
  }
}

TEST(ScaleReport, AnErrorNeedsSomethingMeasured) {
  EXPECT_FALSE(error_percent(10, std::nullopt));
  EXPECT_FALSE(error_percent(10, 0));
  EXPECT_DOUBLE_EQ(*error_percent(12, 10), 20);
}

RecordedPane idle_pane() {
  RecordedPane p;
  p.pane.facts.width = 40;
  p.pane.facts.height = 5;
  p.pane.window_name = "shell";
  p.text = p.earlier = "one\ntwo\nthree\nfour\nfive\n";
  return p;
}

SimulatedRound simulate_idle(std::size_t hosts, std::size_t panes, bool warm, double painting) {
  auto classifier = Classifier::build(std::move(*load_rules("")));
  FleetOptions o;
  o.hosts = hosts;
  o.panes_per_host = panes;
  o.warm = warm;
  o.painting = painting;
  o.cores = 2;
  o.classifier = std::move(*classifier);
  CostModel model;
  model.connection = 100'000;
  model.listed = 10'000;
  model.capture = 30'000;
  return simulate(o, model, std::vector<RecordedPane>(20, idle_pane()), 3);
}

TEST(FakeFleet, EveryPaneOfEveryHostIsReadCold) {
  const SimulatedRound r = simulate_idle(3, 100, false, 0);
  EXPECT_EQ(r.panes, 300);
  EXPECT_EQ(r.errors, 0);
  EXPECT_GE(r.captures, 300);
  EXPECT_NEAR(r.cycle, r.list + r.gate + r.capture + r.aggregate, 1e-9);
  EXPECT_GE(r.server_cpu, 3 * (0.1 + 100 * (0.010 + 0.030)));
}

TEST(FakeFleet, WarmOnlyWhatPaintsIsReadAgain) {
  const SimulatedRound r = simulate_idle(2, 100, true, 0.05);
  EXPECT_EQ(r.panes, 200);
  EXPECT_EQ(r.errors, 0);
  EXPECT_GE(r.captures, 10);
  EXPECT_LE(r.captures, 20);
}

}  // namespace
}  // namespace orc::perf
