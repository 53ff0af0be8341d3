// SPDX-License-Identifier: Apache-2.0
// tmux-orc monitor start|stop|restart|run|status|logs: the monitor as a daemon.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "command.h"
#include "config_backup.h"
#include "number.h"
#include "other_monitors.h"
#include "setup.h"
#include "signals.h"
#include "status_source.h"
#include "status_view.h"
#include "terminal.h"
#include "tmux_orc/api/api_server.h"
#include "tmux_orc/base/descriptors.h"
#include "tmux_orc/base/files.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/daemon/instance.h"
#include "tmux_orc/daemon/launch.h"
#include "tmux_orc/daemon/service.h"
#include "version.h"

namespace orc::cli {
namespace {

constexpr auto kStopPatience = std::chrono::seconds(10);
constexpr auto kStartPatience = std::chrono::seconds(30);

struct DaemonOptions {
  std::shared_ptr<RunFlags> flags;
  bool fresh = false, emergency = false, supervised = false, follow = false;
  int ready_fd = -1, lines = 50;
};

std::string absolute(const std::string& path) {
  return path.empty() ? path : std::filesystem::absolute(path).string();
}

// The command line of the daemon: what was given to `start`, spelled out.
std::vector<std::string> daemon_args(const Globals& g, const Paths& paths, const DaemonOptions& o) {
  std::vector<std::string> args = {"monitor", "run", "--environment", paths.environment};
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) args.insert(args.end(), {name, value});
  };
  add("-L", g.socket_name);
  add("-S", absolute(g.socket_path));
  // The daemon leaves this folder, so a relative $TMUX_ORC_CONFIG would lead it elsewhere.
  if (const auto file =
          config_path(g.config_path, [](const char* n) -> const char* { return std::getenv(n); });
      file.named)
    add("--config", file.path);
  const RunFlags& f = *o.flags;
  if (f.async) args.push_back("--async");
  if (f.sync) args.push_back("--sync");
  add("--strategy", f.strategy.value_or(""));
  if (f.interval_s) add("--interval", fmt::format("{}", *f.interval_s));
  if (f.pool_size) add("--pool-size", std::to_string(*f.pool_size));
  if (f.cache) args.push_back(*f.cache ? "--cache" : "--no-cache");
  if (o.fresh) args.push_back("--fresh");
  if (o.emergency) args.push_back("--emergency");
  return args;
}

// Wrong flags, configuration or rules are told by the one who starts, with their own exit code.
Result<Plan> plan_of(const Globals& g, const DaemonOptions& o, const Paths& paths) {
  PlanRequest request = plan_request(g, *o.flags);
  request.emergency = o.emergency;
  auto plan = make_plan(request, paths);
  if (plan && !plan->config_problem.empty()) complain(plan->config_problem);
  return plan;
}

int launch(const Globals& g, const DaemonOptions& o, const Paths& paths, const Plan& plan) {
  for (const std::string& folder : {paths.root, paths.run_folder()}) {
    if (auto ok = make_private_folder(folder); !ok) return report(ok.error());
  }
  const auto file = config_path(g.config_path, [](const char* name) { return std::getenv(name); });
  if (!file.named) write_first_backup(file.path);  // beside files of others nothing is put
  const auto launched =
      launch_daemon(daemon_args(g, paths, o), paths.run_folder() + "/stderr", kStartPatience);
  if (!launched) {
    report(launched.error());
    return kNo;
  }
  fmt::print("Monitor started, pid {}, environment {}, first round {:.1f} ms\n{}\n", launched->pid,
             paths.environment, launched->first_round_ms,
             mode_line(plan.options.async, plan.options.rollout, plan.mode_reason));
  if (const auto answer = ask_monitor(paths, "GET", "/api/v1/status")) {
    const std::string active = answer->value("active_environment", "");
    if (!active.empty() && active != paths.environment)
      fmt::print("It only observes: {} is active; tmux-orc switch-environment {}\n", active,
                 paths.environment);
    fmt::print("{}", unreached_text(*answer));
  }
  return kOk;
}

int start(const Globals& g, const DaemonOptions& o) {
  const auto paths = paths_of(g);
  if (!paths) return report(paths.error());
  if (const int pid = running_instance(*paths); pid != 0) {
    complain(fmt::format("the monitor of environment {} runs already, pid {}", paths->environment, pid));
    return kNo;
  }
  const auto plan = plan_of(g, o, *paths);
  return plan ? launch(g, o, *paths, *plan) : report(plan.error());
}

