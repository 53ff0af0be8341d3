// Notifier: decides who is told what. Each episode of a concern is told once to each recipient, all of a
// round in one message; states must last (debounce), a flapping pane is not told of again too soon
// (cooldown), a wait that lasts is repeated. What was told is handed out and taken back, so that a restart
// tells nothing twice. Not thread-safe; pure but for what it remembers: time comes with the snapshot.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "tmux_orc/base/model.h"
#include "tmux_orc/base/notify_settings.h"

namespace orc {

struct NotifyItem {
  Concern concern = Concern::kWaiting;
  PaneRef pane;
  std::string agent, detail;
  std::int64_t since_ms = 0, resets_at_ms = 0;
  bool repeated = false;  // told before, and it still lasts
};

// One message to one recipient.
struct Message {
  std::string channel;
  std::string server, session;  // of a PM's message: only this session's agents are in it
  std::int64_t at_ms = 0;
  std::vector<NotifyItem> items;
};

// When a pane's concern was told last. What the notifier must remember over a restart.
struct ToldKey {
  ServerId server = 0;
  PaneId pane = 0;
  Concern concern = Concern::kCrashed;
  friend auto operator<=>(const ToldKey&, const ToldKey&) = default;
};
using Told = std::map<ToldKey, std::int64_t>;

class Notifier {
 public:
  Notifier(NotifySettings settings, std::int64_t started_ms)
      : settings_(std::move(settings)), started_ms_(started_ms) {}

  // `muted` says whether a pane is muted now. `silent`: only observe (another environment is the active one).
  std::vector<Message> decide(const Snapshot& snapshot, const std::function<bool(const PaneRef&)>& muted,
                              bool silent);

  const Told& told() const { return told_; }
  void restore(Told told) { told_ = std::move(told); }
  // For another's settings: what is remembered stays.
  void change_settings(NotifySettings settings) { settings_ = std::move(settings); }

 private:
  void observe(const Snapshot& snapshot);
  void collect(const AgentStatus& agent, std::int64_t now, std::vector<NotifyItem>& due) const;
  bool is_due(const NotifyItem& item, std::int64_t now, bool* repeated) const;
  bool is_quiet(std::int64_t now) const;
  std::set<std::string> channels_for(const NotifyItem& item) const;
  std::vector<Message> address(const std::vector<NotifyItem>& due, std::int64_t now) const;
  void forget_old(const Snapshot& snapshot);

  NotifySettings settings_;
  const std::int64_t started_ms_;
  Told told_;
  std::set<PaneKey> worked_, fresh_;  // seen working; started under our eyes and not worked yet
  std::vector<NotifyItem> missing_;   // gone, not told yet
  std::uint64_t rounds_ = 0;
};

// "session matches pattern": * and ? as in a shell.
bool glob_match(std::string_view pattern, std::string_view text);

// The message for people: a head with local time and zone, then a section a concern, each line
// "- session:window.pane (Name): what, since when". At most 20 lines a section; the rest is counted.
std::string message_text(const Message& message);
// One line, for places with little room.
std::string message_summary(const Message& message);

}  // namespace orc
