// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/notify/dispatcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>

#include "pane_duties.h"

namespace orc {
namespace {

constexpr std::size_t kMostJobs = NotifyStore::kMostOfAChannel;
constexpr auto kGrace = std::chrono::milliseconds(1000);
// So many tries of a message and its parts without one that succeeds: then it is not one agent's fault.
constexpr int kMostFailures = 7;

// Whether another message might be taken: a command that ended badly or could not be started with so much, a
// webhook that does not like the body. A time that ran out says nothing of the message.
bool may_be_the_message(ErrorKind kind, NotifyChannel::Type type) {
  return type == NotifyChannel::Type::kCommand ? kind == ErrorKind::kCommand || kind == ErrorKind::kIo
                                               : kind == ErrorKind::kInvalid;
}

}  // namespace

// One channel's messages, in order, on a thread of its own.
class Dispatcher::ChannelQueue {
 public:
  ChannelQueue(Dispatcher& dispatcher, const NotifyChannel& channel)
      : dispatcher_(dispatcher), channel_(channel), thread_([this] { run(); }) {}
  ~ChannelQueue() {
    stop();
    thread_.join();
  }
  void stop() {
    {
      MutexLock lock(mutex_);
      stop_ = true;
    }
    wake_.notify_one();
  }
  bool idle() const {
    MutexLock lock(mutex_);
    return !busy_;
  }
  // Gives the oldest one when there are too many, as the database does.
  std::optional<OutMessage> add(OutMessage message) {
    std::optional<OutMessage> dropped;
    {
      MutexLock lock(mutex_);
      if (jobs_.size() >= kMostJobs) {
        dropped = std::move(jobs_.front().message);
        jobs_.pop_front();
      }
      jobs_.push_back({std::move(message), Steady::now(), nullptr});
    }
    wake_.notify_one();
    return dropped;
  }
  // What stands in the database is another's from now on.
  void hand_over() {
    MutexLock lock(mutex_);
    std::erase_if(jobs_, [](const Job& j) { return j.message.id != 0; });
  }
  bool holds(std::int64_t id) const {
    MutexLock lock(mutex_);
    return (busy_ && under_way_ == id) ||
           std::any_of(jobs_.begin(), jobs_.end(), [&](const Job& j) { return j.message.id == id; });
  }

 private:
  // Of a message that was split: whether any part of it was taken.
  struct Split {
    int failed = 0, succeeded = 0;
  };
  struct Job {
    OutMessage message;
    Steady::time_point due;
    std::shared_ptr<Split> split;
  };

