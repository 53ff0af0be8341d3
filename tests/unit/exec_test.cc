// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <iterator>
#include <memory>
#include <set>
#include <thread>

#include "tmux_orc/exec/channel.h"
#include "tmux_orc/exec/executor.h"

namespace orc {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

// Without waiting: whatever is there now.
template <typename T>
std::vector<T> take(Channel<T>& channel, std::size_t max) {
  std::vector<T> out;
  channel.pop_bulk(std::back_inserter(out), max, std::chrono::microseconds(0));
  return out;
}

TEST(Channel, IsFirstInFirstOutPerProducer) {
  Channel<int> channel(10);
  Channel<int>::Producer producer(channel);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(producer.push(int{i}));
  EXPECT_THAT(take(channel, 3), ElementsAre(0, 1, 2));
  EXPECT_THAT(take(channel, 10), ElementsAre(3, 4));
  EXPECT_THAT(take(channel, 10), IsEmpty());
}

TEST(Channel, IsFullAtItsCapacityAndTakesMoreAfterAPop) {
  Channel<int> channel(3);
  Channel<int>::Producer producer(channel);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(producer.push(int{i}));
  EXPECT_FALSE(producer.push(99));
  EXPECT_THAT(take(channel, 1), ElementsAre(0));
  EXPECT_TRUE(producer.push(3));
  EXPECT_FALSE(producer.push(99));
  EXPECT_THAT(take(channel, 10), ElementsAre(1, 2, 3));
}

TEST(Channel, ARefusedValueIsUntouched) {
  Channel<std::unique_ptr<int>> channel(1);
  Channel<std::unique_ptr<int>>::Producer producer(channel);
  ASSERT_TRUE(producer.push(std::make_unique<int>(1)));
  auto value = std::make_unique<int>(2);
  EXPECT_FALSE(producer.push(std::move(value)));
  ASSERT_NE(value, nullptr);  // NOLINT(bugprone-use-after-move): that is the contract
}

TEST(Channel, AWaitingConsumerIsWoken) {
  Channel<int> channel(10);
  std::vector<int> got;
  std::jthread consumer([&] { channel.pop_bulk(std::back_inserter(got), 10, std::chrono::seconds(30)); });
  Channel<int>::Producer producer(channel);
  ASSERT_TRUE(producer.push(7));
  consumer.join();
  EXPECT_THAT(got, ElementsAre(7));
}

TEST(Channel, ManyProducersAndConsumersLoseAndDoubleNothing) {
  constexpr int kProducers = 6, kEach = 4000, kAll = kProducers * kEach;
  Channel<int> channel(kAll);
  std::vector<std::vector<int>> got(2);
  std::atomic<int> taken{0};
  {
    std::vector<std::jthread> threads;
    for (int p = 0; p < kProducers; ++p) {
      threads.emplace_back([&channel, p] {
        Channel<int>::Producer producer(channel);
        for (int i = 0; i < kEach; ++i) ASSERT_TRUE(producer.push(p * kEach + i));
      });
    }
    for (auto& mine : got) {
      threads.emplace_back([&] {
        while (taken < kAll) {
          taken += static_cast<int>(channel.pop_bulk(std::back_inserter(mine), 64, milliseconds(1)));
        }
      });
    }
  }
  std::set<int> all;
  for (const auto& mine : got) {
    std::vector<int> last(kProducers, -1);
    for (const int value : mine) {
      EXPECT_TRUE(all.insert(value).second);
      int& before = last[static_cast<std::size_t>(value / kEach)];
      EXPECT_LT(before, value);  // order of one producer
      before = value;
    }
  }
  EXPECT_EQ(all.size(), static_cast<std::size_t>(kAll));
}

struct Kind {
  const char* name;
  std::unique_ptr<Executor> (*make)(int width);
  bool sync;
};

std::vector<Kind> kinds() {
  std::vector<Kind> out = {{"Inline", [](int) { return make_inline_executor(); }, true},
                           {"Arena", make_arena_executor, false}};
  return out;
}

class EveryExecutor : public testing::TestWithParam<Kind> {};
INSTANTIATE_TEST_SUITE_P(Exec, EveryExecutor, testing::ValuesIn(kinds()),
                         [](const auto& p) { return p.param.name; });

TEST_P(EveryExecutor, RunsEveryJobOnceAndMeanwhileOnceHere) {
  for (const int width : {1, 2, 8}) {
    const auto executor = GetParam().make(width);
    for (const std::size_t count : {0u, 1u, 2u, 7u, 500u}) {
      std::vector<std::atomic<int>> runs(count);
      int meanwhile = 0;
      std::thread::id where;
      executor->run(
          count, [&](std::size_t i) { ++runs[i]; },
          [&] {
            ++meanwhile;
            where = std::this_thread::get_id();
          });
      for (const auto& n : runs) EXPECT_EQ(n, 1);
      EXPECT_EQ(meanwhile, 1);
      EXPECT_EQ(where, std::this_thread::get_id());
    }
  }
}

TEST_P(EveryExecutor, MeanwhileMayWaitForTheJobs) {
  for (const int width : {1, 4}) {
    const auto executor = GetParam().make(width);
    for (int round = 0; round < 50; ++round) {
      constexpr std::size_t kJobs = 20;
      Channel<std::size_t> channel(kJobs);
      std::vector<std::size_t> got;
      executor->run(
          kJobs,
          [&](std::size_t i) {
            Channel<std::size_t>::Producer out(channel);
            out.push(std::size_t{i});
          },
          [&] {
            while (got.size() < kJobs) channel.pop_bulk(std::back_inserter(got), kJobs, milliseconds(100));
          });
      EXPECT_EQ(got.size(), kJobs);
    }
  }
}

TEST_P(EveryExecutor, NoMoreJobsAtOnceThanItsWidth) {
  const auto executor = GetParam().make(3);
  std::atomic<int> now{0}, most{0};
  executor->run(
      200,
      [&](std::size_t) {
        const int n = ++now;
        int seen = most;
        while (seen < n && !most.compare_exchange_weak(seen, n)) {
        }
        std::this_thread::yield();
        --now;
      },
      [] {});
  EXPECT_LE(most, 3);
}

TEST(InlineExecutor, RunsInOrderAndMeanwhileLast) {
  std::vector<int> order;
  make_inline_executor()->run(
      3, [&](std::size_t i) { order.push_back(static_cast<int>(i)); }, [&] { order.push_back(99); });
  EXPECT_THAT(order, ElementsAre(0, 1, 2, 99));
}

TEST(ArenaExecutor, ReallyRunsJobsBesideMeanwhile) {
  // A job and meanwhile() each wait for the other: one thread alone would never end.
  const auto executor = make_arena_executor(2);
  std::atomic<bool> job_started{false}, meanwhile_started{false};
  executor->run(
      2,
      [&](std::size_t) {
        job_started = true;
        job_started.notify_all();
        meanwhile_started.wait(false);
      },
      [&] {
        job_started.wait(false);
        meanwhile_started = true;
        meanwhile_started.notify_all();
      });
  SUCCEED();
}

}  // namespace
}  // namespace orc
