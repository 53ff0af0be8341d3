// SPDX-License-Identifier: Apache-2.0
// ShardedCache<Key, Value>: a bounded map with a time to live. Each shard has its own lock, so that workers
// rarely meet. Strategies: lru evicts what was not used for the longest time, lfu what was used least often,
// ttl what was put in first; of the shard that a new entry belongs to, when all shards together are full. So
// as many keys fit as there are places, however unevenly they fall. All counters are since construction.
// Thread-safety: all methods may be called from any thread.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <iterator>
#include <list>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/model.h"
#include "tmux_orc/base/mutex.h"

namespace orc {

enum class EvictionStrategy { kLru, kLfu, kTtl };

template <typename Key, typename Value>
class ShardedCache {
 public:
  ShardedCache(EvictionStrategy strategy, std::size_t max_size, Steady::duration ttl, std::size_t shards = 16)
      : strategy_(strategy),
        ttl_(ttl),
        max_size_(std::max<std::size_t>(max_size, 1)),
        shards_(std::clamp<std::size_t>(max_size, 1, shards)) {}

  // A copy of the value if there is one, it is younger than the time to live and valid(value) says so.
  // Anything else counts as a miss.
  template <typename Valid>
  std::optional<Value> get_if(const Key& key, Steady::time_point now, Valid valid) {
    Shard& shard = shard_of(key);
    MutexLock lock(shard.mutex);
    const auto found = shard.index.find(key);
    if (found == shard.index.end()) {
      ++shard.figures.misses;
      return std::nullopt;
    }
    const auto entry = found->second;
    if (now - entry->put_at >= ttl_) {
      ++shard.figures.expiries;
      ++shard.figures.misses;
      shard.index.erase(found);
      shard.order.erase(entry);
      --entries_;
      return std::nullopt;
    }
    if (!valid(static_cast<const Value&>(entry->value))) {
      ++shard.figures.misses;
      return std::nullopt;
    }
    ++shard.figures.hits;
    ++entry->uses;
    if (strategy_ == EvictionStrategy::kLru) shard.order.splice(shard.order.begin(), shard.order, entry);
    return entry->value;
  }

  void put(const Key& key, Value value, Steady::time_point now) {
    Shard& shard = shard_of(key);
    if (put_in(shard, key, value, now, false)) return;
    for (Shard& other : shards_) {  // one lock at a time
      MutexLock lock(other.mutex);
      if (other.order.empty()) continue;
      evict(other);
      break;
    }
    put_in(shard, key, value, now, true);
  }

  void erase(const Key& key) {
    Shard& shard = shard_of(key);
    MutexLock lock(shard.mutex);
    if (const auto found = shard.index.find(key); found != shard.index.end()) {
      shard.order.erase(found->second);
      shard.index.erase(found);
      --entries_;
    }
  }

  void clear() {
    for (Shard& shard : shards_) {
      MutexLock lock(shard.mutex);
      entries_ -= shard.order.size();
      shard.order.clear();
      shard.index.clear();
    }
  }

  LayerFigures figures() const {
    LayerFigures sum;
    for (const Shard& shard : shards_) {
      MutexLock lock(shard.mutex);
      sum.hits += shard.figures.hits;
      sum.misses += shard.figures.misses;
      sum.evictions += shard.figures.evictions;
      sum.expiries += shard.figures.expiries;
      sum.entries += shard.order.size();
    }
    return sum;
  }

 private:
  struct Entry {
    Key key;
    Value value;
    Steady::time_point put_at;
    std::uint64_t uses;
  };
  using Order = std::list<Entry>;  // most recent first
  struct Shard {
    mutable Mutex mutex;
    Order order ORC_GUARDED_BY(mutex);
    std::unordered_map<Key, typename Order::iterator> index ORC_GUARDED_BY(mutex);
    LayerFigures figures ORC_GUARDED_BY(mutex);
  };

  Shard& shard_of(const Key& key) {
    // The high bits of a multiplied hash: the low ones choose the bucket inside the shard.
    return shards_[((std::hash<Key>{}(key)*0x9E3779B97F4A7C15ull) >> 32) % shards_.size()];
  }

  // False: all shards together are full, and this one has nothing to give away.
  bool put_in(Shard& shard, const Key& key, Value& value, Steady::time_point now, bool at_any_rate) {
    MutexLock lock(shard.mutex);
    if (const auto found = shard.index.find(key); found != shard.index.end()) {
      const auto entry = found->second;
      entry->value = std::move(value);
      entry->put_at = now;
      shard.order.splice(shard.order.begin(), shard.order, entry);
      return true;
    }
    if (entries_ >= max_size_ && !at_any_rate) {
      if (shard.order.empty()) return false;
      evict(shard);
    }
    ++entries_;
    shard.order.push_front(Entry{key, std::move(value), now, 0});
    shard.index.emplace(key, shard.order.begin());
    return true;
  }

  void evict(Shard& shard) ORC_REQUIRES(shard.mutex) {
    auto victim = std::prev(shard.order.end());
    if (strategy_ == EvictionStrategy::kLfu) {
      // A linear look: a shard holds max_size / 16 entries, 125 in the production configuration.
      victim = std::min_element(shard.order.begin(), shard.order.end(),
                                [](const Entry& a, const Entry& b) { return a.uses < b.uses; });
    }
    shard.index.erase(victim->key);
    shard.order.erase(victim);
    --entries_;
    ++shard.figures.evictions;
  }

  const EvictionStrategy strategy_;
  const Steady::duration ttl_;
  const std::size_t max_size_;
  std::vector<Shard> shards_;
  std::atomic<std::size_t> entries_{0};
};

}  // namespace orc
