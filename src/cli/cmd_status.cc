// SPDX-License-Identifier: Apache-2.0
// tmux-orc status: what every agent does, sorted by who needs a person.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent_filter.h"
#include "command.h"
#include "emergency.h"
#include "live_screen.h"
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
#include "tmux_orc/tui/cockpit.h"

namespace orc::cli {
namespace {

struct StatusOptions {
  RunFlags flags;
  bool detailed = false, emergency = false, watch = false, quiet = false;
  double interval_s = 2;
  AgentFilter filter;
  std::string format, color = "auto";
};

// The snapshot in front, as scripts know it; what the monitor is and how it does beside it.
nlohmann::ordered_json json_of(const nlohmann::ordered_json& status) {
  nlohmann::ordered_json j = status["snapshot"];
  nlohmann::ordered_json monitor = status;
  monitor.erase("snapshot");
  j["monitor"] = std::move(monitor);
  return j;
}

// Leaves the agents that are wanted, in their order, in both forms of the snapshot. Counts stay those of all.
void filter_agents(nlohmann::ordered_json& status, Snapshot& s, const AgentFilter& filter) {
  auto& list = status["snapshot"]["agents"];
  nlohmann::ordered_json kept = nlohmann::ordered_json::array();
  std::vector<AgentStatus> agents;
  for (const std::size_t i : choose(s.agents, filter)) {
    kept.push_back(std::move(list[i]));
    agents.push_back(std::move(s.agents[i]));
  }
  list = std::move(kept);
  s.agents = std::move(agents);
}

bool wants_color(const StatusOptions& o) {
  return o.color == "always" || (o.color == "auto" && use_color(STDOUT_FILENO));
}

std::string text_of(const nlohmann::ordered_json& status, const Snapshot& s, const StatusOptions& o) {
  std::string out;
  if (!s.agents.empty()) out += agents_table(s, wants_color(o), o.detailed) + "\n";
  if (o.filter.active()) return out;
  out += counts_text(s) + "\n" + mode_text(status) + monitor_text(status) + servers_text(s) + notes_text(s);
  const RoundFigures& r = s.round;
  out += fmt::format(
      "Cycle: {:.1f} ms (list {:.1f}, capture and classify {:.1f}), {} captures, {} KB, {} processes "
      "started\n",
      r.phase.total, r.phase.list, r.phase.capture, r.captures, r.bytes / 1024, r.spawns);
  if (r.errors + r.timeouts > 0)
    out += fmt::format("Errors: {} failed, {} timed out\n", r.errors, r.timeouts);
  if (!o.detailed) return out;
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
  complain(
      fmt::format("the running monitor was started without {}; `tmux-orc monitor restart` takes it", differ));
}

Result<StatusLook> look(StatusSource& source, const StatusOptions& o) {
  auto seen = look_at(source);
  if (seen) filter_agents(seen->status, seen->snapshot, o.filter);
  return seen;
}

int print_formatted(const Snapshot& s, const std::string& format) {
  std::string out;
  for (const AgentStatus& a : s.agents) {
    const auto line = format_agent(format, a, s.at_ms);
    if (!line) return report(line.error());
    out += *line + "\n";
  }
  fmt::print("{}", out);
  return kOk;
}

// One look; gives the exit code.
int show(StatusSource& source, const Globals& globals, const StatusOptions& o) {
  const auto seen = look(source, o);
  if (!seen) return report(seen.error());
  const Snapshot& s = seen->snapshot;
  const bool reached = any_reached(s);
  if (o.quiet) return !reached ? kUnavailable : s.agents.empty() ? kNo : kOk;
  if (globals.json) {
    fmt::print("{}\n", dump(json_of(seen->status), o.watch ? -1 : 2));
    return reached ? kOk : kUnavailable;
  }
  if (!reached) {
    for (const auto& f : s.servers) complain(fmt::format("{}: {}", f.name, printable(f.note)));
    // With a monitor there is still something to say: it runs, and goes on looking. And scripts want their
    // lines of --detailed ("Memory: 12 MB") whatever is reached.
    if (!source.is_monitor() && !o.detailed) return kUnavailable;
  }
  if (!o.format.empty()) {
    const int code = print_formatted(s, o.format);
    return code == kOk && !reached ? kUnavailable : code;
  }
  if (!o.watch) tell_variables(seen->status);
  fmt::print("{}", wrapped(text_of(seen->status, s, o), terminal_columns()));
  return reached ? kOk : kUnavailable;
}

Steady::time_point after_interval(const StatusOptions& o) {
  return Steady::now() + from_seconds(o.interval_s);
}

// On a terminal with what the plain table of the cockpit has no place for.
int watch_on(LiveScreen& screen, StatusSource& source, StatusOptions o) {
  o.color = "never";  // ncurses takes text
  for (;;) {
    const auto seen = look(source, o);
    std::vector<std::string> lines;
    const std::string text = seen ? text_of(seen->status, seen->snapshot, o) : seen.error().message;
    for (const auto line : split_lines(text)) lines.push_back(fit_width(printable(line), screen.columns()));
    screen.show(lines);
    if (screen.wait_for_quit(after_interval(o))) return kOk;
  }
}

int watch(StatusSource& source, const Globals& globals, const StatusOptions& o) {
  block_stop_signals();
  if (::isatty(STDOUT_FILENO) == 1 && ::isatty(STDIN_FILENO) == 1 && !globals.json && o.format.empty()) {
    if (const auto screen = LiveScreen::open()) return watch_on(*screen, source, o);
  }
  for (bool first = true;; first = false) {
    if (!first && !globals.json && o.format.empty()) fmt::print("\n");
    const int code = show(source, globals, o);
    std::fflush(stdout);
    if (code != kOk && code != kUnavailable) return code;
    if (wait_for_stop(after_interval(o))) return kOk;
  }
}

// The cockpit's plain table, in place: who needs a person stands on top, however small the terminal is.
int watch_plain(const Globals& globals, const StatusOptions& o) {
  const auto paths = paths_of(globals);
  if (!paths) return report(paths.error());
  tui::CockpitSetup setup;
  setup.paths = *paths;
  setup.request = plan_request(globals, o.flags);
  setup.own_rounds = asks_for_own_rounds(globals, o.flags);
  setup.form = tui::Form::kPlain;
  setup.interval_s = o.interval_s;
  const auto done = tui::run_cockpit(setup);
  return done ? kOk : report(done.error());
}

bool fits_plain_table(const Globals& globals, const StatusOptions& o) {
  const char* term = std::getenv("TERM");
  const bool screen = ::isatty(STDOUT_FILENO) == 1 && ::isatty(STDIN_FILENO) == 1 && term != nullptr &&
                      *term != '\0' && std::string_view(term) != "dumb";
  return screen && !globals.json && !o.detailed && o.format.empty() && !o.filter.active() &&
         o.filter.sort == "need";
}

int run(const Globals& globals, const StatusOptions& o) {
  if (o.emergency) {
    const auto paths = paths_of(globals);
    return paths ? print_emergency(*paths, globals) : report(paths.error());
  }
  if (auto ok = check(o.filter); !ok) return report(ok.error());
  if (auto ok = format_agent(o.format, {}, 0); !ok) return report(ok.error());
  if (o.watch && fits_plain_table(globals, o)) return watch_plain(globals, o);
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
  sub->add_flag("--watch", o->watch, "again and again, in place, until q or Ctrl-C");
  add_filter_options(*sub, o->filter);
  sub->add_option("--sort", o->filter.sort, "need, since, place or agent")
      ->check(CLI::IsMember({"need", "since", "place", "agent"}))
      ->type_name("ORDER")
      ->capture_default_str();
  sub->add_flag("-q,--quiet", o->quiet, "print nothing: the exit code says whether there is such an agent");
  sub->add_option("--format", o->format, "a line for each agent, as '{pane} {state}'")->type_name("TEXT");
  sub->add_option("--color", o->color, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->type_name("WHEN")
      ->capture_default_str();
  takes_number(sub->add_option("--interval", o->interval_s, "seconds between two looks of --watch"), 0.1,
               86400)
      ->capture_default_str();
  sub->add_flag("--sync", o->flags.sync, "look ourselves, one pane after the other");
  sub->add_flag("--async", o->flags.async, "look ourselves, in batches over the worker pool");
  sub->footer(
      "Asks the running monitor; without one, or with -L, -S, --config, --sync or --async, looks once "
      "itself.\n"
      "Exit code: 0 looked, 1 with -q: no such agent, 3 no tmux server reached.\n"
      "Example: tmux-orc status --json | jq '.agents[] | select(.state == \"waiting\") | .target'");
  sub->callback([o, &globals, &action] { action = [o, &globals] { return run(globals, *o); }; });
}

const Registration kStatus(10, add_status);

}  // namespace
}  // namespace orc::cli
