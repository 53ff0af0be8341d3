// SPDX-License-Identifier: Apache-2.0
// Mutex, MutexLock and Condition: std's with clang's thread-safety annotations, checked by -Wthread-safety.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#if defined(__clang__)
#define ORC_TSA(x) __attribute__((x))
#else
#define ORC_TSA(x)
#endif
#define ORC_GUARDED_BY(m) ORC_TSA(guarded_by(m))
#define ORC_REQUIRES(m) ORC_TSA(requires_capability(m))

namespace orc {

class ORC_TSA(capability("mutex")) Mutex {
 public:
  void lock() ORC_TSA(acquire_capability()) { mutex_.lock(); }
  void unlock() ORC_TSA(release_capability()) { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

class ORC_TSA(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ORC_TSA(acquire_capability(mutex)) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() ORC_TSA(release_capability()) {
    if (held_) mutex_.unlock();
  }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  // For a while without it.
  void unlock() ORC_TSA(release_capability()) {
    held_ = false;
    mutex_.unlock();
  }
  void lock() ORC_TSA(acquire_capability()) {
    mutex_.lock();
    held_ = true;
  }

 private:
  Mutex& mutex_;
  bool held_ = true;
};

// Waits with the mutex held, and lets go of it meanwhile. `holds` is called with it held.
class Condition {
 public:
  void notify_one() { condition_.notify_one(); }
  void notify_all() { condition_.notify_all(); }
  void wait(Mutex& mutex) ORC_REQUIRES(mutex) { condition_.wait(mutex); }
  template <typename Holds>
  void wait(Mutex& mutex, Holds holds) ORC_TSA(no_thread_safety_analysis) {
    condition_.wait(mutex, std::move(holds));
  }
  // False: the time is up.
  bool wait_until(Mutex& mutex, std::chrono::steady_clock::time_point until) ORC_REQUIRES(mutex) {
    return condition_.wait_until(mutex, until) == std::cv_status::no_timeout;
  }
  template <typename Holds>
  bool wait_until(Mutex& mutex, std::chrono::steady_clock::time_point until, Holds holds)
      ORC_TSA(no_thread_safety_analysis) {
    return condition_.wait_until(mutex, until, std::move(holds));
  }

 private:
  std::condition_variable_any condition_;
};

}  // namespace orc
