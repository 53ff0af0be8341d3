// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/cache/verdict_cache.h"

#include <gtest/gtest.h>

#include "support/manual_clock.h"
#include "tmux_orc/evidence/keys.h"

namespace orc {
namespace {

using test::ManualClock;

class VerdictCacheTest : public testing::Test {
 protected:
  static PaneFacts facts() {
    PaneFacts f;
    f.window = 3;
    f.pid = 400;
    f.width = 80;
    f.height = 24;
    f.activity_s = 999;
    f.history = 12;
    f.cursor_x = 4;
    f.cursor_y = 20;
    f.title = "title";
    return f;
  }
  static Gate gate(const PaneFacts& f = facts()) {
    PaneRef pane;
    pane.facts = f;
    PaneEvidence listed;
    take_facts(pane, listed);
    return gate_of(listed, 0);
  }
  // The listing that gave facts() was sent in second 1000, after the pane's last output in second 999.
  void remember(VerdictCache& cache, const PaneFacts& f = facts()) {
    cache.remember(pane_, gate(f), 1000, 77, verdict_, clock_.steady());
  }

  ManualClock clock_;
  const PaneKey pane_{1, 5};
  const Verdict verdict_{"claude", State::kWaiting, "edit", "claude/approve-edit", 0.9};
  VerdictCache cache_{{true, 30, 1000, EvictionStrategy::kLru}};
};

TEST_F(VerdictCacheTest, EqualFactsAndOldActivityAreAHit) {
  EXPECT_EQ(cache_.unchanged(pane_, gate(), clock_.steady()), std::nullopt);
  remember(cache_);
  EXPECT_EQ(cache_.unchanged(pane_, gate(), clock_.steady()), verdict_);
  EXPECT_EQ(cache_.unchanged({1, 6}, gate(), clock_.steady()), std::nullopt);
  EXPECT_EQ(cache_.unchanged({2, 5}, gate(), clock_.steady()), std::nullopt);  // same id, another server
}

TEST_F(VerdictCacheTest, ActivityInTheListingsOwnSecondIsAMiss) {
  for (const std::int64_t activity : {1000, 1001}) {
    PaneFacts f = facts();
    f.activity_s = activity;
    remember(cache_, f);
    EXPECT_EQ(cache_.unchanged(pane_, gate(f), clock_.steady()), std::nullopt) << activity;
  }
}

TEST_F(VerdictCacheTest, AnyChangedFactIsAMiss) {
  const std::pair<const char*, void (*)(PaneFacts&)> changes[] = {
      {"window", [](PaneFacts& f) { ++f.window; }},
      {"pid", [](PaneFacts& f) { ++f.pid; }},
      {"width", [](PaneFacts& f) { ++f.width; }},
      {"height", [](PaneFacts& f) { ++f.height; }},
      {"activity", [](PaneFacts& f) { --f.activity_s; }},
      {"history", [](PaneFacts& f) { ++f.history; }},
      {"cursor_x", [](PaneFacts& f) { ++f.cursor_x; }},
      {"cursor_y", [](PaneFacts& f) { ++f.cursor_y; }},
      {"cursor_visible", [](PaneFacts& f) { f.cursor_visible = !f.cursor_visible; }},
      {"alternate", [](PaneFacts& f) { f.alternate = !f.alternate; }},
      {"dead", [](PaneFacts& f) { f.dead = !f.dead; }},
      {"dead_status", [](PaneFacts& f) { f.dead_status = 0; }},
      {"title", [](PaneFacts& f) { f.title += "."; }},
  };
  remember(cache_);
  for (const auto& [name, change] : changes) {
    PaneFacts f = facts();
    change(f);
    EXPECT_EQ(cache_.unchanged(pane_, gate(f), clock_.steady()), std::nullopt) << name;
  }
  EXPECT_EQ(cache_.unchanged(pane_, gate(), clock_.steady()), verdict_);
}

TEST_F(VerdictCacheTest, TheTimeToLiveBoundsTheGate) {
  remember(cache_);
  clock_.advance_ms(29'999);
  EXPECT_TRUE(cache_.unchanged(pane_, gate(), clock_.steady()));
  clock_.advance_ms(1);
  EXPECT_FALSE(cache_.unchanged(pane_, gate(), clock_.steady()));
}

TEST_F(VerdictCacheTest, SameTextNeedsTheSameFingerprint) {
  remember(cache_);
  EXPECT_EQ(cache_.same_text(pane_, 77, clock_.steady()), verdict_);
  EXPECT_EQ(cache_.same_text(pane_, 78, clock_.steady()), std::nullopt);
  EXPECT_EQ(cache_.same_text({1, 6}, 77, clock_.steady()), std::nullopt);
}

TEST_F(VerdictCacheTest, SameTextOutlivesTheGateButNotForEver) {
  remember(cache_);
  clock_.advance_s(31);
  EXPECT_FALSE(cache_.unchanged(pane_, gate(), clock_.steady()));
  EXPECT_TRUE(cache_.same_text(pane_, 77, clock_.steady()));
  clock_.advance_s(600);
  EXPECT_FALSE(cache_.same_text(pane_, 77, clock_.steady()));
}

TEST_F(VerdictCacheTest, ForgetAndClearDropBothLayers) {
  remember(cache_);
  cache_.forget(pane_);
  EXPECT_FALSE(cache_.unchanged(pane_, gate(), clock_.steady()));
  EXPECT_FALSE(cache_.same_text(pane_, 77, clock_.steady()));
  remember(cache_);
  cache_.clear();
  EXPECT_FALSE(cache_.unchanged(pane_, gate(), clock_.steady()));
  EXPECT_FALSE(cache_.same_text(pane_, 77, clock_.steady()));
}

TEST_F(VerdictCacheTest, OffMeansOff) {
  VerdictCache off({false, 30, 1000, EvictionStrategy::kLru});
  remember(off);
  EXPECT_FALSE(off.unchanged(pane_, gate(), clock_.steady()));
  EXPECT_FALSE(off.same_text(pane_, 77, clock_.steady()));
  EXPECT_EQ(off.figures().pane_content.entries, 0u);
}

TEST_F(VerdictCacheTest, CountsEachLayer) {
  remember(cache_);
  cache_.unchanged(pane_, gate(), clock_.steady());
  cache_.same_text(pane_, 78, clock_.steady());
  const auto f = cache_.figures();
  EXPECT_EQ(f.pane_content.hits, 1u);
  EXPECT_EQ(f.pane_content.entries, 1u);
  EXPECT_EQ(f.agent_status.hits, 0u);
  EXPECT_EQ(f.agent_status.misses, 1u);
}

}  // namespace
}  // namespace orc
