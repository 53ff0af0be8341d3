#include "tmux_orc/notify/dispatcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "pane_duties.h"

namespace orc {
namespace {

constexpr std::size_t kMostJobs = NotifyStore::kMostOfAChannel;
constexpr auto kGrace = std::chrono::milliseconds(1000);

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
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_one();
  }
  bool idle() const {
    const std::lock_guard lock(mutex_);
    return !busy_;
  }
  bool add(OutMessage message) {
    {
      const std::lock_guard lock(mutex_);
      if (jobs_.size() >= kMostJobs) return false;
      jobs_.push_back({std::move(message), Steady::now()});
    }
    wake_.notify_one();
    return true;
  }

 private:
  struct Job {
    OutMessage message;
    Steady::time_point due;
  };

  void run() {
    std::unique_lock lock(mutex_);
    while (!stop_) {
      const auto next = std::min_element(jobs_.begin(), jobs_.end(),
                                         [](const Job& a, const Job& b) { return a.due < b.due; });
      if (next == jobs_.end()) {
        wake_.wait(lock);
        continue;
      }
      if (next->due > Steady::now()) {
        wake_.wait_until(lock, Steady::time_point(next->due));
        continue;
      }
      Job job = std::move(*next);
      jobs_.erase(next);
      busy_ = true;
      lock.unlock();
      const bool again = send(job);
      lock.lock();
      busy_ = false;
      if (again) jobs_.push_back(std::move(job));
    }
  }

  // True if it is to be tried once more.
  bool send(Job& job) {
    const TmuxServers tmux{dispatcher_.setup_.servers, dispatcher_.setup_.tmux_binary};
    const auto done = send_once(tmux, channel_, job.message, &dispatcher_.cancel_);
    if (dispatcher_.cancel_.cancelled() && !done) return false;  // it is in the database still
    // What may be well in a while is tried again: after 2 s, 4 s, 8 s ...
    const bool temporary =
        !done && (done.error().kind == ErrorKind::kUnavailable || done.error().kind == ErrorKind::kTimeout);
    if (temporary && channel_.type == NotifyChannel::Type::kWebhook && job.message.tries < channel_.retries) {
      job.due = Steady::now() + std::chrono::seconds(2ll << job.message.tries);
      ++job.message.tries;
      if (auto& store = dispatcher_.setup_.store; store && job.message.id != 0)
        static_cast<void>(store->set_tries(job.message.id, job.message.tries));
      return true;
    }
    dispatcher_.note(job.message, done.has_value(), done ? "" : done.error().message);
    dispatcher_.settle(job.message);
    return false;
  }

  Dispatcher& dispatcher_;
  const NotifyChannel channel_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  bool busy_ = false, stop_ = false;
  std::thread thread_;
};

Dispatcher::Dispatcher(DispatcherSetup setup) : setup_(std::move(setup)) {
  for (const NotifyChannel& c : setup_.settings.channels) {
    if (c.type != NotifyChannel::Type::kPmPane && c.type != NotifyChannel::Type::kStatusline)
      queues_[c.name] = std::make_unique<ChannelQueue>(*this, c);
  }
  panes_ = std::make_unique<PaneDuties>(setup_, cancel_);
  if (setup_.store) {
    if (auto waiting = setup_.store->waiting(); waiting) send(std::move(*waiting));  // from before a restart
  }
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
  for (OutMessage& m : messages) {
    const auto channel = std::find_if(setup_.settings.channels.begin(), setup_.settings.channels.end(),
                                      [&](const NotifyChannel& c) { return c.name == m.channel; });
    if (channel == setup_.settings.channels.end()) {
      note(m, false, "there is no such channel any more");
      settle(m);
    } else if (channel->type == NotifyChannel::Type::kPmPane) {
      panes_->add(std::move(m));
    } else if (const auto queue = queues_.find(m.channel); queue != queues_.end()) {
      if (!queue->second->add(m)) {
        note(m, false, "too many wait");
        settle(m);
      }
    }
  }
}

void Dispatcher::look(std::shared_ptr<const Snapshot> snapshot, bool active) {
  if (active)
    panes_->look(std::move(snapshot));
  else
    panes_->rest();
}

std::string Dispatcher::problem() const {
  const std::lock_guard lock(mutex_);
  return problems_.empty()
             ? ""
             : fmt::format("notifications: {}: {}", problems_.begin()->first, problems_.begin()->second);
}

void Dispatcher::note(const OutMessage& m, bool delivered, const std::string& text) {
  {
    const std::lock_guard lock(mutex_);
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
