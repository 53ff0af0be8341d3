// SPDX-License-Identifier: Apache-2.0
// Arena: workers of a oneTBB arena beside the calling thread, without a template of oneTBB's in it: arena.cc
// alone has them, and is not instrumented where ThreadSanitizer is, as Debian's libtbb is not. What runs here
// is, and says itself what happens before what. Thread-safety: run() may be called by one thread at a time.
#pragma once

#include <cstddef>
#include <memory>

namespace orc {

class Arena {
 public:
  struct Work {
    virtual ~Work() = default;
    virtual void job(std::size_t i) = 0;  // on a worker
    virtual void wait() = 0;              // on the calling thread; returns when all jobs have
  };

  explicit Arena(int width);
  ~Arena();

  // Calls work.job(0) .. work.job(count - 1), each once and in any order, and work.wait() meanwhile.
  void run(std::size_t count, Work& work);

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace orc
