// NotifyStore: what was told, and the messages that wait for a PM, in a small database of their own, so that
// a restart tells nothing twice and loses nothing. Shared by all environments. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tmux_orc/base/result.h"
#include "tmux_orc/publish/notifier.h"

namespace orc {

struct QueuedMessage {
  std::int64_t id = 0, at_ms = 0;
  std::string server, session, text;
  int tries = 0;
};

class NotifyStore {
 public:
  static Result<std::unique_ptr<NotifyStore>> open(const std::string& path);
  ~NotifyStore();

  Result<Told> told();
  // Writes what changed between the two.
  Result<void> save_told(const Told& before, const Told& now);

  // Appends; of one session the newest 50 are kept.
  Result<void> queue(const QueuedMessage& message);
  Result<std::vector<QueuedMessage>> queued();  // oldest first
  Result<void> set_tries(std::int64_t id, int tries);
  Result<void> remove(std::int64_t id);

 private:
  class Impl;
  explicit NotifyStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace orc
