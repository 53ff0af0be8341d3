// NotifyStore: what was told, what waits to be told, and what was done to panes, in a small database of their
// own, so that a restart tells nothing twice and loses nothing. Shared by all environments. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

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

  static Result<std::unique_ptr<NotifyStore>> open(const std::string& path);
  ~NotifyStore();

  Result<NotifyMemory> memory();
  // In one transaction: what changed between the two, and the messages that this led to, which get their
  // numbers. Gives how many older ones had to go: of a session's PM the newest 50 are kept, of a channel
  // 1000.
  Result<int> commit(const NotifyMemory& before, const NotifyMemory& now, std::vector<OutMessage>& messages);

  Result<std::vector<OutMessage>> waiting();  // oldest first
  Result<void> set_tries(std::int64_t id, int tries);
  Result<void> set_placed(std::int64_t id, bool placed);
  Result<void> remove(std::int64_t id);

  Result<void> add(const ActionRecord& action);
  Result<std::vector<ActionRecord>> actions(std::int64_t since_ms);

 private:
  class Impl;
  explicit NotifyStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace orc
