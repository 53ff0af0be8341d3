// SPDX-License-Identifier: Apache-2.0
// NotifyStore: what was told, what waits to be told, and what was done to panes, in a small database of their
// own, so that a restart tells nothing twice and loses nothing. Shared by all environments. The file is
// opened when it is wanted, also where that failed before; one that was deleted or replaced, or is damaged,
// is left for a new one (see KeptStore). Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/result.h"
#include "tmux_orc/notify/notifier.h"

namespace orc {

// Something that was typed into a pane without being asked each time.
struct ActionRecord {
  std::string action;  // "restart", "submit"
  PaneKey pane;
  std::int64_t episode = 0;  // what it answered: a crash's time, a message's number
  std::int64_t at_ms = 0;
};

class NotifyStore {
 public:
  static constexpr int kMostOfASession = 50, kMostOfAChannel = 1000;
  // What happened to the store, for the log: `well` when it is good news. Called with no lock that a caller
  // has.
  using Tell = std::function<void(bool well, const std::string& what)>;

  NotifyStore(const std::string& path, const Clock& clock, Tell tell = {});
  ~NotifyStore();

  Result<NotifyMemory> memory();
  // In one transaction: what `now` has and the file has not, and the messages that this led to, which get
  // their numbers. Gives how many older ones had to go: of a session's PM the newest 50 are kept, of a
  // channel 1000. On failure all is as before.
  Result<int> commit(const NotifyMemory& now, std::vector<OutMessage>& messages);

  Result<std::vector<OutMessage>> waiting();  // oldest first
  Result<void> set_tries(std::int64_t id, int tries);
  Result<void> set_placed(std::int64_t id, bool placed);
  Result<void> remove(std::int64_t id);
  // Parts take the place of a message, all or none.
  Result<void> replace(std::int64_t id, std::vector<OutMessage>& parts);

  Result<void> add(const ActionRecord& action);
  Result<void> take_back(const ActionRecord& action);
  Result<std::vector<ActionRecord>> actions(std::int64_t since_ms);

  // What is wrong with it; empty when all is well.
  std::string problem() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace orc
