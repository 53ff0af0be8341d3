// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/exec/executor.h"

#include <latch>

#include "arena.h"

#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

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

// What oneTBB promises of its hand-over, said to ThreadSanitizer, which cannot see it: what was done before
// run() happens before a job. The way back is the latch's, which it sees.
class ArenaWork final : public Arena::Work {
 public:
  ArenaWork(std::size_t count, const std::function<void(std::size_t)>& job,
            const std::function<void()>& meanwhile)
      : job_(job), meanwhile_(meanwhile), done_(static_cast<std::ptrdiff_t>(count)) {
#if defined(__SANITIZE_THREAD__)
    __tsan_release(this);
#endif
  }
  void job(std::size_t i) override {
#if defined(__SANITIZE_THREAD__)
    __tsan_acquire(this);
#endif
    job_(i);
    done_.count_down();
  }
  void wait() override {
    meanwhile_();
    done_.wait();
  }

 private:
  const std::function<void(std::size_t)>& job_;
  const std::function<void()>& meanwhile_;
  std::latch done_;
};

class ArenaExecutor final : public Executor {
 public:
  explicit ArenaExecutor(int width) : arena_(width) {}

  void run(std::size_t count, const std::function<void(std::size_t)>& job,
           const std::function<void()>& meanwhile) override {
    if (count == 1) {  // nothing to fan out: waking a worker costs more than it gives
      job(0);
      meanwhile();
      return;
    }
    ArenaWork work(count, job, meanwhile);
    arena_.run(count, work);
  }

 private:
  Arena arena_;
};

}  // namespace

std::unique_ptr<Executor> make_inline_executor() { return std::make_unique<InlineExecutor>(); }
std::unique_ptr<Executor> make_arena_executor(int width) { return std::make_unique<ArenaExecutor>(width); }

}  // namespace orc
