// SPDX-License-Identifier: Apache-2.0
// PaneDuties: what is done to panes, each only if it is switched on: messages to PMs, drafts of ours that got
// stuck, crashed agents, status lines. On a thread of its own, after each round. Every touch is remembered in
// the database before it is done, so that neither a crash nor a restart does it twice. Thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "tmux_options.h"
#include "tmux_orc/act/pane_hand.h"
#include "tmux_orc/base/mutex.h"
#include "tmux_orc/notify/dispatcher.h"

namespace orc {

class PaneDuties {
 public:
  using Typists = std::map<std::string, std::unique_ptr<const PaneTypist>>;  // by server
  PaneDuties(const DispatcherSetup& setup, const Cancel& cancel);            // by hands of their own
  PaneDuties(const DispatcherSetup& setup, const Cancel& cancel, Typists typists);
  ~PaneDuties();

  void add(OutMessage message);  // for a PM
  void look(std::shared_ptr<const Snapshot> snapshot);
  void rest();        // another monitor is the active one
  bool idle() const;  // nothing is under way, and no snapshot waits
  void hand_over();   // the messages that wait are another's now
  void stop();        // takes nothing new

 private:
  void run();
  const PaneTypist* hand_for(const std::string& server) const;
  void deliver_to_pms(const Snapshot& snapshot);
  void take_fresh(const std::deque<OutMessage>& fresh);
  // True: it is settled.
  bool deliver(OutMessage& message, const AgentStatus& pm, const PaneTypist& hand, std::int64_t now);
  Result<void> write_down(OutMessage& message) const;
  void settle(const OutMessage& message);
  PaneTypist::Outcome move_placed(const OutMessage& message, const AgentStatus& pm, const PaneTypist& hand,
                                  std::int64_t now, std::string* why);
  bool drop_stale(OutMessage& message, std::int64_t now);
  void restart_crashed(const Snapshot& snapshot);
  PaneTypist::Outcome restart(const AgentStatus& agent, const PaneTypist& hand, std::int64_t now,
                              std::string* why);
  bool saw_crash(const PaneKey& pane) const;
  Result<bool> may_act(const char* action, const PaneKey& pane, std::int64_t episode, int cap,
                       std::int64_t now, std::string* why) const;
  void log(const OutMessage& message, bool delivered, const std::string& text) const;

  const DispatcherSetup& setup_;
  const Cancel& cancel_;
  const Typists hands_;
  std::deque<OutMessage> messages_;                      // the thread's alone
  std::unique_ptr<TmuxOptions> options_;                 // the thread's alone; null without such a channel
  std::set<std::pair<std::int64_t, std::string>> said_;  // of a message: what stood in its way was told
  std::set<std::pair<PaneKey, std::int64_t>> tried_;     // crashes answered by this process, while fresh
  std::set<std::pair<PaneKey, std::int64_t>> refused_;   // and those that could not be written down
  mutable Mutex mutex_;
  Condition wake_;
  std::deque<OutMessage> fresh_ ORC_GUARDED_BY(mutex_);
  std::shared_ptr<const Snapshot> snapshot_ ORC_GUARDED_BY(mutex_);
  std::set<PaneKey> crashes_ ORC_GUARDED_BY(mutex_);  // that were seen to happen
  bool busy_ ORC_GUARDED_BY(mutex_) = false;
  bool stop_ ORC_GUARDED_BY(mutex_) = false;
  bool resting_ ORC_GUARDED_BY(mutex_) = false;
  bool handed_over_ ORC_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace orc
