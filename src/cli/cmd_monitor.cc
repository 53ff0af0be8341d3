// SPDX-License-Identifier: Apache-2.0
// tmux-orc monitor: rounds in the foreground, printing what changed.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "command.h"
#include "number.h"
#include "setup.h"
#include "signals.h"
#include "snapshot_view.h"
#include "terminal.h"
#include "tmux_orc/base/files.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/discover/processes.h"
#include "tmux_orc/figures/json.h"

namespace orc::cli {
namespace {

struct MonitorOptions {
  std::shared_ptr<RunFlags> flags = std::make_shared<RunFlags>();
  bool dry_run = false, once = false;
};

void print_transitions(const Snapshot& s, bool json, bool color) {
  for (const Transition& t : s.transitions) {
    fmt::print("{}\n", json ? dump(to_json(t)) : transition_line(t, color));
  }
  std::fflush(stdout);
}

// Says once that a server cannot be reached, and once that it is back.
class ServerNotes {
 public:
  void tell(const Snapshot& s) {
    for (const ServerFigures& server : s.servers) {
      // Why a server is not reached changes while it goes down (refused, no socket): that it is not is told
      // once.
      const std::string key = server.reachable ? server.note : "not reached";
      if (std::string& last = last_[server.name]; last != key) {
        last = key;
        if (key.empty())
          complain(fmt::format("server {}: well again", server.name));
        else
          complain(fmt::format("server {}: {}{}", server.name,
                               server.reachable ? "" : "not reached: ", printable(server.note)));
      }
    }
  }

