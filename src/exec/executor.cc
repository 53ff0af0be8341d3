// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/exec/executor.h"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <latch>
#include <thread>
#include <vector>

namespace orc {
namespace {

class InlineExecutor final : public Executor {
 public:
  void run(std::size_t count, const std::function<void(std::size_t)>& job,
           const std::function<void()>& meanwhile) override {
    for (std::size_t i = 0; i < count; ++i) job(i);
    meanwhile();
  }
};

class ArenaExecutor final : public Executor {
 public:
  // One slot is reserved for the caller, who drains verdicts and never takes a job: without it a job could
  // block in poll() on the thread that must empty the queue.
  explicit ArenaExecutor(int width)
      : width_(width),
        control_(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(width) + 1),
        arena_(width + 1, 1) {
    arena_.initialize();  // while the full width is allowed, or oneTBB warns later that it is not
  }

  void run(std::size_t count, const std::function<void(std::size_t)>& job,
           const std::function<void()>& meanwhile) override {
    if (count == 1) {  // nothing to fan out: waking a worker costs more than it gives
      job(0);
      meanwhile();
      return;
    }
    // An arena wider than the cores runs at the cores' width unless a global_control allows more (oneTBB
    // 2021.8). And an enqueued task wakes every worker allowed, who then spin for work: 20 of them for 2 jobs
    // on 2 cores cost 1.4 ms of CPU and 0.4 ms of time a round. So as many as there are jobs, no more.
    const tbb::global_control control(tbb::global_control::max_allowed_parallelism,
                                      std::min(count, static_cast<std::size_t>(width_)) + 1);
    std::latch done(static_cast<std::ptrdiff_t>(count));
    for (std::size_t i = 0; i < count; ++i) {
      arena_.enqueue([&job, &done, i] {
        job(i);
        done.count_down();
      });
    }
    meanwhile();
    done.wait();
  }

 private:
  const int width_;
  tbb::global_control control_;
  tbb::task_arena arena_;
};

class ThreadExecutor final : public Executor {
 public:
  explicit ThreadExecutor(int width) : width_(width) {}
  void run(std::size_t count, const std::function<void(std::size_t)>& job,
           const std::function<void()>& meanwhile) override {
    std::atomic<std::size_t> next{0};
    std::vector<std::jthread> threads;
    const auto workers = std::min<std::size_t>(static_cast<std::size_t>(width_), count);
    threads.reserve(workers);
    for (std::size_t t = 0; t < workers; ++t) {
      threads.emplace_back([&] {
        for (std::size_t i = next++; i < count; i = next++) job(i);
      });
    }
    meanwhile();
  }

 private:
  const int width_;
};

}  // namespace

std::unique_ptr<Executor> make_inline_executor() { return std::make_unique<InlineExecutor>(); }
std::unique_ptr<Executor> make_arena_executor(int width) { return std::make_unique<ArenaExecutor>(width); }
std::unique_ptr<Executor> make_thread_executor(int width) { return std::make_unique<ThreadExecutor>(width); }

std::unique_ptr<Executor> make_async_executor(int width) {
#ifdef TMUX_ORC_PLAIN_THREADS
  return make_thread_executor(width);
#else
  return make_arena_executor(width);
#endif
}

}  // namespace orc
