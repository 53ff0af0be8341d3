// Dispatcher: brings messages to their channels on a thread of its own: PM panes, commands, webhooks, the
// desktop, the status line. What waits for a PM is kept in the database until its agent is idle. Thread-safe.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/notify_settings.h"
#include "tmux_orc/daemon/pane_hand.h"
#include "tmux_orc/publish/history_store.h"
#include "tmux_orc/publish/notifier.h"
#include "tmux_orc/publish/notify_store.h"

namespace orc {

struct DispatcherSetup {
  NotifySettings settings;
  std::string tmux_binary;
  std::vector<ServerAddress> servers;
  std::shared_ptr<const Classifier> classifier;
  const ProcessSource* processes = nullptr;  // of this machine
  std::string database;  // notify.db
  // Each delivery or failure, for the history and the log.
  std::function<void(const HistoryNotification&)> log;
};

// JSON that commands and webhooks get: text (Slack shows it), summary, items.
std::string message_json(const Message& message);

// One delivery now, for `notify test`; PM panes are not tested that way.
Result<void> send_once(const DispatcherSetup& setup, const Channel& channel, const Message& message);

class Dispatcher {
 public:
  explicit Dispatcher(DispatcherSetup setup);
  ~Dispatcher();  // gives up what waits for a retry; PM messages stay in the database

  void send(std::vector<Message> messages);
  // The newest snapshot: who is idle, who crashed. `active`: whether anything may be done.
  void look(std::shared_ptr<const Snapshot> snapshot, bool active);
  std::string problem() const;

 private:
  struct Job {
    Message message;
    int tries = 0;
    Steady::time_point due;
  };
  void run();
  void send_job(Job job);
  void queue_for_pm(const Message& message);
  void deliver_to_pms(const Snapshot& snapshot);
  void restart_crashed(const Snapshot& snapshot);
  void note(const Message& message, bool delivered, const std::string& text);
  const PaneHand* hand_for(const std::string& server) const;
  const Channel* find(const std::string& name) const;

  struct Hand {
    Hand(std::unique_ptr<const ProcessSource> f, PaneHand h) : far(std::move(f)), hand(std::move(h)) {}
    std::unique_ptr<const ProcessSource> far;  // the processes of another machine
    PaneHand hand;
  };
  const DispatcherSetup setup_;
  std::map<std::string, Hand> hands_;  // by server
  std::unique_ptr<NotifyStore> store_;                                              // the thread's alone
  std::map<PaneKey, std::pair<std::int64_t, std::vector<std::int64_t>>> restarts_;  // episode acted on; times
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  std::shared_ptr<const Snapshot> snapshot_;
  std::string problem_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace orc