int stop(const Globals& g, bool must_run) {
  const auto paths = paths_of(g);
  if (!paths) return report(paths.error());
  const auto stopped = stop_instance(*paths, kStopPatience);
  if (!stopped) {
    if (stopped.error().kind != ErrorKind::kUnavailable) return report(stopped.error());
    if (must_run) {
      const std::string other = other_monitor(*paths);
      fmt::print("No monitor of environment {} is running{}{}.\n", paths->environment,
                 other.empty() ? "" : "; ", other);
    }
    return kOk;
  }
  fmt::print("Monitor stopped, pid {}{}\n", stopped->pid, stopped->killed ? " (it had to be killed)" : "");
  return kOk;
}

// What the API needs beside the configuration's form. An emergency does without what is wrong there.
Result<void> check_api(const Settings& s) {
  if (s.api_listen.empty()) return {};
  ORC_DO(check_listen_address(s.api_listen, !s.api_token_file.empty()));
  ORC_DO(read_api_token(s.api_token_file));
  return {};
}

// Whatever would keep the new one from starting is found before the old one ends: a refused restart must not
// leave nobody watching.
int restart(const Globals& g, const DaemonOptions& o) {
  const auto paths = paths_of(g);
  if (!paths) return report(paths.error());
  const auto plan = plan_of(g, o, *paths);
  const auto api = plan && !o.emergency ? check_api(plan->settings) : Result<void>();
  if (!plan || !api) {
    const int code = report(plan ? api.error() : plan.error());
    if (const int pid = running_instance(*paths); pid != 0)
      complain(fmt::format("nothing was stopped; the monitor, pid {}, goes on", pid));
    return code;
  }
  const int stopped = stop(g, false);
  return stopped == kOk ? launch(g, o, *paths, *plan) : stopped;
}

int run(const Globals& g, const DaemonOptions& o) {
  const sigset_t blocked = daemon_signals();  // as in main(), for `monitor --flag run`
  pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  // Whoever reads what we write may go: the log's pipe, a launcher that was killed, a listener. None of them
  // ends the monitor.
  ::signal(SIGPIPE, SIG_IGN);
  const auto paths = paths_of(g);
  if (!paths) return report(paths.error());
  if (o.ready_fd >= 0) {
    ::fcntl(o.ready_fd, F_SETFD, FD_CLOEXEC);        // not for the tmux processes that we start
    [[maybe_unused]] const int done = ::chdir("/");  // hold no folder
  }
  ServiceOptions service;
  service.request = plan_request(g, *o.flags);
  service.request.emergency = o.emergency;
  service.paths = *paths;
  service.supervised = o.supervised;
  service.descriptors = raise_descriptor_limit();
  service.fresh = o.fresh;
  service.version = version_text();
  service.on_ready = [&](const std::string& error, double ms) {
    tell_launcher(o.ready_fd, error, ms);
    if (o.ready_fd < 0 && !o.supervised && error.empty()) {
      // Not fmt::print(), which throws when nobody reads it.
      std::fputs(
          fmt::format("Monitor running, pid {}, log {}. Ctrl-C ends it.\n", ::getpid(), paths->log_file())
              .c_str(),
          stderr);
    }
  };
  const auto done = run_service(service);
  if (done) return kOk;
  const int code = report(done.error());
  return done.error().kind == ErrorKind::kUnavailable ? kNo : code;
}

int status(const Globals& g) {
  const auto paths = paths_of(g);
  if (!paths) return report(paths.error());
  const int pid = running_instance(*paths);
  const auto answer = pid == 0 ? Result<nlohmann::ordered_json>(fail(ErrorKind::kUnavailable, ""))
                               : ask_monitor(*paths, "GET", "/api/v1/status");
  if (g.json) {
    nlohmann::ordered_json j = {{"running", pid != 0},
                                {"pid", pid},
                                {"environment", paths->environment},
                                {"answers", answer.has_value()}};
    if (answer)
      j.update({{"mode", (*answer)["mode"]},
                {"active", (*answer)["active"]},
                {"started_ms", (*answer)["started_ms"]}});
    fmt::print("{}\n", dump(j, 2));
  } else if (pid == 0) {
    fmt::print("No monitor of environment {} is running; {}\n", paths->environment,
               where_a_monitor_is(*paths));
  } else if (!answer) {
    fmt::print("Monitor: pid {}, environment {}, DOES NOT ANSWER ({})\n", pid, paths->environment,
               answer.error().message);
  } else {
    fmt::print("{}{}{}", monitor_text(*answer), mode_text(*answer), unreached_text(*answer));
  }
  return answer ? kOk : kUnavailable;
}

