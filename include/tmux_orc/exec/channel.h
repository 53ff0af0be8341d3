// SPDX-License-Identifier: Apache-2.0
// Channel<T>: a bounded queue on moodycamel::BlockingConcurrentQueue (lock-free for producers and
// consumers; only a consumer that waits sleeps). FIFO per producer, not across producers.
// Thread-safety: any number of producers and consumers. Must outlive everyone who waits in pop_bulk().
#pragma once

#include <concurrentqueue/blockingconcurrentqueue.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace orc {

template <typename T>
class Channel {
 public:
  // One per producing thread or task: its own sub-queue inside, so producers do not meet.
  class Producer {
   public:
    explicit Producer(Channel& channel) : channel_(channel), token_(channel.queue_) {}
    // False when the channel is full; `value` is then untouched.
    bool push(T&& value) {
      Channel& c = channel_;
      if (c.size_.fetch_add(1, std::memory_order_acq_rel) >= c.capacity_) {
        c.size_.fetch_sub(1, std::memory_order_acq_rel);
        return false;
      }
      return c.queue_.enqueue(token_, std::move(value));
    }

   private:
    Channel& channel_;
    moodycamel::ProducerToken token_;
  };

  explicit Channel(std::size_t capacity) : capacity_(static_cast<std::int64_t>(capacity)), queue_(capacity) {}

  // Up to `max` items into `out`; waits at most `timeout` for the first. 0 means nothing came.
  template <typename Out>
  std::size_t pop_bulk(Out out, std::size_t max, std::chrono::microseconds timeout) {
    const std::size_t n = queue_.wait_dequeue_bulk_timed(out, max, timeout);
    size_.fetch_sub(static_cast<std::int64_t>(n), std::memory_order_acq_rel);
    return n;
  }

  std::size_t size_approx() const { return queue_.size_approx(); }

 private:
  const std::int64_t capacity_;
  std::atomic<std::int64_t> size_{0};
  moodycamel::BlockingConcurrentQueue<T> queue_;
};

}  // namespace orc
