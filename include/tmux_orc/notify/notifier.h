// SPDX-License-Identifier: Apache-2.0
// Notifier: decides who is told what. Each episode of a concern is told once to each recipient, all of a
// round in one message; states must last (debounce), a flapping pane is not told of again too soon
// (cooldown), a wait that lasts is repeated, an agent with a limit is quiet until that ends. An episode goes
// on for as long as every look finds the pane in that state, whoever looks: a restart or a change of the
// active environment begins no new one. Not thread-safe; pure but for what it remembers: time comes with the
// snapshot.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tmux_orc/base/model.h"
#include "tmux_orc/base/notify_settings.h"
#include "tmux_orc/notify/notify_message.h"

namespace orc {

struct ToldKey {
  ServerId server = 0;
  PaneId pane = 0;
  Concern concern = Concern::kCrashed;
  friend auto operator<=>(const ToldKey&, const ToldKey&) = default;
};
struct ToldValue {
  std::int64_t at_ms = 0;     // when a pane's concern was told last
  bool open = false;          // and that episode still lasts
  std::int64_t until_ms = 0;  // rate_limited: when the limit that was told ends
  friend bool operator==(const ToldValue&, const ToldValue&) = default;
};
using Told = std::map<ToldKey, ToldValue>;

// What must be known after a restart.
struct NotifyMemory {
  Told told;
  std::set<PaneKey> worked, fresh;  // seen at work; started under our eyes and not at work yet
  friend bool operator==(const NotifyMemory&, const NotifyMemory&) = default;
};

class Notifier {
 public:
  Notifier(NotifySettings settings, std::int64_t started_ms)
      : settings_(std::move(settings)), started_ms_(started_ms) {}

  // `muted` says whether a pane is muted now. `silent`: only observe (another environment is the active one).
  std::vector<Message> decide(const Snapshot& snapshot, const std::function<bool(const PaneRef&)>& muted,
                              bool silent);

  // The wall clock was set by so much: what was told was told as long ago as it was.
  void clock_was_set(std::int64_t step_ms);

  const NotifyMemory& memory() const { return memory_; }
  // What another told counts; what this one has seen itself stays.
  void restore(NotifyMemory memory);
  // For another's settings: what is remembered stays.
  void change_settings(NotifySettings settings) { settings_ = std::move(settings); }

 private:
  struct ServerSeen {
    std::size_t agents = 0;    // when it was reached last
    std::int64_t lost_ms = 0;  // not reached since; 0: it is
  };
  void observe(const Snapshot& snapshot);
  void observe_transition(const Transition& transition);
  void observe_servers(const Snapshot& snapshot);
  void close_ended(const Snapshot& snapshot);
  void collect(const AgentStatus& agent, std::int64_t now, std::vector<NotifyItem>& due) const;
  void collect_servers(std::int64_t now, std::vector<NotifyItem>& due) const;
  bool is_due(const NotifyItem& item, std::int64_t now, bool* repeated) const;
  bool is_quiet(std::int64_t now) const;
  std::set<std::string> channels_for(const NotifyItem& item) const;
  std::vector<Message> address(const std::vector<NotifyItem>& due, std::int64_t now) const;
  void forget_old(const Snapshot& snapshot);

  NotifySettings settings_;
  std::int64_t started_ms_;
  NotifyMemory memory_;
  std::vector<NotifyItem> missing_;  // gone, not told yet
  std::set<ServerId> lives_;         // listed before: a pane that is new there was started under our eyes
  std::map<std::string, ServerSeen> servers_;
};

}  // namespace orc
