// SPDX-License-Identifier: Apache-2.0
// tmux-orc, tmux-orc top, tmux-orc sidebar: the cockpit.
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "command.h"
#include "setup.h"
#include "tmux_orc/daemon/launch.h"
#include "tmux_orc/tui/cockpit.h"

namespace orc::cli {
namespace {

struct TopOptions {
  bool once = false;
  std::string client;
};

// A popup has tmux around it, but is no pane of it: what was jumped to is to be seen, so it closes.
bool in_popup() { return std::getenv("TMUX") != nullptr && std::getenv("TMUX_PANE") == nullptr; }

int run(const Globals& globals, const TopOptions& o, tui::Form form) {
  if (globals.json)
    return report({ErrorKind::kInvalid, "the cockpit is for people; for scripts: tmux-orc status --json"});
  if (::isatty(STDOUT_FILENO) != 1 || ::isatty(STDIN_FILENO) != 1)
    return report(
        {ErrorKind::kInvalid, "the cockpit needs a terminal; without one: tmux-orc status, or --help"});
  const auto paths = paths_of(globals);
  if (!paths) return report(paths.error());
  const auto program = own_program();
  if (!program) return report(program.error());
  tui::CockpitSetup setup;
  setup.paths = *paths;
  setup.request = plan_request(globals, {});
  setup.own_rounds = asks_for_own_rounds(globals, {});
  setup.form = form;
  setup.once = o.once || in_popup();
  setup.client = o.client;
  setup.program = *program;
  const auto done = tui::run_cockpit(setup);
  return done ? kOk : report(done.error());
}

void add(CLI::App& app, Globals& globals, Action& action, const char* name, const char* what,
         tui::Form form) {
  auto o = std::make_shared<TopOptions>();
  auto* sub = app.add_subcommand(name, what);
  sub->add_flag("--once", o->once, "leave after a jump (in a popup it does so anyway)");
  sub->add_option("--client", o->client, "the tmux client that jumps (default: the one you are in)")
      ->type_name("NAME");
  sub->footer(
      "Shows what the running monitor sees; without one, or with -L, -S or --config, it looks itself.\n"
      "Exit code: 0, 2 no terminal.\n"
      "Example: tmux bind-key o display-popup -E -w 90% -h 90% tmux-orc");
  sub->callback([=, &globals, &action] { action = [=, &globals] { return run(globals, *o, form); }; });
}

void add_top(CLI::App& app, Globals& globals, Action& action) {
  add(app, globals, action, "top",
      "Every agent on one screen, with a key to jump there (also: tmux-orc alone)", tui::Form::kFull);
  add(app, globals, action, "sidebar", "The same in a narrow pane beside the work", tui::Form::kSidebar);
}

const Registration kTop(5, add_top, {{"top", kNoJson}, {"sidebar", kNoJson}});

}  // namespace

int run_top(const Globals& globals) { return run(globals, {}, tui::Form::kFull); }

}  // namespace orc::cli
