// SPDX-License-Identifier: Apache-2.0
// tmux-orc seen: what agents have done was looked at.
#include <fmt/format.h>

#include <memory>
#include <string>

#include "command.h"
#include "setup.h"
#include "status_source.h"
#include "tmux_orc/api/query.h"
#include "tmux_orc/base/text.h"

namespace orc::cli {
namespace {

int seen(const Globals& globals, const std::string& target) {
  const auto paths = paths_of(globals);
  if (!paths) return report(paths.error());
  const auto done = ask_monitor(*paths, "POST", "/api/v1/seen?target=" + query_escape(target));
  if (!done) return report(done.error());
  fmt::print("{} seen.\n", target.empty() ? "All agents are" : printable(target) + " is");
  return kOk;
}

void add_seen(CLI::App& app, Globals& globals, Action& action) {
  auto target = std::make_shared<std::string>();
  auto* sub = app.add_subcommand("seen", "What agents have done was looked at: they are not `done` any more");
  sub->add_option("target", *target, "a pane (%5 or session:window.pane) or a session; none: all")
      ->type_name("TARGET");
  sub->footer("Exit code: 0 told to the monitor, 3 no monitor is running.\nExample: tmux-orc seen backend");
  sub->callback(
      [target, &globals, &action] { action = [target, &globals] { return seen(globals, *target); }; });
}

const Registration kSeen(145, add_seen, {{"seen", kNoServer | kNoJson}});

}  // namespace
}  // namespace orc::cli
