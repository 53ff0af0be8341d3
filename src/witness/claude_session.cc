// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/witness/claude_session.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "moment.h"

namespace orc {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestText = 4096;  // no path is longer; the file is another program's

std::string text(const json& j, const char* key) {
  const auto found = j.find(key);
  if (found == j.end() || !found->is_string()) return {};
  const auto& value = found->get_ref<const std::string&>();
  return value.size() <= kLongestText ? value : std::string();
}

std::int64_t number(const json& j, const char* key) {
  const auto found = j.find(key);
  return found != j.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

// Keeps the named fields of the outermost object and never builds the rest.
json named_fields(std::string_view document) {
  static constexpr std::string_view kNames[] = {"pid",       "procStart",       "pidDomain", "tmux",
                                                "status",    "waitingFor",      "version",   "cwd",
                                                "sessionId", "statusUpdatedAt", "updatedAt"};
  return json::parse(
      document,
      [](int depth, json::parse_event_t event, json& parsed) {
        if (event != json::parse_event_t::key || depth != 1) return true;
        return std::find(std::begin(kNames), std::end(kNames), parsed.get_ref<const std::string&>()) !=
               std::end(kNames);
      },
      false);
}

struct Waiting {
  std::string_view word;
  OwnState state;
  std::string_view detail;
};
constexpr Waiting kWaitings[] = {{"permission prompt", OwnState::kWaiting, ""},
                                 {"input needed", OwnState::kWaiting, "question"},
                                 {"sandbox request", OwnState::kWaiting, "command"},
                                 {"goal proposal", OwnState::kWaiting, "plan"},
                                 {"dialog open", OwnState::kMaybe, ""}};

OwnWord waiting_word(const ClaudeSession& s) {
  for (const Waiting& w : kWaitings) {
    if (w.word == s.waiting_for) return {w.state, "waiting", std::string(w.detail), s.at_ms};
  }
  return {OwnState::kWaiting, "waiting", "", s.at_ms};
}

// The pane in "session:@window.%pane"; names may hold anything but the last "%".
std::optional<unsigned> pane_of(std::string_view tmux) {
  const auto at = tmux.rfind('%');
  unsigned pane = 0;
  if (at == std::string_view::npos) return std::nullopt;
  const auto [end, error] = std::from_chars(tmux.data() + at + 1, tmux.data() + tmux.size(), pane);
  if (error != std::errc{} || end != tmux.data() + tmux.size()) return std::nullopt;
  return pane;
}

}  // namespace

std::optional<ClaudeSession> parse_claude_session(std::string_view document) {
  const json j = named_fields(document);
  if (!j.is_object()) return std::nullopt;
  ClaudeSession s;
  const std::int64_t pid = number(j, "pid");
  s.pid = pid > 0 && pid < (1 << 30) ? static_cast<int>(pid) : 0;
  s.started = text(j, "procStart");
  s.pid_space = text(j, "pidDomain");
  s.tmux = text(j, "tmux");
  s.status = text(j, "status");
  s.waiting_for = text(j, "waitingFor");
  s.version = text(j, "version");
  s.cwd = text(j, "cwd");
  s.session_id = text(j, "sessionId");
  s.at_ms = possible_moment(number(j, "statusUpdatedAt"));
  if (s.at_ms == 0) s.at_ms = possible_moment(number(j, "updatedAt"));
  if (s.pid == 0) return std::nullopt;
  return s;
}

bool is_of(const ClaudeSession& s, const AgentProcessId& who) {
  if (s.pid != who.pid || who.started == 0 || s.started != std::to_string(who.started)) return false;
  if (!s.pid_space.empty() && !who.pid_space.empty() && !s.pid_space.ends_with(who.pid_space)) return false;
  // Of the wrong pane, where it names one: another server's, or a nested one's.
  return s.tmux.empty() || pane_of(s.tmux) == who.pane;
}

OwnWord own_word_of(const ClaudeSession& s) {
  if (s.status == "busy") return {OwnState::kBusy, s.status, "", s.at_ms};
  if (s.status == "waiting") return waiting_word(s);
  if (s.status == "idle") return {OwnState::kIdle, s.status, "", s.at_ms};
  if (s.status == "shell") return {OwnState::kIdle, s.status, "background", s.at_ms};
  return {};  // none at the trust dialog; a word of a later version
}

}  // namespace orc
