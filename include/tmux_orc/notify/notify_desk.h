// SPDX-License-Identifier: Apache-2.0
// NotifyDesk: the notifications' own thread. Snapshots are queued and looked at in order; what is told stands
// in the database before it goes out. Neither a lock on the database nor a disk that hangs is ever waited for
// on the round's thread. Thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/mutex.h"
#include "tmux_orc/notify/dispatcher.h"
#include "tmux_orc/notify/mutes.h"
#include "tmux_orc/notify/notifier.h"
#include "tmux_orc/notify/notify_store.h"

namespace orc {

struct NotifyDeskSetup {
  std::string store_file, mute_file;
  std::function<bool()> is_active;  // whether this environment is the one that tells; asked for each snapshot
  NotifyStore::Tell tell;           // what happened, for the log
};

class NotifyDesk {
 public:
  NotifyDesk(NotifyDeskSetup setup, const Clock& clock);
  ~NotifyDesk();  // stop()

  // From the next snapshot on. Its `store` is the desk's to set. Nothing: nobody is told, nothing is done.
  void configure(NotifySettings settings, std::optional<DispatcherSetup> setup);
  // `clock_step_ms`: by how much the wall clock was set since the last one.
  void look(std::shared_ptr<const Snapshot> snapshot, std::int64_t clock_step_ms = 0);
  // Looks at what is queued, for at most about a second, gives what is under way its grace, and ends.
  void stop();
  // What is wrong; empty when all is well.
  std::string problem() const;

 private:
  struct Configuration {
    NotifySettings settings;
    std::optional<DispatcherSetup> setup;
  };
  struct Look {
    std::shared_ptr<const Snapshot> snapshot;
    std::int64_t clock_step_ms = 0;
  };
  using Item = std::variant<Configuration, Look>;

  void run();
  bool handle(Item& item, bool last_chance);  // false: again, in a moment
  void apply(Configuration& configuration);
  bool look_at(Look& look, bool last_chance);
  bool take_over();
  std::vector<OutMessage> remember(const std::vector<Message>& messages);
  void tell_problem();

  const NotifyDeskSetup setup_;
  const Clock& clock_;
  // The thread's alone.
  const std::shared_ptr<NotifyStore> store_;
  Mutes mutes_;
  std::optional<Notifier> notifier_;
  std::unique_ptr<Dispatcher> dispatcher_;
  bool active_ = false, has_looked_ = false;
  std::int64_t start_step_ms_ = 0;                  // by which the wall clock was set between two runs
  std::optional<Steady::time_point> unread_since_;  // what another told could not be read since
  std::string mutes_problem_;

  mutable Mutex mutex_;  // of all below
  Condition wake_;
  std::deque<Item> queue_ ORC_GUARDED_BY(mutex_);
  std::string problem_ ORC_GUARDED_BY(mutex_);
  bool stop_ ORC_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

// Two snapshots as one: what is now, and all that happened.
std::shared_ptr<const Snapshot> joined(const Snapshot& before, const Snapshot& after);

}  // namespace orc
