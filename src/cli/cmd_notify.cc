// SPDX-License-Identifier: Apache-2.0
// tmux-orc notify test|list|log, mute, unmute, statusline: who is told what.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cmd_report.h"
#include "number.h"
#include "setup.h"
#include "status_source.h"
#include "terminal.h"
#include "tmux_orc/base/ask_text.h"
#include "tmux_orc/base/files.h"
#include "tmux_orc/base/state_style.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/config/schema.h"
#include "tmux_orc/figures/calendar.h"
#include "tmux_orc/figures/json.h"
#include "tmux_orc/notify/dispatcher.h"
#include "tmux_orc/notify/mutes.h"

namespace orc::cli {
namespace {

int list_channels(const Globals& globals) {
  const auto plan = make_setup(globals, {});
  if (!plan) return report(plan.error());
  const NotifySettings& n = plan->settings.notify;
  if (globals.json) {
    nlohmann::ordered_json j = {{"enabled", n.enabled}, {"channels", nlohmann::ordered_json::array()}};
    for (const NotifyChannel& c : n.channels)
      j["channels"].push_back({{"name", c.name}, {"type", to_string(c.type)}});
    fmt::print("{}\n", dump(j, 2));
    return kOk;
  }
  if (n.channels.empty()) {
    fmt::print("No channel is configured: nobody is told anything. docs/notifications.md has examples.\n");
    return kOk;
  }
  std::vector<std::vector<std::string>> rows = {{"CHANNEL", "TYPE", "TO"}};
  for (const NotifyChannel& c : n.channels) {
    rows.push_back({c.name, std::string(to_string(c.type)),
                    c.type == NotifyChannel::Type::kWebhook   ? without_secrets(c.url)
                    : c.type == NotifyChannel::Type::kCommand ? c.command[0]
                                                              : "-"});
  }
  fmt::print("{}{}", table(rows), n.enabled ? "" : "Switched off: notifications.enabled is false.\n");
  return kOk;
}

Message test_message(std::int64_t now) {
  NotifyItem item;
  item.concern = Concern::kWaiting;
  item.agent = "claude";
  item.detail = "this is a test";
  item.pane.session = "test";
  item.pane.window_name = "test";
  item.since_ms = now;
  Message m;
  m.at_ms = now;
  m.items = {item};
  return m;
}

int test_channel(const Globals& globals, const std::string& name) {
  const auto plan = make_setup(globals, {});
  if (!plan) return report(plan.error());
  const SystemClock clock;
  for (const NotifyChannel& c : plan->settings.notify.channels) {
    if (c.name != name) continue;
    const auto done = send_once({plan->servers, plan->options.tmux_binary}, c,
                                render(test_message(clock.wall_ms())), nullptr);
    if (!done) return report(done.error());
    fmt::print("Told over {}.\n", name);
    return kOk;
  }
  std::vector<std::string> names;
  for (const NotifyChannel& c : plan->settings.notify.channels) names.push_back(c.name);
  return report(
      {ErrorKind::kInvalid, fmt::format("there is no channel '{}'; there are: {}", name,
                                        names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")))});
}

int log(const Globals& globals, int lines) {
  auto reader = open_history(globals);
  if (!reader) return report(reader.error());
  const auto rows = (*reader)->notification_log(lines);
  if (!rows) return report(rows.error());
  for (const HistoryNotification& n : *rows) {
    if (globals.json)
      fmt::print("{}\n", dump({{"at_ms", n.at_ms},
                               {"channel", n.channel},
                               {"target", n.target},
                               {"text", n.text},
                               {"delivered", n.delivered}}));
    else
      fmt::print("{}  {:<10} {:<12} {}{}\n", time_text(n.at_ms), n.channel, n.target,
                 n.delivered ? "" : "NOT DELIVERED: ", printable(n.text));
  }
  return kOk;
}

// "90", "30m", "2h", "1d" in milliseconds.
Result<std::int64_t> parse_length(const std::string& text) {
  char unit = 's', more = 0;
  double value = 0;
  const int got = std::sscanf(text.c_str(), "%lf%c%c", &value, &unit, &more);
  const double factor = unit == 's' ? 1 : unit == 'm' ? 60 : unit == 'h' ? 3600 : unit == 'd' ? 86400 : 0;
  if (got < 1 || got > 2 || factor == 0 || !(value > 0 && value < 1e7))
    return fail(ErrorKind::kInvalid, fmt::format("--for '{}' must be like 90s, 30m, 2h or 1d", text));
  return static_cast<std::int64_t>(value * factor * 1000);
}

int list_mutes(const Globals& globals, Mutes& mutes, std::int64_t now) {
  const auto all = mutes.list();
  if (!all) return report(all.error());
  nlohmann::ordered_json j = nlohmann::ordered_json::array();
  for (const Mute& m : *all) {
    if (m.until_ms != 0 && m.until_ms <= now) continue;
    const std::string until = m.until_ms == 0 ? "until it is unmuted" : "until " + time_text(m.until_ms);
    if (globals.json) {
      j.push_back({{"target", printable(m.target)}, {"until_ms", m.until_ms}});
    } else {
      fmt::print("{}  {}\n", printable(m.target), until);
    }
  }
  if (globals.json) fmt::print("{}\n", dump(j, 2));
  return kOk;
}

// Of a pane's number the server is told, too: after its end the number is another pane's. Refused is what no
// agent is in: a mute with a slip in it would be believed.
Result<ServerId> server_to_mute(const Globals& globals, const Paths& paths, const std::string& target) {
  ORC_TRY(snapshot, latest_snapshot(globals, paths));
  std::map<ServerId, std::string> servers;
  for (const AgentStatus& a : snapshot->agents) {
    const bool wanted = globals.socket_name.empty() || a.pane.server_name == globals.socket_name;
    if (wanted && (a.pane.is_called(target) || a.pane.session == target))
      servers[a.pane.key.server] = a.pane.server_name;
  }
  if (servers.empty())
    return fail(ErrorKind::kInvalid,
                fmt::format("no agent is in '{}': a pane (%N or session:window.pane) or a session that "
                            "`tmux-orc status` lists is wanted",
                            printable(target)));
  if (!target.starts_with('%')) return ServerId{0};
  if (servers.size() == 1) return servers.begin()->first;
  std::vector<std::string> names;
  for (const auto& [id, name] : servers) names.push_back(name);
  return fail(
      ErrorKind::kInvalid,
      fmt::format("{} is a pane of several servers ({}): name one with -L, or give session:window.pane",
                  target, fmt::join(names, ", ")));
}

int mute(const Globals& globals, const std::string& target, const std::string& length, bool list_all) {
  const auto paths = paths_of(globals);
  if (!paths) return report(paths.error());
  Mutes mutes(paths->mute_file());
  const SystemClock clock;
  if (list_all || target.empty()) return list_mutes(globals, mutes, clock.wall_ms());
  Mute m;
  m.target = target;
  if (!length.empty()) {
    const auto ms = parse_length(length);
    if (!ms) return report(ms.error());
    m.until_ms = clock.wall_ms() + *ms;
  }
  const auto server = server_to_mute(globals, *paths, target);
  if (!server) return report(server.error());
  m.server = *server;
  if (auto made = make_private_folder(paths->root); !made) return report(made.error());
  if (auto ok = mutes.mute(m, clock.wall_ms()); !ok) return report(ok.error());
  fmt::print("{} is muted {}.\n", printable(target),
             m.until_ms == 0 ? "until it is unmuted" : "until " + time_text(m.until_ms));
  return kOk;
}

int unmute(const Globals& globals, const std::string& target) {
  const auto paths = paths_of(globals);
  if (!paths) return report(paths.error());
  ServerId server = 0;
  if (target.starts_with('%') && !globals.socket_name.empty()) {
    const auto found = server_to_mute(globals, *paths, target);
    if (!found) return report(found.error());
    server = *found;
  }
  const auto done = Mutes(paths->mute_file()).unmute(target, server);
  if (!done) return report(done.error());
  fmt::print("{} {}.\n", printable(target), *done ? "is heard again" : "was not muted");
  return *done ? kOk : kNo;
}

// "fg=yellow,bold" for "1;33".
std::string tmux_style(State s) {
  constexpr const char* kColors[] = {"black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"};
  std::string out;
  const std::string_view sgr = style_of(s).sgr;
  for (std::size_t at = 0; at < sgr.size();) {
    const std::size_t end = std::min(sgr.find(';', at), sgr.size());
    const std::string_view code = sgr.substr(at, end - at);
    std::string word;
    if (code == "1") word = "bold";
    if (code == "2") word = "dim";
    if (code.size() == 2 && code[0] == '3' && code[1] < '8')
      word = fmt::format("fg={}", kColors[code[1] - '0']);
    if (!word.empty()) out += (out.empty() ? "" : ",") + word;
    at = end + 1;
  }
  return out.empty() ? "default" : out;
}

// One line for tmux's status line: only what somebody should know, nothing when all is well. In tmux's own
// style language if wanted, with the colours of the table of states.
std::string statusline_text(const Snapshot& s, bool styled) {
  std::string out;
  const auto put = [&](std::string words, const std::string& style, std::string_view sign) {
    if (styled) words = fmt::format("#[{}]{} {}#[default]", style, sign, words);
    out += (out.empty() ? "" : " ") + words;
  };
  const auto count_of = [&](State state) {
    const auto found = s.counts.find(state);
    return found == s.counts.end() ? 0 : found->second;
  };
  const auto add = [&](State state, std::size_t count) {
    put(fmt::format("{} {}", count, to_string(state)), tmux_style(state), style_of(state).sign);
  };
  for (const State state : {State::kWaiting, State::kCrashed, State::kError, State::kRateLimited}) {
    if (count_of(state) > 0) add(state, count_of(state));
  }
  if (s.stuck > 0)
    put(fmt::format("{} stuck", s.stuck), tmux_style(State::kError), style_of(State::kWorking).sign);
  if (s.done > 0) put(fmt::format("{} done", s.done), tmux_style(State::kIdle), style_of(State::kIdle).sign);
  const bool reached = std::ranges::any_of(s.servers, &ServerFigures::reachable);
  if (out.empty() && reached) add(State::kWorking, count_of(State::kWorking));
  for (const ServerFigures& f : s.servers) {
    // One of several that never had agents is missed by nobody.
    const bool missed = !reached || std::ranges::any_of(s.agents, [&](const AgentStatus& a) {
      return a.pane.server_name == f.name;
    });
    if (f.reachable || !missed) continue;
    const std::string name = s.servers.size() > 1 ? f.name + " " : "";
    out += fmt::format("{}tmux {}not reached", out.empty() ? "" : ", ", name);
  }
  return out;
}

// What the agent that has waited longest asks. tmux takes '#' in a status line for its own language.
std::string longest_ask(const Snapshot& s) {
  const AgentStatus* longest = nullptr;
  for (const AgentStatus& a : s.agents) {
    if (a.verdict.state != State::kWaiting || !a.verdict.asks) continue;
    if (longest == nullptr || a.since_ms < longest->since_ms) longest = &a;
  }
  if (longest == nullptr) return {};
  constexpr int kColumns = 60;
  std::string text = printable(longest->pane.target()) + ": " + asks_text(longest->verdict, kColumns);
  std::ranges::replace(text, '#', ' ');
  return text;
}

int statusline(const Globals& globals, bool styled, bool asks) {
  const auto paths = paths_of(globals);
  if (!paths) return report(paths.error());
  const auto reply = ask_monitor(*paths, "GET", "/api/v1/snapshot");
  if (!reply) {
    fmt::print("tmux-orc: off\n");
    return kUnavailable;
  }
  const auto snapshot = snapshot_from_json(*reply);
  if (!snapshot) return report(snapshot.error());
  std::string line = statusline_text(*snapshot, styled);
  const std::string ask = asks ? longest_ask(*snapshot) : "";
  if (!ask.empty()) line += (line.empty() ? "" : " ") + ask;
  fmt::print("{}\n", line);
  return kOk;
}

void add_notify(CLI::App& app, Globals& globals, Action& action) {
  const auto on = [&action](CLI::App* sub, const char* footer, std::function<int()> run_it) {
    sub->footer(footer);
    sub->callback([&action, run_it = std::move(run_it)] { action = run_it; });
  };
  auto* notify = app.add_subcommand("notify", "Who is told what");
  notify->require_subcommand(1);
  notify->footer("Example: tmux-orc notify test slack");
  struct NotifyOptions {
    std::string name, length;
    int lines = 50;
    bool all = false, asks = false;
  };
  auto o = std::make_shared<NotifyOptions>();
  on(notify->add_subcommand("list", "The configured channels"),
     "Exit code: 0.\nExample: tmux-orc notify list", [&globals] { return list_channels(globals); });
  auto* test_cmd = notify->add_subcommand("test", "Send a test message over a channel now");
  test_cmd->add_option("channel", o->name, "its name")->required()->type_name("CHANNEL");
  on(test_cmd, "Exit code: 0 told, 2 no such channel, 3 or 4 it failed.\nExample: tmux-orc notify test slack",
     [o, &globals] { return test_channel(globals, o->name); });
  auto* log_cmd = notify->add_subcommand("log", "What was told, and what could not be");
  takes_whole(log_cmd->add_option("-n,--lines", o->lines, "how many"), 1, 100'000)->capture_default_str();
  on(log_cmd, "Exit code: 0, 3 there is no history.\nExample: tmux-orc notify log -n 20",
     [o, &globals] { return log(globals, o->lines); });

  auto* mute_cmd = app.add_subcommand("mute", "Say nothing about a pane or session for a while");
  mute_cmd->add_option("target", o->name, "a pane (%5 or session:window.pane) or a session; none: list")
      ->type_name("TARGET");
  mute_cmd->add_option("--for", o->length, "how long: 90s, 30m, 2h, 1d (default: until unmute)")
      ->type_name("TIME");
  mute_cmd->add_flag("--list", o->all, "what is muted");
  on(mute_cmd, "Exit code: 0, 2 no agent is there.\nExample: tmux-orc mute backend --for 2h",
     [o, &globals] { return mute(globals, o->name, o->length, o->all); });
  auto* unmute_cmd = app.add_subcommand("unmute", "Hear of a pane or session again");
  unmute_cmd->add_option("target", o->name, "as it was muted")->required()->type_name("TARGET");
  on(unmute_cmd, "Exit code: 0 unmuted, 1 it was not muted.\nExample: tmux-orc unmute backend",
     [o, &globals] { return unmute(globals, o->name); });
  auto* line_cmd = app.add_subcommand("statusline", "One line for tmux's status line: who needs a person");
  line_cmd->add_flag("--style", o->all, "with signs and tmux's colours");
  line_cmd->add_flag("--asks", o->asks, "and what the one asks that has waited longest");
  on(line_cmd,
     "Exit code: 0, 3 no monitor is running.\nExample: tmux set -g status-right '#(tmux-orc statusline)'",
     [o, &globals] { return statusline(globals, o->all, o->asks); });
}

const Registration kNotify(150, add_notify,
                           {{"notify log", kNoServer}, {"unmute", kNoJson}, {"statusline", kNoJson}});

}  // namespace
}  // namespace orc::cli
