// tmux-orc status: one round, as a table sorted by who needs a person.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "command.h"
#include "setup.h"
#include "snapshot_view.h"
#include "terminal.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/discover/processes.h"

namespace orc::cli {
namespace {

std::string counts_text(const Snapshot& s) {
  std::string out;
  for (const auto& [state, count] : s.counts) out += fmt::format(", {} {}", count, to_string(state));
  return fmt::format("{} agents in {} panes{}", s.agents.size(), s.round.panes, out);
}

int run(const Globals& globals, const RunFlags& flags) {
  auto setup = make_setup(globals, flags);
  if (!setup) return report(setup.error());
  const SystemClock clock;
  const ProcSource processes;
  setup->options.aggregate.confirm_s = 0;  // one look is all there is
  Monitor monitor(setup->servers, setup->options, setup->classifier, processes, clock);
  const auto snapshot = monitor.run_round(Steady::now() + round_time(setup->settings));
  const bool reached = std::any_of(snapshot->servers.begin(), snapshot->servers.end(),
                                   [](const ServerFigures& s) { return s.reachable; });
  if (globals.json) {
    fmt::print("{}\n", dump(to_json(*snapshot), 2));
    return reached ? kOk : kUnavailable;
  }
  if (!reached) {
    for (const auto& s : snapshot->servers) fmt::print(stderr, "tmux-orc: {}: {}\n", s.name, printable(s.note));
    return kUnavailable;
  }
  if (!snapshot->agents.empty()) fmt::print("{}\n", agents_table(*snapshot, use_color(STDOUT_FILENO)));
  fmt::print("{}\n{}\n{}", counts_text(*snapshot), mode_line(*setup), servers_text(*snapshot));
  const RoundFigures& r = snapshot->round;
  fmt::print("Cycle: {:.1f} ms (list {:.1f}, capture and classify {:.1f}), {} captures, {} KB, {} processes started\n",
             r.phase.total, r.phase.list, r.phase.capture, r.captures, r.bytes / 1024, r.spawns);
  if (r.errors + r.timeouts > 0) fmt::print("Errors: {} failed, {} timed out\n", r.errors, r.timeouts);
  return kOk;
}

}  // namespace

void add_status(CLI::App& app, Globals& globals, Action& action) {
  auto flags = std::make_shared<RunFlags>();
  auto* sub = app.add_subcommand("status", "Look once at all panes and say who needs a person");
  sub->add_flag("--sync", flags->sync, "one pane after the other, on one thread");
  sub->add_flag("--async", flags->async, "panes in batches over the worker pool (the default)");
  sub->footer("Exit code: 0 looked, 3 no tmux server reached.\n"
              "Example: tmux-orc status --json | jq '.agents[] | select(.state == \"waiting\") | .target'");
  sub->callback([flags, &globals, &action] { action = [flags, &globals] { return run(globals, *flags); }; });
}

}  // namespace orc::cli
