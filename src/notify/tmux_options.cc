// SPDX-License-Identifier: Apache-2.0
#include "tmux_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <utility>

#include "tmux_orc/aggregate/aggregator.h"
#include "tmux_orc/base/ask_text.h"
#include "tmux_orc/base/state_style.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/notify/notify_message.h"

namespace orc {
namespace {

constexpr std::int64_t kRenew_ms = 30'000;
constexpr std::size_t kMostCommands = 100, kMostBytes = 8000;
constexpr int kAsksColumns = 80;
constexpr const char* kPaneNames[] = {"@orc_state", "@orc_icon", "@orc_since", "@orc_asks"};
constexpr const char* kWindowNames[] = {"@orc_window_state", "@orc_window_icon"};

std::string harmless(std::string text) {
  std::replace(text.begin(), text.end(), '#', '*');
  return text;
}

std::string state_value(const AgentStatus& a) {
  std::string text(to_string(a.verdict.state));
  if (a.done) return text + "/done";
  if (a.stuck) return text + "/stuck";
  return a.verdict.detail.empty() ? text : text + "/" + a.verdict.detail;
}

void add_pane(const AgentStatus& a, TmuxOptionValues& out) {
  const std::string pane = fmt::format("%{}", a.pane.key.pane);
  const auto put = [&](const char* name, std::string value) {
    if (!value.empty()) out[{"-p", pane, name}] = harmless(std::move(value));
  };
  put("@orc_state", state_value(a));
  put("@orc_icon", std::string(style_of(a.verdict.state).sign));
  put("@orc_since", std::to_string(a.since_ms / 1000));
  put("@orc_asks", asks_text(a.verdict, kAsksColumns));
}

}  // namespace

TmuxOptionValues tmux_options_of(const Snapshot& s, const std::string& server, bool panes) {
  TmuxOptionValues out;
  std::map<int, std::vector<const AgentStatus*>> sessions;
  std::map<std::uint32_t, const AgentStatus*> windows;
  for (const AgentStatus& a : s.agents) {
    if (a.pane.server_name != server || a.verdict.state == State::kNotAgent) continue;
    sessions[a.pane.session_id].push_back(&a);
    if (!panes) continue;
    add_pane(a, out);
    const AgentStatus*& neediest = windows[a.pane.facts.window];
    if (neediest == nullptr || attention_rank(a) < attention_rank(*neediest)) neediest = &a;
  }
  for (const auto& [window, a] : windows) {
    const std::string target = fmt::format("@{}", window);
    out[{"-w", target, "@orc_window_state"}] = harmless(state_value(*a));
    out[{"-w", target, "@orc_window_icon"}] = std::string(style_of(a->verdict.state).sign);
  }
  for (const auto& [session, agents] : sessions) {
    if (std::string text = attention_text(agents); !text.empty())
      out[{"", fmt::format("${}:", session), "@orc_status"}] = std::move(text);
  }
  return out;
}

std::vector<std::vector<std::string>> set_option_words(const TmuxOptionValues& before,
                                                       const TmuxOptionValues& after) {
  std::vector<std::vector<std::string>> out;
  std::size_t commands = 0, bytes = 0;
  const auto add = [&](const TmuxOption& o, const std::string* value) {
    // -q: an error would end the commands behind it, too, and a pane may be gone by now.
    std::vector<std::string> words = {"set-option", value == nullptr ? "-qu" : "-q"};
    if (!o.scope.empty()) words.push_back(o.scope);
    if (!o.target.empty()) words.insert(words.end(), {"-t", o.target});
    words.push_back(o.name);
    if (value != nullptr) words.push_back(*value);
    std::size_t size = 2;
    for (const std::string& w : words) size += w.size() + 3;
    if (out.empty() || commands == kMostCommands || bytes + size > kMostBytes) {
      out.emplace_back();
      commands = bytes = 0;
    }
    if (!out.back().empty()) out.back().push_back(";");
    out.back().insert(out.back().end(), words.begin(), words.end());
    ++commands;
    bytes += size;
  };
  for (const auto& [option, value] : before) {
    if (!after.contains(option)) add(option, nullptr);
  }
  for (const auto& [option, value] : after) {
    const auto known = before.find(option);
    if (known == before.end() || known->second != value) add(option, &value);
  }
  return out;
}

// What a monitor that was killed left there.
TmuxOptionValues TmuxOptions::left_over(const LiveServer& server, const Cancel* cancel) {
  TmuxOptionValues out;
  const TmuxClient& client = server.link.client();
  const auto said = client.ask({"list-panes", "-a", "-F",
                                "#{pane_id} #{window_id} #{session_id} "
                                "#{?@orc_state,1,0}#{?@orc_window_state,1,0}#{?@orc_status,1,0}"},
                               client.limit(), "", cancel);
  if (!said) return out;
  for (const std::string_view line : split_lines(*said)) {
    unsigned pane = 0, window = 0;
    int session = 0;
    char set[4] = "";
    if (std::sscanf(std::string(line).c_str(), "%%%u @%u $%d %3[01]", &pane, &window, &session, set) != 4)
      continue;
    if (set[0] == '1')
      for (const char* name : kPaneNames) out[{"-p", fmt::format("%{}", pane), name}];
    if (set[1] == '1')
      for (const char* name : kWindowNames) out[{"-w", fmt::format("@{}", window), name}];
    if (set[2] == '1') out[{"", fmt::format("${}:", session), "@orc_status"}];
  }
  return out;
}

void TmuxOptions::show(const Snapshot& s, const Cancel* cancel) {
  for (const auto& server : servers_) {
    const std::string& name = server->link.address().name;
    const auto figures = std::find_if(s.servers.begin(), s.servers.end(),
                                      [&](const ServerFigures& f) { return f.name == name; });
    // What is not reached cannot be told; its options keep the time that they are of.
    if (figures == s.servers.end() || !figures->reachable) continue;
    Shown& shown = shown_[name];
    // A server's end takes its options along.
    if (shown.life != figures->life) shown = {figures->life, 0, left_over(*server, cancel)};
    TmuxOptionValues wanted = tmux_options_of(s, name, panes_);
    const bool is_due = s.at_ms - shown.at_ms >= kRenew_ms || s.at_ms < shown.at_ms;
    TmuxOption at{"-s", "", "@orc_at"};
    if (const auto known = shown.values.find(at); known != shown.values.end() && !is_due)
      wanted[at] = known->second;
    else
      wanted[at] = std::to_string(s.at_ms / 1000);
    bool done = true;
    const TmuxClient& client = server->link.client();
    for (const auto& words : set_option_words(shown.values, wanted))
      done = done && client.ask(words, client.limit(), "", cancel).has_value();
    if (!done) continue;  // tried again after the next round
    if (is_due) shown.at_ms = s.at_ms;
    shown.values = std::move(wanted);
  }
}

void TmuxOptions::clear(Deadline deadline) {
  for (const auto& server : servers_) {
    const auto shown = shown_.find(server->link.address().name);
    if (shown == shown_.end()) continue;
    for (const auto& words : set_option_words(shown->second.values, {}))
      static_cast<void>(server->link.client().ask(words, deadline));
  }
  shown_.clear();
}

}  // namespace orc
