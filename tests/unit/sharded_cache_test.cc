// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/cache/sharded_cache.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "support/manual_clock.h"

namespace orc {
namespace {

using std::chrono::seconds;
using test::ManualClock;

using Cache = ShardedCache<int, std::string>;

std::optional<std::string> get(Cache& cache, int key, const ManualClock& clock) {
  return cache.get_if(key, clock.steady(), [](const std::string&) { return true; });
}

// One shard, so that what is evicted does not depend on the hash.
constexpr std::size_t kOneShard = 1;

TEST(ShardedCache, GivesBackWhatWasPut) {
  ManualClock clock;
  Cache cache(EvictionStrategy::kTtl, 100, seconds(10));
  EXPECT_EQ(get(cache, 1, clock), std::nullopt);
  cache.put(1, "one", clock.steady());
  EXPECT_EQ(get(cache, 1, clock), "one");
  cache.put(1, "uno", clock.steady());
  EXPECT_EQ(get(cache, 1, clock), "uno");
  cache.erase(1);
  EXPECT_EQ(get(cache, 1, clock), std::nullopt);
  cache.erase(1);
}

TEST(ShardedCache, EntriesDieAtTheirTimeToLive) {
  ManualClock clock;
  Cache cache(EvictionStrategy::kLru, 100, seconds(10));
  cache.put(1, "one", clock.steady());
  clock.advance_ms(9'999);
  EXPECT_TRUE(get(cache, 1, clock));
  clock.advance_ms(1);  // reading does not prolong life
  EXPECT_FALSE(get(cache, 1, clock));
  const auto f = cache.figures();
  EXPECT_EQ(f.expiries, 1u);
  EXPECT_EQ(f.entries, 0u);
}

TEST(ShardedCache, PutAgainBeginsANewLife) {
  ManualClock clock;
  Cache cache(EvictionStrategy::kTtl, 100, seconds(10));
  cache.put(1, "one", clock.steady());
  clock.advance_s(9);
  cache.put(1, "uno", clock.steady());
  clock.advance_s(9);
  EXPECT_EQ(get(cache, 1, clock), "uno");
}

TEST(ShardedCache, LruEvictsWhatWasNotUsedForLongest) {
  ManualClock clock;
  Cache cache(EvictionStrategy::kLru, 3, seconds(10), kOneShard);
  for (const int key : {1, 2, 3}) cache.put(key, "v", clock.steady());
  EXPECT_TRUE(get(cache, 1, clock));
  cache.put(4, "v", clock.steady());
  EXPECT_FALSE(get(cache, 2, clock));
  for (const int key : {1, 3, 4}) EXPECT_TRUE(get(cache, key, clock)) << key;
}

TEST(ShardedCache, LfuEvictsWhatWasUsedLeastOften) {
  ManualClock clock;
  Cache cache(EvictionStrategy::kLfu, 3, seconds(10), kOneShard);
  for (const int key : {1, 2, 3}) cache.put(key, "v", clock.steady());
  for (int i = 0; i < 3; ++i) get(cache, 1, clock);
  for (int i = 0; i < 2; ++i) get(cache, 3, clock);
  get(cache, 2, clock);  // used last, but least often
  cache.put(4, "v", clock.steady());
  EXPECT_FALSE(get(cache, 2, clock));
  for (const int key : {1, 3, 4}) EXPECT_TRUE(get(cache, key, clock)) << key;
}

TEST(ShardedCache, TtlEvictsWhatWasPutFirstHoweverMuchItIsUsed) {
  ManualClock clock;
  Cache cache(EvictionStrategy::kTtl, 3, seconds(10), kOneShard);
  for (const int key : {1, 2, 3}) cache.put(key, "v", clock.steady());
  for (int i = 0; i < 5; ++i) get(cache, 1, clock);
  cache.put(4, "v", clock.steady());
  EXPECT_FALSE(get(cache, 1, clock));
  for (const int key : {2, 3, 4}) EXPECT_TRUE(get(cache, key, clock)) << key;
}

TEST(ShardedCache, NeverHoldsMuchMoreThanItsSize) {
  for (const auto strategy : {EvictionStrategy::kLru, EvictionStrategy::kLfu, EvictionStrategy::kTtl}) {
    ManualClock clock;
    Cache cache(strategy, 64, seconds(10));
    for (int key = 0; key < 10'000; ++key) cache.put(key, "v", clock.steady());
    const auto f = cache.figures();
    EXPECT_LE(f.entries, 64u);
    EXPECT_EQ(f.evictions, 10'000u - f.entries);
  }
}

// A thousand panes in a cache for a thousand: 40 were evicted in each round while each shard had a bound of
// its own.
TEST(ShardedCache, AsManyKeysFitAsThereArePlaces) {
  ManualClock clock;
  Cache cache(EvictionStrategy::kTtl, 1000, seconds(10));
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 1000; ++i) cache.put(i, "x", clock.steady());
  }
  EXPECT_EQ(cache.figures().entries, 1000u);
  EXPECT_EQ(cache.figures().evictions, 0u);
  cache.put(1000, "x", clock.steady());
  EXPECT_EQ(cache.figures().evictions, 1u);
  EXPECT_EQ(cache.figures().entries, 1000u);
  for (int i = 0; i < 500; ++i) cache.erase(i);
  cache.clear();
  for (int i = 0; i < 1000; ++i) cache.put(i, "x", clock.steady());
  EXPECT_EQ(cache.figures().evictions, 1u) << "what was erased left its place";
}

TEST(ShardedCache, ReplacingNeedsNoEviction) {
  ManualClock clock;
  Cache cache(EvictionStrategy::kLru, 2, seconds(10), kOneShard);
  for (int i = 0; i < 10; ++i) {
    cache.put(1, "a", clock.steady());
    cache.put(2, "b", clock.steady());
  }
  EXPECT_EQ(cache.figures().evictions, 0u);
  EXPECT_EQ(cache.figures().entries, 2u);
}

TEST(ShardedCache, CountsHitsAndMisses) {
  ManualClock clock;
  Cache cache(EvictionStrategy::kLru, 10, seconds(10));
  cache.put(1, "one", clock.steady());
  get(cache, 1, clock);
  get(cache, 1, clock);
  get(cache, 2, clock);
  EXPECT_EQ(cache.get_if(1, clock.steady(), [](const std::string&) { return false; }), std::nullopt);
  auto f = cache.figures();
  EXPECT_EQ(f.hits, 2u);
  EXPECT_EQ(f.misses, 2u);
  EXPECT_EQ(f.entries, 1u);
  cache.clear();
  f = cache.figures();
  EXPECT_EQ(f.entries, 0u);
  EXPECT_EQ(f.hits, 2u);  // counted since construction
}

TEST(ShardedCache, ASizeOfNoughtOrOneWorks) {
  ManualClock clock;
  for (const std::size_t size : {0u, 1u}) {
    Cache cache(EvictionStrategy::kLfu, size, seconds(10));
    cache.put(1, "one", clock.steady());
    cache.put(2, "two", clock.steady());
    EXPECT_EQ(get(cache, 2, clock), "two");
    EXPECT_LE(cache.figures().entries, 1u);
  }
}

TEST(ShardedCache, ThreadsGetOnlyWhatBelongsToTheirKey) {
  const ManualClock clock;
  Cache cache(EvictionStrategy::kLru, 200, seconds(10));
  constexpr int kThreads = 4, kSteps = 5000;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&cache, &clock, t] {
        for (int i = 0; i < kSteps; ++i) {
          const int key = (i * (t + 1)) % 300;
          cache.put(key, std::to_string(key), clock.steady());
          if (const auto value = get(cache, key, clock)) {
            ASSERT_EQ(*value, std::to_string(key));
          }
          if (i % 500 == 0) cache.clear();
          if (i % 7 == 0) cache.erase(key);
        }
      });
    }
  }
  const auto f = cache.figures();
  EXPECT_EQ(f.hits + f.misses, static_cast<std::uint64_t>(kThreads) * kSteps);
  EXPECT_LE(f.entries, 208u);  // 16 shards, each rounded up
}

}  // namespace
}  // namespace orc
