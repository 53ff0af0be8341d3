// SPDX-License-Identifier: Apache-2.0
// tmux-orc wait, tmux-orc events: for scripts that go on when an agent is done, or hear of every change.
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent_filter.h"
#include "agent_watch.h"
#include "command.h"
#include "number.h"
#include "other_monitors.h"
#include "setup.h"
#include "snapshot_view.h"
#include "terminal.h"
#include "tmux_orc/base/ask_text.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/figures/json.h"

namespace orc::cli {
namespace {

struct WaitOptions {
  std::string pane;
  std::vector<std::string> states;
  AgentFilter filter;
  bool any = false;
  double timeout_s = 0;
};

void print_agent(const AgentStatus& agent, bool json) {
  if (json) {
    Snapshot one;
    one.agents.push_back(agent);
    fmt::print("{}\n", dump(to_json(one)["agents"][0]));
  } else {
    const std::string asks = asks_text(agent.verdict);
    fmt::print("%{} {} {} {}{}{}{}\n", agent.pane.key.pane, printable(agent.pane.target()),
               agent.verdict.agent.empty() ? "-" : printable(agent.verdict.agent),
               to_string(agent.verdict.state),
               agent.verdict.detail.empty() ? "" : "/" + printable(agent.verdict.detail),
               asks.empty() ? "" : "  ", asks);
  }
}

bool reached(const Snapshot& s) {
  return std::any_of(s.servers.begin(), s.servers.end(), [](const ServerFigures& f) { return f.reachable; });
}

int wait_for_agent(const Globals& globals, const WaitOptions& o) {
  if (o.any != o.pane.empty()) return report({ErrorKind::kInvalid, "name one pane, or give --any"});
  const auto wanted = states_of(o.states);
  if (!wanted) return report(wanted.error());
  const auto until = o.timeout_s > 0 ? Steady::now() + from_seconds(o.timeout_s) : Steady::time_point::max();
  auto watch = AgentWatch::open(globals);
  if (!watch) return report(watch.error());
  std::optional<PaneKey> pane;
  for (;;) {
    const auto snapshot = (*watch)->look();
    if (!snapshot) return report(snapshot.error());
    if (!reached(*snapshot)) return report({ErrorKind::kUnavailable, "no tmux server is reached"});
    if (!o.any && !pane) {
      const auto agent = agent_named(*snapshot, o.pane, "");
      if (!agent) return report(agent.error());
      pane = agent->pane.key;  // the pane may move; its number and server stay
    }
    bool there = o.any;
    for (const AgentStatus& a : snapshot->agents) {
      if (pane ? a.pane.key != *pane : !o.filter.takes(a)) continue;
      there = true;
      if (std::find(wanted->begin(), wanted->end(), a.verdict.state) == wanted->end()) continue;
      print_agent(a, globals.json);
      return kOk;
    }
    if (!there) {
      complain(fmt::format("{} is gone", printable(o.pane)));
      return kNo;
    }
    if (Steady::now() >= until) return kNo;
    (*watch)->wait(until);
  }
}

struct EventsOptions {
  bool follow = false;
};

void print_event(const StreamEvent& e, bool json) {
  if (e.kind == "reset") {
    if (json) fmt::print("{}\n", dump({{"id", e.id}, {"reset", true}}));
    return;
  }
  const auto j = parse_json(e.data);
  if (!j || !j->is_object()) return;
  if (json) {
    nlohmann::ordered_json line = {{"id", e.id}};
    line.update(*j);
    fmt::print("{}\n", dump(line));
  } else if (const auto t = transition_from_json(*j)) {
    fmt::print("{}\n", transition_line(*t, use_color(STDOUT_FILENO)));
  }
}

int events(const Globals& globals, const EventsOptions& o) {
  const auto paths = paths_of(globals);
  if (!paths) return report(paths.error());
  constexpr auto kPatience = std::chrono::seconds(2);
  constexpr int kQuiet_ms = 200;  // what the monitor keeps comes in one go
  // Of what was before, all that is kept; followed, only what comes.
  auto stream =
      EventClient::open(paths->api_socket(), o.follow ? std::nullopt : std::optional<std::uint64_t>(1),
                        Steady::now() + kPatience);
  if (!stream) return report(no_answer(*paths, stream.error()));
  for (;;) {
    const auto news = stream->read();
    if (!news) return report(news.error());
    // Asked for all that is kept, the monitor says that there was more before: that is no loss.
    for (const StreamEvent& e : *news)
      if (o.follow || e.kind != "reset") print_event(e, globals.json);
    if (std::fflush(stdout) != 0) return kFailure;
    pollfd p{stream->fd(), POLLIN, 0};
    if (::poll(&p, 1, o.follow ? -1 : kQuiet_ms) == 0) return kOk;
  }
}

void add_wait(CLI::App& app, Globals& globals, Action& action) {
  auto o = std::make_shared<WaitOptions>();
  auto* wait_cmd = app.add_subcommand("wait", "Wait until an agent is in a state");
  wait_cmd->add_option("PANE", o->pane, "%N or session:window.pane");
  wait_cmd->add_flag("--any", o->any, "any agent; --session, --server and --agent say of which");
  wait_cmd->add_option("--state", o->states, "one of these, as idle,waiting")
      ->delimiter(',')
      ->type_name("STATES")
      ->required();
  wait_cmd->add_option("--session", o->filter.sessions, "with --any: of these sessions")
      ->delimiter(',')
      ->type_name("NAMES");
  wait_cmd->add_option("--server", o->filter.servers, "with --any: of these servers")
      ->delimiter(',')
      ->type_name("NAMES");
  wait_cmd->add_option("--agent", o->filter.agents, "with --any: of these agents")
      ->delimiter(',')
      ->type_name("NAMES");
  takes_number(wait_cmd->add_option("--timeout", o->timeout_s, "seconds to wait at most (default: for ever)"),
               0.1, 1e7);
  wait_cmd->footer(
      "Says which agent it is. One that is in the state already ends it at once.\n"
      "Exit code: 0 it is, 1 the time is over or the pane is gone, 2 no such pane or state, 3 no server.\n"
      "Example: tmux-orc wait %12 --state idle,waiting --timeout 600");
  wait_cmd->callback(
      [o, &globals, &action] { action = [o, &globals] { return wait_for_agent(globals, *o); }; });
  auto e = std::make_shared<EventsOptions>();
  auto* events_cmd = app.add_subcommand("events", "The changes that the monitor saw, a line each");
  events_cmd->add_flag("--follow", e->follow, "those that come from now on, until Ctrl-C");
  events_cmd->footer(
      "With --json the objects of GET /api/v1/events, with their id.\n"
      "Exit code: 0, 3 no monitor runs, or it ended.\n"
      "Example: tmux-orc events --json");
  events_cmd->callback([e, &globals, &action] { action = [e, &globals] { return events(globals, *e); }; });
}

const Registration kWait(14, add_wait, {{"events", kNoServer}});

}  // namespace
}  // namespace orc::cli
