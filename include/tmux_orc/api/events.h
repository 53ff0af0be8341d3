// EventLog: the last transitions with increasing numbers, so that a listener can go on where it stopped.
// Thread-safe.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "tmux_orc/base/mutex.h"

namespace orc {

struct Event {
  std::uint64_t id = 0;
  std::string data;  // one line of JSON
};

class EventLog {
 public:
  // `first`: the number of the first event. Starting from the wall clock keeps numbers growing over restarts.
  explicit EventLog(std::uint64_t first, std::size_t capacity = 4096) : next_(first), capacity_(capacity) {}
  void add(std::string data) {
    MutexLock lock(mutex_);
    events_.push_back({next_++, std::move(data)});
    if (events_.size() > capacity_) events_.pop_front();
  }
  // What a listener that saw `id` last has to be told.
  struct News {
    std::vector<Event> events;  // oldest first
    bool lost = false;          // before them: some are not kept any more, or the number is none of ours
    std::uint64_t before = 0;   // the number that the listener then has, before `events`
    std::uint64_t last = 0;     // and after them
  };
  News after(std::uint64_t id) const {
    MutexLock lock(mutex_);
    const std::uint64_t first_kept = next_ - events_.size(), last = next_ - 1;
    // A number that was not given yet is of a daemon whose clock went faster: what it told we do not know.
    if (id > last) return {{}, true, last, last};
    const std::uint64_t before = std::max(id, first_kept - 1);
    return {{events_.begin() + static_cast<std::ptrdiff_t>(before + 1 - first_kept), events_.end()},
            before != id,
            before,
            last};
  }
  std::uint64_t last_id() const {
    MutexLock lock(mutex_);
    return next_ - 1;
  }

 private:
  mutable Mutex mutex_;
  std::uint64_t next_ ORC_GUARDED_BY(mutex_);
  const std::size_t capacity_;
  std::deque<Event> events_ ORC_GUARDED_BY(mutex_);
};

}  // namespace orc
