// tmux-orc status: what every agent does, sorted by who needs a person.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "command.h"
#include "emergency.h"
#include "number.h"
#include "setup.h"
#include "signals.h"
#include "snapshot_view.h"
#include "status_source.h"
#include "status_view.h"
#include "terminal.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/daemon/state.h"
#include "tmux_orc/figures/json.h"

namespace orc::cli {
namespace {

struct StatusOptions {
  RunFlags flags;
  bool detailed = false, emergency = false, watch = false;
  double interval_s = 2;
};

bool any_reached(const Snapshot& s) {
  return std::any_of(s.servers.begin(), s.servers.end(), [](const ServerFigures& f) { return f.reachable; });
}

// The snapshot in front, as scripts know it; what the monitor is and how it does beside it.
nlohmann::ordered_json json_of(const nlohmann::ordered_json& status) {
  nlohmann::ordered_json j = status["snapshot"];
  nlohmann::ordered_json monitor = status;
  monitor.erase("snapshot");
  j["monitor"] = std::move(monitor);
  return j;
}

std::string text_of(const nlohmann::ordered_json& status, const Snapshot& s, bool detailed) {
  std::string out;
  if (!s.agents.empty()) out += agents_table(s, use_color(STDOUT_FILENO)) + "\n";
  out += counts_text(s) + "\n" + mode_text(status) + monitor_text(status) + servers_text(s) + notes_text(s);
  const RoundFigures& r = s.round;
  out += fmt::format(
      "Cycle: {:.1f} ms (list {:.1f}, capture and classify {:.1f}), {} captures, {} KB, {} processes "
      "started\n",
      r.phase.total, r.phase.list, r.phase.capture, r.captures, r.bytes / 1024, r.spawns);
  if (r.errors + r.timeouts > 0)
    out += fmt::format("Errors: {} failed, {} timed out\n", r.errors, r.timeouts);
  if (!detailed) return out;
  const auto window = window_from_json(status["window"]);
  return without_contract_words(out) + "\n" + (window ? detailed_text(status, s, *window) : "");
}

// An exported variable changes nothing in a monitor that runs already; a rollout by hand is easily left at
// that.
void tell_variables(const nlohmann::ordered_json& status) {
  if (status.value("pid", 0) == 0 || !status.contains("variables")) return;
  std::string differ;
  const auto ours = own_variables();
  for (const auto& [name, value] : ours.items()) {
    const std::string here = value.get<std::string>(), there = status["variables"].value(name, std::string());
    if (!here.empty() && here != there) differ += (differ.empty() ? "" : ", ") + name + "=" + printable(here);
  }
  if (differ.empty()) return;
  fmt::print(stderr,
             "tmux-orc: the running monitor was started without {}; `tmux-orc monitor restart` takes it\n",
             differ);
}

// One look; gives the exit code.
int show(StatusSource& source, const Globals& globals, const StatusOptions& o) {
  const auto status = source.status();
  if (!status) return report(status.error());
  if (!status->contains("snapshot") || !(*status)["snapshot"].is_object()) {
    return report({ErrorKind::kUnavailable, "the monitor has not finished its first round"});
  }
  const auto snapshot = snapshot_from_json((*status)["snapshot"]);
  if (!snapshot) return report(snapshot.error());
  const bool reached = any_reached(*snapshot);
  if (globals.json) {
    fmt::print("{}\n", dump(json_of(*status), o.watch ? -1 : 2));
    return reached ? kOk : kUnavailable;
  }
  if (!reached) {
    for (const auto& s : snapshot->servers)
      fmt::print(stderr, "tmux-orc: {}: {}\n", s.name, printable(s.note));
    // With a monitor there is still something to say: it runs, and goes on looking.
    if (!source.is_monitor()) return kUnavailable;
  }
  if (!o.watch) tell_variables(*status);
  fmt::print("{}", text_of(*status, *snapshot, o.detailed));
  return reached ? kOk : kUnavailable;
}

int watch(StatusSource& source, const Globals& globals, const StatusOptions& o) {
  block_stop_signals();
  const bool screen = ::isatty(STDOUT_FILENO) == 1 && !globals.json;
  for (bool first = true;; first = false) {
    if (screen)
      fmt::print("\x1b[H\x1b[2J\x1b[3J");
    else if (!first && !globals.json)
      fmt::print("\n");
    const int code = show(source, globals, o);
    std::fflush(stdout);
    if (code != kOk && code != kUnavailable) return code;
    const auto next = Steady::now() + std::chrono::duration_cast<Steady::duration>(
                                          std::chrono::duration<double>(o.interval_s));
    if (wait_for_stop(next)) return kOk;
  }
}

int run(const Globals& globals, const StatusOptions& o) {
  if (o.emergency) {
    const auto paths = paths_of(globals);
    return paths ? print_emergency(*paths, globals) : report(paths.error());
  }
  auto source = open_status_source(globals, o.flags);
  if (!source) return report(source.error());
  return o.watch ? watch(**source, globals, o) : show(**source, globals, o);
}

void add_status(CLI::App& app, Globals& globals, Action& action) {
  auto o = std::make_shared<StatusOptions>();
  auto* sub = app.add_subcommand("status", "Say what every agent does and who needs a person");
  sub->add_flag("--detailed", o->detailed, "with pool, cache, memory, CPU, phases, errors, rollout");
  sub->add_flag("--emergency", o->emergency,
                "what must be known in an incident, from files alone, even if the monitor hangs");
  sub->add_flag("--watch", o->watch, "again and again, until Ctrl-C");
  takes_number(sub->add_option("--interval", o->interval_s, "seconds between two looks of --watch"), 0.1,
               86400)
      ->capture_default_str();
  sub->add_flag("--sync", o->flags.sync, "look ourselves, one pane after the other");
  sub->add_flag("--async", o->flags.async, "look ourselves, in batches over the worker pool");
  sub->footer(
      "Asks the running monitor; without one, or with -L, -S, --config, --sync or --async, looks once "
      "itself.\n"
      "Exit code: 0 looked, 3 no tmux server reached.\n"
      "Example: tmux-orc status --json | jq '.agents[] | select(.state == \"waiting\") | .target'");
  sub->callback([o, &globals, &action] { action = [o, &globals] { return run(globals, *o); }; });
}

const Registration kStatus(10, add_status);

}  // namespace
}  // namespace orc::cli
