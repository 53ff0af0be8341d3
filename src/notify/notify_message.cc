// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/notify/notify_message.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "tmux_orc/base/ask_text.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/figures/calendar.h"
#include "tmux_orc/figures/json.h"

namespace orc {
namespace {

constexpr std::size_t kMostLines = 20;
constexpr std::size_t kMostAsks = 20;  // in the JSON, whole: 6 KB each at most; see variable() in delivery.cc
constexpr int kMostAskColumns = 100;

constexpr std::pair<Concern, const char*> kSections[] = {{Concern::kUnreachable, "Servers not reached"},
                                                         {Concern::kCrashed, "Crashed"},
                                                         {Concern::kError, "Errors"},
                                                         {Concern::kWaiting, "Waiting for a person"},
                                                         {Concern::kEscalation, "Waiting too long"},
                                                         {Concern::kRateLimited, "Rate-limited"},
                                                         {Concern::kStuck, "Stuck"},
                                                         {Concern::kDone, "Done"},
                                                         {Concern::kIdle, "Idle"},
                                                         {Concern::kFresh, "Fresh"},
                                                         {Concern::kMissing, "Missing"}};

std::string with_detail(const char* what, const std::string& detail) {
  return detail.empty() ? what : fmt::format("{} ({})", what, detail);
}

std::string with_sentence(const char* what, const std::string& sentence) {
  return sentence.empty() ? what : fmt::format("{}: {}", what, sentence);
}

std::string what_of(const NotifyItem& i) {
  const std::string asks = i.asks ? ask_text(*i.asks, kMostAskColumns) : "";
  switch (i.concern) {
    case Concern::kCrashed:
      return with_detail("crashed", i.detail);
    case Concern::kWaiting:
      return waits_text(i.detail, asks);
    case Concern::kRateLimited:
      return i.resets_at_ms > 0 ? "rate-limited until " + time_text(i.resets_at_ms) : "rate-limited";
    case Concern::kError:
      return with_sentence("stopped with an error", asks);
    case Concern::kIdle:
      return "idle";
    case Concern::kFresh:
      return "started, has had no task";
    case Concern::kMissing:
      return "is gone";
    case Concern::kEscalation:
      return with_sentence("still waits for a person", asks);
    case Concern::kStuck:
      return "at work, and nothing moves";
    case Concern::kDone:
      return "has ended its turn";
    case Concern::kUnreachable:
      return with_detail("not reached", i.detail);
  }
  return "";
}

std::string who_of(const NotifyItem& i) {
  if (i.concern == Concern::kUnreachable) return "tmux server " + printable(i.pane.server_name);
  const std::string name = i.pane.window_name.empty() ? i.agent : i.pane.window_name;
  return fmt::format("{} ({})", printable(i.pane.target()), printable(name));
}

std::string item_line(const NotifyItem& i, std::int64_t now) {
  return fmt::format("{}: {}, since {} ({}){}", who_of(i), printable(what_of(i)), time_text(i.since_ms),
                     format_duration_ms(std::max<std::int64_t>(0, now - i.since_ms)),
                     i.repeated ? ", told before" : "");
}

nlohmann::ordered_json item_json(const NotifyItem& i, bool with_asks) {
  const bool server = i.concern == Concern::kUnreachable;
  return {{"concern", to_string(i.concern)},
          {"agent", i.agent},
          {"server", i.pane.server_name},
          {"server_id", fmt::format("{:016x}", i.pane.key.server)},
          {"target", server ? "" : printable(i.pane.target())},
          {"pane", server ? "" : fmt::format("%{}", i.pane.key.pane)},
          {"window", printable(i.pane.window_name)},
          {"role", i.pane.role == Role::kPm ? "pm" : "agent"},
          {"detail", i.detail},
          {"since_ms", i.since_ms},
          {"resets_at_ms", i.resets_at_ms},
          {"repeated", i.repeated},
          {"asks", i.asks && with_asks ? to_json(*i.asks) : nlohmann::ordered_json()}};
}

// What text and summary are made of.
struct Line {
  Concern concern;
  std::string text;
};

std::vector<Line> lines_of(const Message& m) {
  std::vector<Line> out;
  for (const NotifyItem& i : m.items) out.push_back({i.concern, item_line(i, m.at_ms)});
  return out;
}

std::string text_of(const std::vector<Line>& lines, std::int64_t at_ms) {
  std::string out = fmt::format("Agents report {}\n", time_text(at_ms));
  for (const auto& [concern, title] : kSections) {
    std::size_t count = 0;
    for (const Line& l : lines) {
      if (l.concern != concern) continue;
      if (count == 0) out += fmt::format("{}:\n", title);
      if (++count <= kMostLines) out += "- " + l.text + "\n";
    }
    if (count > kMostLines) out += fmt::format("- and {} more\n", count - kMostLines);
  }
  out.pop_back();
  return out;
}

std::string summary_of(const std::vector<Line>& lines) {
  if (lines.size() == 1) return lines[0].text;
  std::map<Concern, int> counts;
  for (const Line& l : lines) ++counts[l.concern];
  std::string out;
  for (const auto& [concern, count] : counts)
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", count, to_string(concern));
  return out;
}

std::string json_of(const std::string& text, const std::string& summary, std::int64_t at_ms,
                    nlohmann::ordered_json items) {
  return dump({{"text", text}, {"summary", summary}, {"at_ms", at_ms}, {"items", std::move(items)}});
}

std::optional<Concern> concern_called(const std::string& name) {
  for (const auto& [concern, title] : kSections) {
    if (to_string(concern) == name) return concern;
  }
  return std::nullopt;
}

OutMessage part_of(const OutMessage& whole, const nlohmann::ordered_json& items, std::size_t from,
                   std::size_t to) {
  std::vector<Line> lines;
  nlohmann::ordered_json part = nlohmann::ordered_json::array();
  for (std::size_t i = from; i < to; ++i) {
    lines.push_back({concern_called(items[i].value("concern", "")).value_or(Concern::kError),
                     items[i].value("line", "")});
    part.push_back(items[i]);
  }
  OutMessage out = whole;
  out.id = 0;
  out.tries = 0;
  out.text = text_of(lines, whole.at_ms);
  out.summary = summary_of(lines);
  out.json = json_of(out.text, out.summary, whole.at_ms, std::move(part));
  return out;
}

}  // namespace

std::vector<OutMessage> halves_of(const OutMessage& m) {
  const auto j = parse_json(m.json);
  if (!j || !j->is_object() || !j->contains("items") || !(*j)["items"].is_array()) return {};
  const auto& items = (*j)["items"];
  if (items.size() < 2) return {};
  const std::size_t middle = items.size() / 2;
  return {part_of(m, items, 0, middle), part_of(m, items, middle, items.size())};
}

std::string json_with_id(const OutMessage& m) {
  if (m.id == 0 || !m.json.starts_with("{\"")) return m.json;
  return fmt::format("{{\"id\":{},{}", m.id, std::string_view(m.json).substr(1));
}

std::string message_text(const Message& m) { return text_of(lines_of(m), m.at_ms); }

std::string message_summary(const Message& m) { return summary_of(lines_of(m)); }

std::string message_json(const Message& m) {
  nlohmann::ordered_json items = nlohmann::ordered_json::array();
  std::size_t asking = 0;
  for (const NotifyItem& i : m.items) {
    asking += i.asks ? 1u : 0u;
    items.push_back(item_json(i, asking <= kMostAsks));
    items.back()["line"] = item_line(i, m.at_ms);
  }
  return json_of(message_text(m), message_summary(m), m.at_ms, std::move(items));
}

std::string slack_json(const std::string& json) {
  auto j = parse_json(json);
  if (!j || !j->is_object()) return json;
  std::string text;
  for (const char c : j->value("text", "")) {
    if (c == '&')
      text += "&amp;";
    else if (c == '<')
      text += "&lt;";
    else if (c == '>')
      text += "&gt;";
    else
      text += c;
  }
  (*j)["text"] = text;
  return dump(*j);
}

OutMessage render(const Message& m) {
  OutMessage out;
  out.at_ms = m.at_ms;
  out.channel = m.channel;
  out.server = m.server;
  out.session = m.session;
  out.server_id = m.server_id;
  out.session_id = m.session_id;
  out.text = message_text(m);
  out.summary = message_summary(m);
  out.json = message_json(m);
  return out;
}

std::string attention_text(const std::vector<const AgentStatus*>& agents) {
  std::string out;
  for (const State state : {State::kWaiting, State::kCrashed, State::kError, State::kRateLimited}) {
    const auto count = std::count_if(agents.begin(), agents.end(),
                                     [&](const AgentStatus* a) { return a->verdict.state == state; });
    if (count > 0) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", count, to_string(state));
  }
  return out;
}

}  // namespace orc
