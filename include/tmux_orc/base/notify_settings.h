// SPDX-License-Identifier: Apache-2.0
// Who is told what, and how often. Plain data, read from the configuration.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tmux_orc/base/model.h"

namespace orc {

// What a message can be about. fresh: an agent that was started and never worked; missing: it quit, or its
// pane left; escalation: it waits for a person and nobody came; unreachable: a tmux server with agents that
// cannot be seen any more; stuck: at work, and nothing moves; done: a turn ended that nobody has seen. The
// numbers are stored: new ones go to the end.
enum class Concern {
  kCrashed,
  kWaiting,
  kRateLimited,
  kError,
  kIdle,
  kFresh,
  kMissing,
  kEscalation,
  kUnreachable,
  kStuck,
  kDone,
};
inline constexpr int kConcernCount = 11;
std::string_view to_string(Concern concern);
std::optional<Concern> concern_from_string(std::string_view name);

struct NotifyChannel {
  enum class Type { kPmPane, kCommand, kWebhook, kDesktop, kStatusline };
  static constexpr int kTypeCount = 5;
  std::string name;
  Type type = Type::kCommand;
  std::vector<std::string> command;  // command: the program and its arguments, run without a shell
  std::string url;                   // webhook
  std::string format = "json";       // webhook: json, ntfy, pushover
  std::string click;                 // ntfy, pushover: what a tap opens
  std::string token, user;           // pushover
  std::string page;                  // api.page_url: what a tap opens where `click` is empty
  bool answers = false;              // the page may answer (api.answer)
  std::string osc = "off";           // desktop: also write OSC 9, 777 or both to the clients' terminals
  bool panes = false;                // statusline: options of panes and windows, too
  double timeout_s = 10;
  int retries = 3;  // webhook: further tries, 2 s apart, then twice as long each
};

std::string_view to_string(NotifyChannel::Type type);  // "pm-pane": as the configuration says it

struct NotifyRule {
  std::vector<Concern> concerns;      // empty: all but idle, escalation and done
  std::vector<std::string> sessions;  // names, with * and ?; empty: all
  bool agents = true, pms = false;
  std::vector<std::string> channels;
};

struct NotifySettings {
  bool enabled = true;  // with no channel nothing is ever sent
  double startup_grace_s = 30;
  std::string quiet_from, quiet_until;  // "22:00", "07:00": local time
  double escalate_after_s = 1800;
  // Seconds: the state must last so long before it is told, and a pane's next message of the kind must wait
  // so long. repeat: the same wait is told again so often; 0: never.
  struct Pace {
    double debounce_s = 0, cooldown_s = 0, repeat_s = 0;
  };
  std::map<Concern, Pace> pace = {{Concern::kCrashed, {0, 300, 0}},
                                  {Concern::kWaiting, {0, 0, 900}},
                                  {Concern::kRateLimited, {0, 300, 0}},
                                  {Concern::kError, {10, 300, 0}},
                                  {Concern::kIdle, {60, 300, 0}},
                                  {Concern::kFresh, {30, 600, 0}},
                                  {Concern::kMissing, {0, 0, 0}},
                                  {Concern::kEscalation, {0, 0, 0}},
                                  {Concern::kUnreachable, {60, 300, 0}},
                                  {Concern::kStuck, {0, 300, 0}},
                                  {Concern::kDone, {0, 0, 0}}};
  std::vector<NotifyChannel> channels;
  std::vector<NotifyRule> rules;  // empty: all but idle, escalation and done to all channels

  // Acting on panes: off unless switched on.
  std::string restart_crashed = "off";  // off, dry-run, on
  std::string restart_command;          // typed into the crashed agent's own shell
  int restart_cap_per_hour = 3;
  // Enter for a message of ours that stands in a PM's prompt because the first one was not taken.
  std::string submit_draft = "off";  // off, dry-run, on
  int submit_draft_cap_per_hour = 6;
};

}  // namespace orc
