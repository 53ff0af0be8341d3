// SPDX-License-Identifier: Apache-2.0
// tmux-orc benchmark: what a round costs, measured on a private tmux server with real panes.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench_report.h"
#include "cmd_report.h"
#include "command.h"
#include "number.h"
#include "setup.h"
#include "terminal.h"
#include "tmux_orc/bench/disturbance.h"
#include "tmux_orc/bench/latency.h"
#include "tmux_orc/bench/modes.h"
#include "tmux_orc/bench/private_server.h"
#include "tmux_orc/bench/scene.h"
#include "tmux_orc/discover/discover.h"
#include "tmux_orc/discover/processes.h"
#include "tmux_orc/figures/json.h"

namespace orc::cli {
namespace {

struct BenchmarkOptions {
  int agents = 50, rounds = 20, seconds = 20;
  double active = 5;
  std::string size = "120x40";
  bool compare = false, quiet = false, live = false, disturbance = false, latency = false;
  double flips_per_s = 2;
  int cols = 120, rows = 40;
};

// A fleet as one finds it: most agents rest, some wait for a person, a few failed; `active` percent work and
// keep painting. The order is fixed, so that two runs see the same.
std::vector<PaneScript> fleet(const BenchmarkOptions& o) {
  static const std::vector<std::string> kResting = {"idle", "idle",  "idle",        "waiting", "idle",
                                                    "idle", "draft", "idle",        "waiting", "error",
                                                    "idle", "idle",  "rate_limited"};
  const auto agents = scene_agents();
  std::vector<PaneScript> panes;
  const double every = o.active > 0 ? 100 / o.active : 0;
  double next_active = 0;
  for (int i = 0; i < o.agents; ++i) {
    PaneScript pane;
    pane.agent = agents[static_cast<std::size_t>(i) % agents.size()];
    if (every > 0 && i >= next_active) {
      pane.state = "working";
      pane.how = "paint";
      next_active += every;
    } else {
      const auto states = scene_states(pane.agent);
      pane.state = kResting[static_cast<std::size_t>(i / 6) % kResting.size()];
      if (std::find(states.begin(), states.end(), pane.state) == states.end()) pane.state = "idle";
      pane.how = "still";
    }
    panes.push_back(std::move(pane));
  }
  return panes;
}

Result<std::vector<PaneId>> list_pane_ids(const BenchTarget& target) {
  const SystemClock clock;
  ServerLink link(target.server, target.options.tmux_binary, TransportChoice::kSpawn, target.options.pool,
                  clock);
  ORC_TRY(listing, Lister(link, {}, clock).list(Steady::now() + std::chrono::seconds(30)));
  std::vector<PaneId> ids;
  for (const PaneRef& p : listing->panes) ids.push_back(p.key.pane);
  return ids;
}

// Panes start in their own time: waits until every one shows its screen.
Result<void> wait_until_painted(const BenchTarget& target, const BenchmarkOptions& o, Progress& progress) {
  const SystemClock clock;
  const ProcSource processes;
  MonitorOptions options = target.options;
  options.cache.enabled = false;
  options.aggregate.confirm_s = 0;
  Monitor monitor({target.server}, options, target.classifier, processes, clock);
  const auto until = Steady::now() + std::chrono::seconds(30 + o.agents / 5);
  while (Steady::now() < until) {
    const auto snapshot = monitor.run_round(Steady::now() + std::chrono::seconds(10));
    const auto ready =
        std::count_if(snapshot->agents.begin(), snapshot->agents.end(), [](const AgentStatus& a) {
          return a.verdict.state != State::kStarting && a.verdict.state != State::kUnknown;
        });
    if (ready >= o.agents) return {};
    progress.show(fmt::format("{} of {} panes painted", ready, o.agents));
    ::usleep(200'000);
  }
  return fail(ErrorKind::kTimeout, "the benchmark's panes did not all paint their screens in time");
}

std::vector<ModeSpec> modes_for(const BenchmarkOptions& o, const std::string& transport) {
  std::vector<ModeSpec> modes = compare_modes(transport == "native");
  if (o.compare) return modes;
  std::erase_if(modes, [&](const ModeSpec& m) {
    if (m.name == "async+" + transport + " cold") return false;
    const bool wanted = m.name == "async+" + transport + " warm" || m.name == "floor " + transport ||
                        m.name == "list " + transport;
    return o.quiet || !wanted;
  });
  return modes;
}

int print_disturbance(const BenchTarget& target, const BenchmarkOptions& o, const Globals& globals,
                      Progress& progress) {
  auto d = measure_disturbance(
      target, o.seconds, [&](int s) { progress.show(fmt::format("typing, {} of {} s", s, 2 * o.seconds)); });
  if (!d) return report(d.error());
  progress.show("");
  if (globals.json) {
    const auto json = [](const Percentiles& p, double max) {
      return nlohmann::ordered_json{{"p50", p.p50}, {"p95", p.p95}, {"p99", p.p99}, {"max", max}};
    };
    fmt::print("{}\n", dump({{"agents", o.agents},
                             {"keys", d->keys},
                             {"alone_ms", json(d->alone_ms, d->max_alone_ms)},
                             {"watched_ms", json(d->watched_ms, d->max_watched_ms)},
                             {"p99_added_ms", d->watched_ms.p99 - d->alone_ms.p99},
                             {"monitor_cpu_percent", d->monitor_cpu_percent},
                             {"server_cpu_percent_alone", d->server_cpu_percent_alone},
                             {"server_cpu_percent_watched", d->server_cpu_percent_watched},
                             {"resident_mb", d->resident_mb},
                             {"machine", machine_text()}},
                            2));
    return kOk;
  }
  const auto row = [](const char* name, const Percentiles& p, double max) {
    return std::vector<std::string>{name, fmt::format("{:.2f}", p.p50), fmt::format("{:.2f}", p.p95),
                                    fmt::format("{:.2f}", p.p99), fmt::format("{:.2f}", max)};
  };
  fmt::print("Key-to-echo latency in one pane of {}, {:.0f}% painting, {} keys, {}\n\n{}\n", o.agents,
             o.active, d->keys, machine_text(),
             table({{"", "p50 ms", "p95 ms", "p99 ms", "max ms"},
                    row("alone", d->alone_ms, d->max_alone_ms),
                    row("monitor every 1 s", d->watched_ms, d->max_watched_ms)},
                   {false, true, true, true, true}));
  fmt::print(
      "p99 added: {:.2f} ms. CPU: monitor {:.2f}% of a core, tmux {:.2f}% alone, {:.2f}% watched. Resident: "
      "{:.1f} MB\n",
      d->watched_ms.p99 - d->alone_ms.p99, d->monitor_cpu_percent, d->server_cpu_percent_alone,
      d->server_cpu_percent_watched, d->resident_mb);
  return kOk;
}

int print_latency(const PrivateServer& server, const BenchTarget& target, const BenchmarkOptions& o,
                  const Globals& globals, Progress& progress) {
  const LatencyTarget what{target.server,     server.folder(), target.options.tmux_binary,
                           target.server_pid, o.agents,        o.flips_per_s};
  const auto latency =
      measure_latency(what, o.seconds, [&](const std::string& text) { progress.show(text); });
  if (!latency) return report(latency.error());
  progress.show("");
  if (globals.json)
    fmt::print("{}\n", dump(latency_json(what, *latency), 2));
  else
    fmt::print("{}", latency_text(what, o.active, *latency));
  const bool all_seen = std::all_of(std::begin(latency->ways), std::end(latency->ways),
                                    [](const Latency::Way& w) { return w.unseen == 0; });
  return all_seen ? kOk : kNo;
}

// No history, no baseline: then there is nothing to compare with, which is no fault.
std::optional<std::string> stored_baseline(const Globals& globals) {
  const auto reader = open_history(globals);
  if (!reader) return std::nullopt;
  auto baseline = (*reader)->baseline();
  if (!baseline || !*baseline) return std::nullopt;
  return std::move((*baseline)->second);
}

int measure(BenchTarget& target, const BenchmarkOptions& o, const Globals& globals, Progress& progress) {
  auto ids = list_pane_ids(target);
  if (!ids) return report(ids.error());
  target.panes = std::move(*ids);
  if (o.disturbance) return print_disturbance(target, o, globals, progress);

  BenchReport out;
  const SystemClock clock;
  ServerLink link(target.server, target.options.tmux_binary, target.options.transport, target.options.pool,
                  clock);
  if (auto ready = link.ensure_ready(Steady::now() + std::chrono::seconds(10)); !ready)
    return report(ready.error());
  out.transport = link.figures().transport;
  out.tmux_version = link.figures().version;
  out.agents = o.live ? static_cast<int>(target.panes.size()) : o.agents;
  out.rounds = o.rounds;
  out.cols = o.cols;
  out.rows = o.rows;
  out.active_percent = o.active;
  out.machine = machine_text();
  out.live = o.live;
  for (const ModeSpec& mode : modes_for(o, out.transport)) {
    auto result = run_mode(target, mode, o.rounds, [&](int round) {
      progress.show(fmt::format("{}: round {} of {}", mode.name, round, o.rounds));
    });
    if (!result) return report(result.error());
    out.modes.push_back(std::move(*result));
  }
  progress.show("");
  if (const auto baseline = stored_baseline(globals)) out.against_baseline = compare_bench(out, *baseline);
  const bool same = verdicts_match(out, nullptr);
  if (o.quiet)
    fmt::print("{:.6f}\n", median_of(out, auto_mode(out, "cold")) / 1000);
  else if (globals.json)
    fmt::print("{}\n", dump(bench_json(out), 2));
  else
    fmt::print("{}", bench_text(out));
  if (globals.verbose && !o.quiet && !globals.json)
    fmt::print("Server: {} (pid {})\n", target.server.socket_path, target.server_pid);
  return same || o.live ? kOk : kNo;  // on a live server agents go on working between two modes
}

int run(const Globals& globals, BenchmarkOptions& o) {
  if (std::sscanf(o.size.c_str(), "%dx%d", &o.cols, &o.rows) != 2 || o.cols < 20 || o.rows < 5 ||
      o.cols > 500 || o.rows > 300) {
    return report(
        {ErrorKind::kInvalid, fmt::format("--size '{}' must be COLSxROWS, from 20x5 to 500x300", o.size)});
  }
  auto setup = make_setup(globals, {});
  if (!setup) return report(setup.error());
  Progress progress(!o.quiet);
  BenchTarget target;
  target.options = setup->options;
  target.options.async = true;
  target.classifier = setup->classifier;
  if (o.live) {
    target.server = setup->servers.front();
    if (auto ok = check_socket(target.server, Steady::now() + std::chrono::seconds(30)); !ok)
      return report(ok.error());
    return measure(target, o, globals, progress);
  }
  auto server = PrivateServer::create(setup->options.tmux_binary);
  if (!server) return report(server.error());
  std::vector<PaneScript> panes = fleet(o);
  if (o.latency) add_flippers(panes, server->folder());
  auto started = server->start(panes, o.cols, o.rows, [&](std::size_t n) {
    progress.show(fmt::format("{} of {} panes started", n, o.agents));
  });
  if (!started) return report(started.error());
  target.server = server->address();
  auto pid = server->pid();
  if (!pid) return report(pid.error());
  target.server_pid = *pid;
  if (auto ok = wait_until_painted(target, o, progress); !ok) return report(ok.error());
  if (o.latency) return print_latency(*server, target, o, globals, progress);
  return measure(target, o, globals, progress);
}

void add_benchmark(CLI::App& app, Globals& globals, Action& action) {
  auto o = std::make_shared<BenchmarkOptions>();
  auto* sub =
      app.add_subcommand("benchmark", "Measure what a round costs, on a private tmux server with real panes");
  takes_whole(sub->add_option("--agents", o->agents, "panes to build"), 1, 5000)->capture_default_str();
  sub->add_flag("--compare", o->compare,
                "all modes: sync and async, spawn and native, cold and warm, and the floors");
  sub->add_flag("--quiet", o->quiet, "print one number: the median cold async cycle in seconds");
  sub->add_flag("--live", o->live, "measure on your own server instead (-L, -S); only reads");
  takes_whole(sub->add_option("--rounds", o->rounds, "measured rounds a mode"), 1, 10000)
      ->capture_default_str();
  sub->add_option("--size", o->size, "size of the panes")->type_name("WxH")->capture_default_str();
  takes_number(sub->add_option("--active", o->active, "percent of the panes that keep painting"), 0, 100)
      ->capture_default_str();
  sub->add_flag("--disturbance", o->disturbance,
                "measure a typing person's key-to-echo latency, with and without monitor");
  auto* latency =
      sub->add_flag("--latency", o->latency,
                    "measure how soon the daemon tells of agents that begin to ask, or rest again");
  latency->excludes("--live")->excludes("--compare")->excludes("--disturbance")->excludes("--quiet");
  takes_number(sub->add_option("--flips", o->flips_per_s, "changes a second of --latency"), 0.1, 100)
      ->capture_default_str();
  takes_whole(sub->add_option("--seconds", o->seconds, "length of each half of --disturbance and --latency"),
              2, 3600)
      ->capture_default_str();
  sub->footer(
      "Exit code: 0 measured, 1 the modes disagree on a verdict, or a change was not seen within 10 s.\n"
      "Example: tmux-orc benchmark --agents 50 --compare");
  sub->callback([o, &globals, &action] { action = [o, &globals] { return run(globals, *o); }; });
}

const Registration kBenchmark(30, add_benchmark);

}  // namespace
}  // namespace orc::cli
