// SPDX-License-Identifier: Apache-2.0
// Mutex and MutexLock: std::mutex with clang's thread-safety annotations, checked by -Wthread-safety.
#pragma once

#include <condition_variable>
#include <mutex>

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
  ~MutexLock() ORC_TSA(release_capability()) { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace orc
