// SPDX-License-Identifier: Apache-2.0
// EventLog: the last transitions with increasing numbers, so that a listener can go on where it stopped.
// Bounded by number and by bytes; listeners share its texts. Thread-safe.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tmux_orc/base/mutex.h"

namespace orc {

struct Event {
  std::uint64_t id = 0;
  std::shared_ptr<const std::string> data;  // one line of JSON
};

class EventLog {
 public:
  static constexpr std::size_t kMostEvents = 4096, kMostBytes = 4u << 20;

  // `first`: the number of the first event. Starting from the wall clock keeps numbers growing over restarts.
  explicit EventLog(std::uint64_t first, std::size_t most = kMostEvents, std::size_t most_bytes = kMostBytes)
      : next_(first), most_(most), most_bytes_(most_bytes) {}

  void add(std::string data) {
    MutexLock lock(mutex_);
    bytes_ += data.size();
    events_.push_back({next_++, std::make_shared<const std::string>(std::move(data))});
    while (events_.size() > most_ || (bytes_ > most_bytes_ && !events_.empty())) {
      bytes_ -= events_.front().data->size();
      events_.pop_front();
    }
  }

  // What a listener that saw `id` last has to be told.
  struct News {
    std::vector<Event> events;  // oldest first; at most the bytes that were asked for, but at least one
    bool lost = false;          // before them: some are not kept any more, or the number is none of ours
    std::uint64_t before = 0;   // the number that the listener then has, before `events`
    std::uint64_t last = 0;     // and after them
  };
  News after(std::uint64_t id, std::size_t most_bytes = kMostBytes) const {
    MutexLock lock(mutex_);
    const std::uint64_t first_kept = next_ - events_.size(), last = next_ - 1;
    // A number that was not given yet is of a daemon whose clock went faster: what it told we do not know.
    if (id > last) return {{}, true, last, last};
    News news;
    news.before = news.last = std::max(id, first_kept - 1);
    news.lost = news.before != id;
    std::size_t bytes = 0;
    for (auto at = events_.begin() + static_cast<std::ptrdiff_t>(news.before + 1 - first_kept);
         at != events_.end() && (news.events.empty() || bytes + at->data->size() <= most_bytes); ++at) {
      bytes += at->data->size();
      news.events.push_back(*at);
      news.last = at->id;
    }
    return news;
  }
  std::uint64_t last_id() const {
    MutexLock lock(mutex_);
    return next_ - 1;
  }

 private:
  mutable Mutex mutex_;
  std::uint64_t next_ ORC_GUARDED_BY(mutex_);
  const std::size_t most_, most_bytes_;
  std::size_t bytes_ ORC_GUARDED_BY(mutex_) = 0;
  std::deque<Event> events_ ORC_GUARDED_BY(mutex_);
};

}  // namespace orc
