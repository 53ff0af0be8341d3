// SPDX-License-Identifier: Apache-2.0
// tmux-orc doctor: whether everything that the monitor stands on is in order, and what to do where it is not.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "doctor_checks.h"
#include "setup.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/figures/json.h"

namespace orc::cli {
namespace {

const char* word(Level level) {
  return level == Level::kOk ? "ok" : level == Level::kWarned ? "warning" : "error";
}

std::vector<Finding> examine(const Globals& globals, const Paths& paths) {
  std::vector<Finding> out = {check_tmux(), check_config(globals, paths)};
  std::ranges::move(check_rules(globals), std::back_inserter(out));
  std::ranges::move(check_servers(globals, paths), std::back_inserter(out));
  std::ranges::move(check_folders(paths), std::back_inserter(out));
  out.insert(out.end(), {check_api(globals, paths), check_active(paths), check_history_file(globals, paths),
                         check_notify_file(paths), check_log(paths), check_monitor(paths)});
  return out;
}

void print_text(const std::vector<Finding>& findings) {
  for (const Finding& f : findings) {
    // One line a check: a configuration can have several problems, each a line of the message.
    std::string what = f.what;
    std::ranges::replace(what, '\n', ';');
    fmt::print("{:<7}  {}{}\n", word(f.level), printable(what),
               f.todo.empty() ? "" : "  -> " + printable(f.todo));
  }
}

void print_json(const std::vector<Finding>& findings, Level worst) {
  auto checks = nlohmann::ordered_json::array();
  for (const Finding& f : findings)
    checks.push_back({{"level", word(f.level)}, {"what", f.what}, {"todo", f.todo}});
  fmt::print("{}\n", dump({{"level", word(worst)}, {"checks", checks}}, 2));
}

int run(const Globals& globals) {
  const auto paths = paths_of(globals);
  if (!paths) return report(paths.error());
  const auto findings = examine(globals, *paths);
  const Level worst = std::ranges::max(findings, {}, &Finding::level).level;
  if (globals.json)
    print_json(findings, worst);
  else
    print_text(findings);
  return worst == Level::kCritical ? kNo : kOk;
}

void add_doctor(CLI::App& app, Globals& globals, Action& action) {
  auto* sub =
      app.add_subcommand("doctor", "Check what the monitor stands on, and say what to do; changes nothing");
  sub->footer(
      "Exit code: 0 no error (there may be warnings), 1 an error.\n"
      "Example: tmux-orc doctor --json | jq '.checks[] | select(.level != \"ok\")'");
  sub->callback([&globals, &action] { action = [&globals] { return run(globals); }; });
}

const Registration kDoctor(100, add_doctor);

}  // namespace
}  // namespace orc::cli
