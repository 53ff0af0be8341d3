// SPDX-License-Identifier: Apache-2.0
// Executor: runs the jobs of a round. InlineExecutor runs them here and now, one after the other (sync mode);
// ArenaExecutor on a oneTBB task arena (async mode). Both run the same jobs.
// Thread-safety: run() may be called by one thread at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace orc {

class Executor {
 public:
  virtual ~Executor() = default;
  // Calls job(0) .. job(count - 1), each once, in any order and on any thread, and meanwhile() once on the
  // calling thread; returns when all have returned. Jobs must not throw. meanwhile() may wait for what the
  // jobs produce: on an executor with one thread it is called after them.
  virtual void run(std::size_t count, const std::function<void(std::size_t)>& job,
                   const std::function<void()>& meanwhile) = 0;
};

std::unique_ptr<Executor> make_inline_executor();

// `width` worker threads beside the calling one.
std::unique_ptr<Executor> make_arena_executor(int width);

}  // namespace orc
