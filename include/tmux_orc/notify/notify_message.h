// SPDX-License-Identifier: Apache-2.0
// What people are told: a message of a round's news for one recipient, and its form on each way out.
// Plain data; the functions are pure and thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tmux_orc/base/model.h"
#include "tmux_orc/base/notify_settings.h"

namespace orc {

struct NotifyItem {
  Concern concern = Concern::kWaiting;
  PaneRef pane;
  std::string agent, detail;
  std::int64_t since_ms = 0, resets_at_ms = 0;
  bool repeated = false;      // told before, and it still lasts
  std::optional<Ask> asks{};  // what it waits for, or the sentence of its error or limit
};

// One message to one recipient.
struct Message {
  std::string channel;
  std::string server, session;  // of a PM's message: only this session's agents are in it
  ServerId server_id = 0;
  int session_id = 0;
  std::int64_t at_ms = 0;
  std::vector<NotifyItem> items;
};

// A message as it goes out: rendered when it was decided, so that it can wait in the database over restarts.
struct OutMessage {
  std::int64_t id = 0;  // in the database; 0: only in memory
  std::int64_t at_ms = 0;
  std::string channel, server, session;
  ServerId server_id = 0;
  int session_id = 0;
  std::string text, summary, json;
  int tries = 0;
  bool placed = false;  // a PM's: it was pasted, or may have been
};
OutMessage render(const Message& message);
// Its JSON with its number first: what is sent twice, by a kill in the moment of delivery, has the same.
std::string json_with_id(const OutMessage& message);
// The same items in two messages; none if it has one alone.
std::vector<OutMessage> halves_of(const OutMessage& message);

// The message for people: a head with local time and zone, then a section a concern, each line
// "- session:window.pane (Name): what, since when". At most 20 lines a section; the rest is counted.
std::string message_text(const Message& message);
// One line, for places with little room.
std::string message_summary(const Message& message);
// What commands and webhooks get: text, summary, at_ms, items.
std::string message_json(const Message& message);
// The same for Slack, which gives <, > and & in `text` a meaning of their own.
std::string slack_json(const std::string& json);

// "2 waiting, 1 crashed" of those that need a person; "" when all is well.
std::string attention_text(const std::vector<const AgentStatus*>& agents);

}  // namespace orc
