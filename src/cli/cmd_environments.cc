// SPDX-License-Identifier: Apache-2.0
// tmux-orc environments, switch-environment, rollback: which instance notifies and acts.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "command.h"
#include "other_monitors.h"
#include "setup.h"
#include "status_source.h"
#include "terminal.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/daemon/active.h"
#include "tmux_orc/daemon/instance.h"
#include "tmux_orc/figures/json.h"

namespace orc::cli {
namespace {

struct Known {
  std::string name;
  int pid = 0;
  std::string level;  // of its health; "-" if it does not answer
  std::string mode = "-";
};

// Environments that ever ran or have an overlay.
std::vector<Known> known_environments(const Paths& paths) {
  const auto ran = environments_that_ran(paths);
  std::set<std::string> names(ran.begin(), ran.end());
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(paths.root + "/environments", error)) {
    if (entry.path().extension() == ".yaml") names.insert(entry.path().stem().string());
  }
  std::vector<Known> out;
  for (const std::string& name : names) {
    const Paths of = paths.of(name);
    Known k{name, running_instance(of), "-", "-"};
    if (k.pid != 0) {
      if (const auto status = ask_monitor(of, "GET", "/api/v1/status")) {
        k.level = (*status)["health"].value("level", "-");
        k.mode = status->value("mode", "-");
      }
    }
    out.push_back(std::move(k));
  }
  return out;
}

int list_environments(const Globals& globals) {
  const auto paths = paths_of(globals);
  if (!paths) return report(paths.error());
  const auto active = read_active(*paths);
  if (!active) return report(active.error());
  const std::string active_name = *active ? (*active)->active : "",
                    previous = *active ? (*active)->previous : "";
  const auto known = known_environments(*paths);
  if (globals.json) {
    nlohmann::ordered_json j = {
        {"active", active_name}, {"previous", previous}, {"environments", nlohmann::ordered_json::array()}};
    for (const Known& k : known) {
      j["environments"].push_back({{"name", k.name},
                                   {"active", k.name == active_name},
                                   {"pid", k.pid},
                                   {"mode", k.mode},
                                   {"health", k.level}});
    }
    fmt::print("{}\n", dump(j, 2));
    return kOk;
  }
  std::vector<std::vector<std::string>> rows = {{"ENVIRONMENT", "ROLE", "PID", "MODE", "HEALTH"}};
  for (const Known& k : known) {
    rows.push_back({printable(k.name),
                    k.name == active_name ? "active"
                    : k.name == previous  ? "previous"
                                          : "-",
                    k.pid == 0 ? "-" : std::to_string(k.pid), k.mode, k.level});
  }
  fmt::print("{}", table(rows, {false, false, true}));
  return kOk;
}

std::string why_unhealthy(const nlohmann::ordered_json& health) {
  if (health.value("level", "") != "critical") return "";
  std::string lines;
  for (const auto& l : health["lines"]) {
    if (l.value("level", "") == "critical")
      lines += fmt::format(", {} is {}", l.value("name", ""), l.value("value", ""));
  }
  return "it is not healthy" + lines;
}

// A monitor that sees no server, or not those that its configuration names now, must not be the one that
// tells.
std::string why_blind(const nlohmann::ordered_json& status) {
  const auto snapshot = snapshot_from_json(status.value("snapshot", nlohmann::ordered_json()));
  if (!snapshot) return "it has not finished its first round";
  const auto& servers = snapshot->servers;
  if (std::none_of(servers.begin(), servers.end(), [](const ServerFigures& s) { return s.reachable; }))
    return fmt::format("it reaches none of its {} servers", servers.size());
  const std::string problem = status["config"].value("problem", "");
  return problem.empty() ? "" : "its configuration was changed but not taken: " + printable(problem);
}

// Why the environment may not become the active one; empty if it may.
std::string why_not(const Paths& target) {
  if (running_instance(target) == 0)
    return fmt::format("no monitor of environment {} is running", target.environment);
  const auto status = ask_monitor(target, "GET", "/api/v1/status");
  if (!status) return status.error().message;
  const std::string unhealthy = why_unhealthy((*status)["health"]);
  return unhealthy.empty() ? why_blind(*status) : unhealthy;
}

int switch_to(const Globals& globals, const std::string& name, bool force) {
  Globals of = globals;
  of.environment = name;
  const auto paths = paths_of(of);
  if (!paths) return report(paths.error());
  const std::string reason = why_not(*paths);
  if (!reason.empty() && !force) {
    complain(fmt::format("{} does not become active: {} (--force switches all the same)", name, reason));
    return kNo;
  }
  const SystemClock clock;
  const auto active = switch_active(*paths, clock);
  if (!active) return report(active.error());
  fmt::print("Active environment: {}{}\n", active->active,
             active->previous.empty() ? "" : fmt::format(" (before: {})", active->previous));
  if (!reason.empty()) complain(fmt::format("forced, although {}", reason));
  return kOk;
}

// "rollback blue" is how operators' books call the way back to what ran before. Where $TMUX_ORC_ENV gives the
// usual environment another name and none is called blue, that one is meant.
bool is_default_by_another_name(const Paths& paths, const std::string& name) {
  if (name != kDefaultEnvironment || paths.environment == name) return false;
  const Paths of = paths.of(name);
  std::error_code error;
  return !std::filesystem::exists(of.run_folder(), error) && !std::filesystem::exists(of.overlay(), error);
}

int rollback(const Globals& globals, std::string name, bool force) {
  const auto paths = paths_of(globals);
  if (!paths) return report(paths.error());
  if (is_default_by_another_name(*paths, name)) {
    complain(fmt::format("no environment is called {}; the usual one here is {}", name, paths->environment));
    name = paths->environment;
  }
  if (name.empty()) {
    const auto active = read_active(*paths);
    if (!active) return report(active.error());
    if (!*active || (*active)->previous.empty()) {
      complain("there is no previous environment to go back to");
      return kNo;
    }
    name = (*active)->previous;
  }
  return switch_to(globals, name, force);
}

void add_environments(CLI::App& app, Globals& globals, Action& action) {
  auto* envs = app.add_subcommand("environments",
                                  "Instances of the monitor: all observe, the active one notifies and acts");
  envs->require_subcommand(1);
  envs->footer("Example: tmux-orc environments list");
  auto* list_cmd = envs->add_subcommand("list", "All that run or ever ran");
  list_cmd->footer("Exit code: 0 listed.\nExample: tmux-orc environments list --json");
  list_cmd->callback([&globals, &action] { action = [&globals] { return list_environments(globals); }; });

  auto name = std::make_shared<std::string>();
  auto force = std::make_shared<bool>(false);
  auto* switch_cmd = app.add_subcommand("switch-environment", "Make an environment the active one");
  switch_cmd->add_option("name", *name, "the environment")->required()->type_name("NAME");
  switch_cmd->add_flag("--force", *force, "even if it does not run, is not healthy or reaches no server");
  switch_cmd->footer("Exit code: 0 switched, 1 refused.\nExample: tmux-orc switch-environment green");
  switch_cmd->callback([name, force, &globals, &action] {
    action = [=, &globals] { return switch_to(globals, *name, *force); };
  });
  auto* back = app.add_subcommand("rollback", "Go back to the previous environment, or to the one named");
  back->add_option("name", *name, "the environment (default: the previous one)")->type_name("NAME");
  back->add_flag("--force", *force, "even if it does not run, is not healthy or reaches no server");
  back->footer("Exit code: 0 switched, 1 refused.\nExample: tmux-orc rollback blue");
  back->callback([name, force, &globals, &action] {
    action = [=, &globals] { return rollback(globals, *name, *force); };
  });
}

const Registration kEnvironments(140, add_environments,
                                 {{"environments", kNoServer},
                                  {"switch-environment", kNoServer | kNoJson},
                                  {"rollback", kNoServer | kNoJson}});

}  // namespace
}  // namespace orc::cli