int logs(const Globals& g, const DaemonOptions& o) {
  const auto paths = paths_of(g);
  if (!paths) return report(paths.error());
  auto text = read_file(paths->log_file());
  if (!text) return report(text.error());
  const auto lines = split_lines(*text);
  const auto from = lines.size() - std::min(lines.size(), static_cast<std::size_t>(o.lines));
  for (std::size_t i = from; i < lines.size(); ++i) fmt::print("{}\n", printable(lines[i]));
  std::fflush(stdout);
  if (!o.follow) return kOk;
  block_stop_signals();
  std::size_t shown = text->size();
  while (!wait_for_stop(Steady::now() + std::chrono::milliseconds(200))) {
    text = read_file(paths->log_file());
    if (!text) continue;  // being rotated
    if (text->size() < shown) shown = 0;
    fmt::print("{}", printable(std::string_view(*text).substr(shown), true));
    shown = text->size();
    std::fflush(stdout);
  }
  return kOk;
}

}  // namespace

void add_daemon_commands(CLI::App& monitor, Globals& globals, Action& action,
                         std::shared_ptr<RunFlags> flags) {
  auto o = std::make_shared<DaemonOptions>();
  o->flags = std::move(flags);
  const auto add = [&](const char* name, const char* what, const char* footer, std::function<int()> run_it) {
    auto* sub = monitor.add_subcommand(name, what);
    sub->footer(footer);
    sub->callback([&action, run_it = std::move(run_it)] { action = run_it; });
    return sub;
  };
  const auto start_flags = [&](CLI::App* sub) {
    sub->add_flag("--fresh", o->fresh, "forget what earlier runs learned, and the cache");
    sub->add_flag("--emergency", o->emergency, "sync and spawn, shortest start, no history");
    return sub;
  };
  start_flags(add("start", "Start the daemon; returns when its first round is done",
                  "Exit code: 0 it runs, 1 it runs already or did not start, 2 bad configuration or rules.\n"
                  "Example: tmux-orc monitor start --async --environment green",
                  [o, &globals] { return start(globals, *o); }));
  add("stop", "Stop the daemon and wait until it is gone",
      "Exit code: 0 none runs any more.\nExample: tmux-orc monitor stop",
      [&globals] { return stop(globals, true); });
  start_flags(add("restart", "Stop the daemon if it runs, and start it",
                  "Nothing is stopped if the new one could not start.\n"
                  "Exit code: as start.\nExample: tmux-orc monitor restart --fresh",
                  [o, &globals] { return restart(globals, *o); }));
  auto* run_cmd = start_flags(add("run", "Run the daemon in the foreground, for a supervisor",
                                  "Exit code: 0 stopped, 1 it runs already, 2 bad configuration or rules.\n"
                                  "Example: tmux-orc monitor run --supervised",
                                  [o, &globals] { return run(globals, *o); }));
  run_cmd->add_flag("--supervised", o->supervised,
                    "log to standard error for journald, tell systemd when ready");
  run_cmd->add_option("--ready-fd", o->ready_fd)->group("");
  add("status", "Whether the daemon runs",
      "Exit code: 0 it runs and answers, 3 not so.\nExample: tmux-orc monitor status --json",
      [&globals] { return status(globals); });
  auto* logs_cmd = add("logs", "The end of the daemon's log",
                       "Exit code: 0 shown, 3 there is no log.\nExample: tmux-orc monitor logs --follow",
                       [o, &globals] { return logs(globals, *o); });
  logs_cmd->add_flag("-f,--follow", o->follow, "go on with what is logged, until Ctrl-C");
  takes_whole(logs_cmd->add_option("-n,--lines", o->lines, "how many lines"), 0, 1'000'000)
      ->capture_default_str();
}

}  // namespace orc::cli