  void run() {
    MutexLock lock(mutex_);
    while (!stop_) {
      const auto next = std::min_element(jobs_.begin(), jobs_.end(),
                                         [](const Job& a, const Job& b) { return a.due < b.due; });
      if (next == jobs_.end()) {
        wake_.wait(mutex_);
        continue;
      }
      if (next->due > Steady::now()) {
        wake_.wait_until(mutex_, Steady::time_point(next->due));
        continue;
      }
      Job job = std::move(*next);
      jobs_.erase(next);
      busy_ = true;
      under_way_ = job.message.id;
      lock.unlock();
      std::vector<Job> more = send(job);
      lock.lock();
      busy_ = false;
      jobs_.insert(jobs_.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    }
  }

  // Gives what is to be tried next: it once more, or its parts.
  std::vector<Job> send(Job& job) {
    const TmuxServers tmux{dispatcher_.setup_.servers, dispatcher_.setup_.tmux_binary};
    const auto done = send_once(tmux, channel_, job.message, &dispatcher_.cancel_);
    if (dispatcher_.cancel_.cancelled() && !done) return {};  // it is in the database still
    // What may be well in a while is tried again: after 2 s, 4 s, 8 s ...
    const bool temporary =
        !done && (done.error().kind == ErrorKind::kUnavailable || done.error().kind == ErrorKind::kTimeout);
    if (temporary && channel_.type == NotifyChannel::Type::kWebhook && job.message.tries < channel_.retries) {
      job.due = Steady::now() + std::chrono::seconds(2ll << job.message.tries);
      ++job.message.tries;
      if (auto& store = dispatcher_.setup_.store; store && job.message.id != 0)
        static_cast<void>(store->set_tries(job.message.id, job.message.tries));
      return {std::move(job)};
    }
    if (job.split && done) ++job.split->succeeded;
    if (!done && may_be_the_message(done.error().kind, channel_.type)) {
      if (auto parts = split(job); !parts.empty()) return parts;
    }
    dispatcher_.note(job.message, done.has_value(), done ? "" : done.error().message);
    dispatcher_.settle(job.message);
    return {};
  }

  // What fails for one agent is told for the rest: in halves, until the one is found.
  std::vector<Job> split(const Job& job) {
    auto halves = halves_of(job.message);
    if (halves.empty()) return {};
    const auto split = job.split ? job.split : std::make_shared<Split>();
    if (++split->failed >= kMostFailures && split->succeeded == 0) return {};
    if (auto& store = dispatcher_.setup_.store; store && job.message.id != 0)
      static_cast<void>(store->replace(job.message.id, halves));
    std::vector<Job> out;
    for (OutMessage& half : halves) out.push_back({std::move(half), Steady::now(), split});
    return out;
  }

  Dispatcher& dispatcher_;
  const NotifyChannel channel_;
  mutable Mutex mutex_;
  Condition wake_;
  std::deque<Job> jobs_ ORC_GUARDED_BY(mutex_);
  std::int64_t under_way_ ORC_GUARDED_BY(mutex_) = 0;  // while busy_
  bool busy_ ORC_GUARDED_BY(mutex_) = false;
  bool stop_ ORC_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

Dispatcher::Dispatcher(DispatcherSetup setup) : setup_(std::move(setup)) {
  for (const NotifyChannel& c : setup_.settings.channels) {
    if (c.type != NotifyChannel::Type::kPmPane && c.type != NotifyChannel::Type::kStatusline)
      queues_[c.name] = std::make_unique<ChannelQueue>(*this, c);
  }
  panes_ = std::make_unique<PaneDuties>(setup_, cancel_);
}

void Dispatcher::take_over() {
  taken_over_ = false;
  read_waiting();
}

// From before a restart, or what another environment left.
void Dispatcher::read_waiting() {
  if (taken_over_ || setup_.store == nullptr) return;
  auto waiting = setup_.store->waiting();
  if (!waiting) return;  // the store tells why; the next look tries again
  taken_over_ = true;
  std::erase_if(*waiting, [&](const OutMessage& m) {
    const auto queue = queues_.find(m.channel);
    return queue != queues_.end() && queue->second->holds(m.id);
  });
  send_on(std::move(*waiting));
}

void Dispatcher::hand_over() {
  taken_over_ = false;
  for (auto& [name, queue] : queues_) queue->hand_over();
  panes_->hand_over();
}

Dispatcher::~Dispatcher() {
  for (auto& [name, queue] : queues_) queue->stop();
  panes_->stop();
  const auto busy = [&] {
    return !panes_->idle() ||
           std::any_of(queues_.begin(), queues_.end(), [](const auto& q) { return !q.second->idle(); });
  };
  for (const auto until = Steady::now() + kGrace; busy() && Steady::now() < until;)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  cancel_.cancel();
  queues_.clear();
  panes_.reset();
}

void Dispatcher::send(std::vector<OutMessage> messages) {
  if (!taken_over_ && setup_.store) {
    read_waiting();
    std::erase_if(messages, [](const OutMessage& m) { return m.id != 0; });  // they are among those
  }
  send_on(std::move(messages));
}

void Dispatcher::send_on(std::vector<OutMessage> messages) {
  for (OutMessage& m : messages) {
    const auto channel = std::find_if(setup_.settings.channels.begin(), setup_.settings.channels.end(),
                                      [&](const NotifyChannel& c) { return c.name == m.channel; });
    if (channel == setup_.settings.channels.end()) {
      note(m, false, "there is no such channel any more");
      settle(m);
    } else if (channel->type == NotifyChannel::Type::kPmPane) {
      panes_->add(std::move(m));
    } else if (const auto queue = queues_.find(m.channel); queue != queues_.end()) {
      if (const auto dropped = queue->second->add(std::move(m))) {
        note(*dropped, false, "too many wait");
        settle(*dropped);
      }
    }
  }
}

void Dispatcher::look(std::shared_ptr<const Snapshot> snapshot, bool active) {
  if (!active) return panes_->rest();
  read_waiting();
  panes_->look(std::move(snapshot));
}

std::string Dispatcher::problem() const {
  MutexLock lock(mutex_);
  return problems_.empty()
             ? ""
             : fmt::format("notifications: {}: {}", problems_.begin()->first, problems_.begin()->second);
}

void Dispatcher::note(const OutMessage& m, bool delivered, const std::string& text) {
  {
    MutexLock lock(mutex_);
    if (delivered)
      problems_.erase(m.channel);
    else
      problems_[m.channel] = text;
  }
  if (setup_.log)
    setup_.log({m.at_ms, m.channel, m.session, delivered ? m.summary : m.summary + ": " + text, delivered});
}

void Dispatcher::settle(const OutMessage& m) {
  if (setup_.store && m.id != 0) static_cast<void>(setup_.store->remove(m.id));
}

}  // namespace orc
