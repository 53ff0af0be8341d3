// EventLog: the last transitions with increasing numbers, so that a listener can go on where it stopped.
// Thread-safe.
#pragma once

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
  // Those after `id`, oldest first; `lost` tells that some between are not kept any more.
  std::vector<Event> after(std::uint64_t id, bool* lost) const {
    MutexLock lock(mutex_);
    std::vector<Event> out;
    for (const Event& e : events_) {
      if (e.id > id) out.push_back(e);
    }
    *lost = !events_.empty() && events_.front().id > id + 1;
    return out;
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
