// SPDX-License-Identifier: Apache-2.0
// Dispatcher: brings messages to their channels, and acts on panes where that is switched on. Each command,
// webhook and desktop channel has a thread of its own, so that one that hangs holds up no other; PM panes,
// restarts and the status line share one. What waits is in the database until it was delivered or given up,
// so a restart loses nothing. Thread-safe. The destructor gives what is under way a second, then interrupts
// it; what was interrupted is tried again by the next one.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tmux_orc/base/cancel.h"
#include "tmux_orc/base/mutex.h"
#include "tmux_orc/base/notify_settings.h"
#include "tmux_orc/classify/classifier.h"
#include "tmux_orc/evidence/live_server.h"
#include "tmux_orc/history/history_store.h"
#include "tmux_orc/notify/delivery.h"
#include "tmux_orc/notify/notify_store.h"

namespace orc {

class PaneDuties;

struct DispatcherSetup {
  NotifySettings settings;
  std::string tmux_binary;
  std::vector<ServerAddress> servers;
  std::shared_ptr<const Classifier> classifier;
  std::vector<std::shared_ptr<LiveServer>> live;  // the same servers, as they are looked at
  std::shared_ptr<NotifyStore> store;  // null: nothing outlives the process, and no pane is acted on
  // Each delivery or failure, for the history and the log. Called from the dispatcher's threads.
  std::function<void(const HistoryNotification&)> log;
  // The same for what was done to a pane, or would have been: `channel` is the action.
  std::function<void(const HistoryNotification&)> audit;
};

class Dispatcher {
 public:
  explicit Dispatcher(DispatcherSetup setup);
  ~Dispatcher();

  // This environment tells from now on: also what waits in the database. All these on one thread.
  void take_over();
  // Another one does: what waits there is its own.
  void hand_over();
  // Messages that the store has already taken (they have a number), or that it could not take (0).
  void send(std::vector<OutMessage> messages);
  // The newest snapshot: who is idle, who crashed. `active`: whether anything may be done.
  void look(std::shared_ptr<const Snapshot> snapshot, bool active);
  std::string problem() const;

 private:
  class ChannelQueue;
  void read_waiting();
  void send_on(std::vector<OutMessage> messages);
  void note(const OutMessage& message, bool delivered, const std::string& text);
  void settle(const OutMessage& message);

  const DispatcherSetup setup_;
  Cancel cancel_;
  mutable Mutex mutex_;
  std::map<std::string, std::string> problems_ ORC_GUARDED_BY(mutex_);  // channel -> what is wrong with it
  std::map<std::string, std::unique_ptr<ChannelQueue>> queues_;
  std::unique_ptr<PaneDuties> panes_;
  bool taken_over_ = false;  // what waits in the database was read
};

}  // namespace orc