 private:
  std::map<std::string, std::string> last_;
};

int dry_run(const Plan& setup, Monitor& monitor) {
  const Settings& s = setup.settings;
  fmt::print("Configuration: {} (valid)\n", s.origin.empty() ? "defaults" : s.origin);
  std::size_t rules = 0;
  for (const auto& agent : setup.classifier->agents()) rules += agent.rules.size();
  fmt::print("Rules: {}, {} (valid)\n", counted(setup.classifier->agents().size(), "agent"),
             counted(rules, "rule"));
  fmt::print("{}\n", mode_line(setup.options.async, setup.options.rollout, setup.mode_reason));
  fmt::print("Plan: every {:g} s, strategy {}, transport {}, pool {} to {}, cache {}\n", s.check_interval_s,
             s.strategy, s.transport, s.pool_min_size, s.pool_max_size,
             s.cache_enabled ? fmt::format("{} of {} entries, {:g} s", s.cache_strategy, s.cache_max_size,
                                           s.cache_default_ttl_s)
                             : std::string("off"));
  bool reached = true;
  for (const ServerFigures& server : monitor.probe(Steady::now() + first_round_time(setup))) {
    fmt::print("Server: {}: {}{}\n", server.name,
               server.reachable ? fmt::format("tmux {}, transport {}", server.version, server.transport)
                                : std::string("not reached"),
               server.note.empty() ? "" : fmt::format(" ({})", server.note));
    reached = reached && server.reachable;
  }
  fmt::print("Nothing was changed.\n");
  return reached ? kOk : kUnavailable;
}

int loop(const Plan& setup, Monitor& monitor, const Globals& globals, bool once) {
  const auto interval = from_seconds(setup.settings.check_interval_s);
  const bool color = use_color(STDOUT_FILENO);
  ServerNotes notes;
  if (!globals.json)
    to_stderr(fmt::format("{}, every {:g} s. Ctrl-C ends it.",
                          mode_line(setup.options.async, setup.options.rollout, setup.mode_reason),
                          setup.settings.check_interval_s));
  int failures = 0;
  auto time = first_round_time(setup);
  for (;;) {
    const auto start = Steady::now();
    const auto snapshot = monitor.run_round(start + std::exchange(time, round_time(setup.settings)));
    notes.tell(*snapshot);
    print_transitions(*snapshot, globals.json, color);
    const bool reached = std::any_of(snapshot->servers.begin(), snapshot->servers.end(),
                                     [](const ServerFigures& s) { return s.reachable; });
    if (globals.verbose && !globals.json) {
      const RoundFigures& r = snapshot->round;
      fmt::print(
          stderr,
          "round {}: {:.2f} ms (list {:.2f}, capture {:.2f}, aggregate {:.2f}), {} agents, {} captures, "
          "{} repeated whole, {} bytes\n",
          r.number, r.phase.total, r.phase.list, r.phase.capture, r.phase.aggregate, r.agents, r.captures,
          r.partial_retries, r.bytes);
    }
    if (once) return reached ? kOk : kUnavailable;
    // A server may come back (tmux restarts), so a few failures are waited out, and only the first is told.
    failures = reached ? 0 : failures + 1;
    if (failures == setup.settings.max_failures) {
      complain(fmt::format("no server reached {} times in a row; still looking", failures));
    }
    auto next = start + interval;
    if (const auto due = monitor.confirm_due()) next = std::min(next, std::max(*due, start));
    if (wait_for_stop(std::max(next, Steady::now()))) return kOk;
  }
}

int run(const Globals& globals, MonitorOptions& options) {
  auto setup = make_setup(globals, *options.flags);
  if (!setup) return report(setup.error());
  // Where a configuration goes to: who looked at what is found may be about to write one.
  if (const auto paths = paths_of(globals)) static_cast<void>(make_private_folder(paths->root));
  block_stop_signals();
  const SystemClock clock;
  const ProcSource processes;
  if (options.once) setup->options.aggregate.confirm_s = 0;
  Monitor monitor(setup->servers, setup->options, setup->classifier, processes, clock);
  return options.dry_run ? dry_run(*setup, monitor) : loop(*setup, monitor, globals, options.once);
}

int refuse_with_command(const MonitorOptions& o, const std::string& command) {
  const char* flag = o.dry_run ? "--dry-run" : "--once";
  return report(
      {ErrorKind::kInvalid, fmt::format("{} does not go with `monitor {}`; nothing was done. Alone it does: "
                                        "tmux-orc monitor {}",
                                        flag, command, flag)});
}

void add_monitor(CLI::App& app, Globals& globals, Action& action) {
  auto o = std::make_shared<MonitorOptions>();
  auto* sub = app.add_subcommand(
      "monitor", "Watch all panes: in the foreground, or as a daemon (start, stop, restart ...)");
  RunFlags& f = *o->flags;
  sub->add_flag("--async", f.async, "panes in batches over the worker pool (the default)");
  sub->add_flag("--sync", f.sync, "one pane after the other, on one thread");
  sub->add_flag("--dry-run", o->dry_run,
                "check configuration, rules and transports, print the plan, change nothing");
  sub->add_option("--strategy", f.strategy, "concurrent or polling")
      ->check(CLI::IsMember({"concurrent", "polling"}));
  takes_number(sub->add_option("--interval", f.interval_s, "seconds between rounds"), 0.1, 86400);
  takes_whole(sub->add_option("--pool-size", f.pool_size, "most connections at a time"), 1, 256);
  auto* cache = sub->add_flag_callback(
      "--cache", [&f] { f.cache = true; }, "skip panes that provably did not change (the default)");
  sub->add_flag_callback(
         "--no-cache", [&f] { f.cache = false; }, "read every pane in every round")
      ->excludes(cache);
  sub->add_flag("--once", o->once, "one round, then end");
  sub->footer(
      "Exit code: 0 ended as asked, 2 bad configuration or rules, 3 no tmux server (--once, --dry-run).\n"
      "Example: tmux-orc monitor --async --interval 5 --json | jq -c '{target, state: .to.state}'");
  add_daemon_commands(*sub, globals, action, o->flags);
  sub->callback([o, sub, &globals, &action] {
    const auto commands = sub->get_subcommands();
    if (commands.empty()) {
      action = [o, &globals] { return run(globals, *o); };
    } else if (o->dry_run || o->once) {  // "start --dry-run" must not start anything
      action = [o, name = commands.front()->get_name()] { return refuse_with_command(*o, name); };
    }
  });
}

const Registration kMonitor(20, add_monitor,
                            {{"monitor start", kNoJson},
                             {"monitor stop", kNoServer | kNoJson},
                             {"monitor restart", kNoJson},
                             {"monitor run", kNoJson},
                             {"monitor logs", kNoServer | kNoJson},
                             {"monitor status", kNoServer}});

}  // namespace
}  // namespace orc::cli
