// SPDX-License-Identifier: Apache-2.0
#include "doctor_checks.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <optional>
#include <utility>

#include "agent_versions.h"
#include "rule_source.h"
#include "setup.h"
#include "status_source.h"
#include "tmux_orc/api/api_server.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/daemon/active.h"
#include "tmux_orc/daemon/instance.h"
#include "tmux_orc/discover/processes.h"
#include "tmux_orc/sqlite/sqlite.h"
#include "tmux_orc/tmux/server.h"
#include "tmux_orc/tmux/spawn.h"
#include "tmux_orc/tmux/tmux_client.h"

namespace orc::cli {
namespace {

constexpr auto kPatience = std::chrono::seconds(5);

Finding ok(std::string what, std::string todo = "") { return {Level::kOk, std::move(what), std::move(todo)}; }
Finding warning(std::string what, std::string todo) {
  return {Level::kWarned, std::move(what), std::move(todo)};
}
Finding error(std::string what, std::string todo) {
  return {Level::kCritical, std::move(what), std::move(todo)};
}

Result<Settings> settings_of(const Globals& globals, const Paths& paths) {
  return load_settings(
      globals.config_path, [](const char* name) { return std::getenv(name); }, paths.overlay());
}

Finding server_finding(const ServerFigures& s) {
  if (!s.reachable) {
    return error(fmt::format("server {}: {}", s.name, s.note),
                 "see that it runs and is not stopped: tmux -S SOCKET list-sessions");
  }
  const std::string what = fmt::format("server {}: tmux {}, transport {}", s.name, s.version, s.transport);
  if (s.note.empty()) return ok(what);
  return warning(fmt::format("{} ({})", what, s.note), "it works, at the cost of a tmux process a batch");
}

// Jumps, answers and messages start the tmux program: whether it can speak with the server, by asking it.
std::optional<Finding> program_finding(const ServerAddress& server, const std::string& binary) {
  const TmuxClient tmux(server, binary);
  const auto said = tmux.ask({"display-message", "-p", "#{version}"}, Steady::now() + kPatience);
  if (const std::string remark = tmux.remark(); !remark.empty())
    return warning(fmt::format("server {}: {}", server.name, remark),
                   "set tmux.binary to a tmux of the server's version");
  if (!said)
    return error(fmt::format("server {}: {}: {}", server.name, binary, said.error().message),
                 "set tmux.binary to a tmux of the server's version");
  return std::nullopt;
}

// Whether a folder is a folder, ours, and closed to others. One that is missing is made when it is needed.
Finding check_folder(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return ok(fmt::format("folder {}: not there yet, a monitor makes it", path));
    return error(fmt::format("folder {}: {}", path, std::strerror(errno)),
                 "see who may enter the folders above it");
  }
  if (!S_ISDIR(info.st_mode))
    return error(fmt::format("folder {}: it is no folder", path),
                 fmt::format("move it away: mv {0} {0}.old", path));
  if (info.st_uid != ::getuid()) {
    return error(
        fmt::format("folder {}: belongs to uid {}, not to us (uid {})", path, info.st_uid, ::getuid()),
        fmt::format("chown -R {} {}", ::getuid(), path));
  }
  const unsigned mode = info.st_mode & 07777;
  const std::string what = fmt::format("folder {}: mode {:04o}", path, mode);
  const std::string todo = fmt::format("chmod 700 {}", path);
  if ((mode & 0700) != 0700) return error(what, todo);
  if ((mode & 0022) != 0) return error(what + ", others may write", todo);
  if ((mode & 0077) != 0) return warning(what + ", others may look into it", todo);
  return ok(what);
}

// The file itself or, while it is missing, the nearest thing above it that exists.
std::filesystem::path nearest_existing(std::filesystem::path path) {
  std::error_code ignored;
  while (path.has_relative_path() && !std::filesystem::exists(path, ignored)) path = path.parent_path();
  return path;
}

// A database of ours by its own check. `empty`: what it means that there is none.
Finding database_finding(const std::string& name, const std::string& file, const std::string& empty) {
  const auto checked = check_database(file, name.c_str());
  if (checked) return ok(fmt::format("{}: {} (sound)", name, file));
  const std::string why = checked.error().message;
  switch (checked.error().kind) {
    case ErrorKind::kUnavailable: {
      std::error_code ignored;
      if (!std::filesystem::exists(file, ignored)) return ok(fmt::format("{}: {}", name, empty));
      return error(why, fmt::format("make it readable: chmod 600 {}", file));
    }
    case ErrorKind::kProtocol:
      return error(why, fmt::format("move it away, a monitor begins a new one: mv {0} {0}.old", file));
    case ErrorKind::kTimeout:
      return warning(why, "try again: another process holds it");
    default:
      return error(why, fmt::format("see that the disk works and {} may be read", file));
  }
}

// Sockets of tmux's folder whose servers run agents that nobody watches.
std::vector<Finding> unwatched_sockets(const Plan& plan, const ProcessSource& processes) {
  std::vector<Finding> out;
  for (const std::string& path : find_sockets("*")) {
    const std::string identity = identity_of(resolve_server("", path));
    if (std::ranges::find(plan.servers, identity, identity_of) != plan.servers.end()) continue;
    const std::string name = std::filesystem::path(path).filename();
    const ProcessVerdict found = inspect_pane(processes, server_process(path), plan.classifier->processes());
    if (found.agent.empty()) continue;
    out.push_back(
        warning(fmt::format("socket {}: runs agents ({}), and is not watched", path, found.agent),
                fmt::format("add it to the configuration's `servers`: {{socket_name: {}}}, or several by "
                            "{{socket_pattern: \"PREFIX-*\"}}",
                            name)));
  }
  return out;
}

}  // namespace

Finding check_tmux() {
  const auto tmux = find_tmux();
  if (!tmux) return error("tmux: not in $PATH", "install it, on Debian: apt install tmux");
  StringSink sink;
  const auto done = run_process({*tmux, "-V"}, "", Steady::now() + kPatience, sink);
  if (!done || done->status != 0) {
    return error(fmt::format("tmux: {} -V fails: {}", *tmux,
                             done ? std::string(trim(done->errors)) : done.error().message),
                 "install it anew, on Debian: apt install --reinstall tmux");
  }
  const std::string version(trim(sink.text));  // "tmux 3.3a"
  const std::string number = version.substr(std::min(version.size(), version.find(' ') + 1));
  const std::string what = fmt::format("tmux: {} ({})", version, *tmux);
  return version_number(number) < kOldestSupportedVersion
             ? error(what, "tmux-orc needs 3.2 or later: install a newer one")
             : ok(what);
}

Finding check_config(const Globals& globals, const Paths& paths) {
  const auto settings = settings_of(globals, paths);
  if (!settings)
    return error(fmt::format("configuration: {}", settings.error().message),
                 "repair it, then: tmux-orc config validate");
  return ok(
      fmt::format("configuration: {} (valid)", settings->origin.empty() ? "defaults" : settings->origin));
}

std::vector<Finding> check_rules(const Globals& globals) {
  auto rules = rules_in_force(globals);
  if (!rules)
    return {
        error(fmt::format("rules: {}", rules.error().message), "repair it, then: tmux-orc rules check FILE")};
  const auto built = Classifier::build(*rules);
  if (!built)
    return {
        error(fmt::format("rules: {}", built.error().message), "repair it, then: tmux-orc rules check FILE")};
  std::vector<Finding> out = {
      ok(fmt::format("rules: {} (valid)", counted((*built)->agents().size(), "agent")))};
  for (const std::string& remark : version_remarks(running_versions(globals, *rules), *rules)) {
    out.push_back(warning("rules: " + remark,
                          "see that `tmux-orc status` is right; if not: tmux-orc record PANE --label STATE"));
  }
  return out;
}

std::vector<Finding> check_servers(const Globals& globals, const Paths& paths) {
  auto plan = make_plan(plan_request(globals, {}), paths);
  if (!plan) return {};  // told by the checks of tmux, configuration and rules
  std::vector<Finding> out;
  const auto refused = [&](const ServerAddress& server) {
    const auto socket = check_socket(server, Steady::now() + kPatience);
    if (socket) return false;
    const std::string what = fmt::format("server {}: {}", server.name, socket.error().message);
    if (!server.host->is_here()) {
      out.push_back(error(what, "see that this works without a question: " +
                                    server.host->by_hand("true", Host::Typed::kUnasked)));
      return true;
    }
    std::error_code kept_from;  // set when the socket may be there, and we cannot look
    const bool is_there = std::filesystem::exists(server.socket_path, kept_from);
    if (is_there || kept_from)
      out.push_back(error(what, "choose another with -L, -S or the configuration's `servers`"));
    else
      out.push_back(warning(what, "nothing is watched there until it runs"));
    return true;
  };
  std::erase_if(plan->servers, refused);
  const SystemClock clock;
  const ProcSource processes;
  Monitor monitor(plan->servers, plan->options, plan->classifier, processes, clock);
  for (const ServerFigures& s : monitor.probe(Steady::now() + kPatience)) {
    out.push_back(server_finding(s));
    if (const auto address = std::ranges::find(plan->servers, s.name, &ServerAddress::name);
        s.reachable && address != plan->servers.end() && address->host->is_here()) {
      if (auto old = program_finding(*address, plan->options.tmux_binary)) out.push_back(std::move(*old));
    }
  }
  const auto snapshot = monitor.run_round(Steady::now() + kPatience);
  for (const AgentStatus& a : snapshot->agents) {
    if (!a.verdict.note.empty())
      out.push_back(warning(fmt::format("pane {} (%{})", a.pane.target(), a.pane.key.pane), a.verdict.note));
  }
  std::ranges::move(unwatched_sockets(*plan, processes), std::back_inserter(out));
  return out;
}

std::vector<Finding> check_folders(const Paths& paths) {
  return {check_folder(paths.root), check_folder(paths.run_folder())};
}

Finding check_api(const Globals& globals, const Paths& paths) {
  const auto settings = settings_of(globals, paths);
  if (!settings) return warning("api: not looked at", "repair the configuration first");
  const std::string &listen = settings->api_listen, &file = settings->api_token_file;
  if (const auto token = read_api_token(file); !token) {
    std::error_code ignored;
    const bool is_there = std::filesystem::exists(file, ignored);
    return error(token.error().message,
                 fmt::format("write {}: (umask 077; rm -f {}; head -c 24 /dev/urandom | base64 >{})",
                             is_there ? "another, that nobody has read" : "one", file, file));
  }
  if (!listen.empty()) {
    if (const auto good = check_listen_address(listen, !file.empty()); !good)
      return error(good.error().message, "repair it, then: tmux-orc config validate");
    // While a monitor of ours runs, it is the one that listens there.
    const auto free = running_instance(paths) == 0 ? check_port_is_free(listen) : Result<void>();
    if (!free)
      return error("api: " + free.error().message,
                   "see who listens there: ss -ltnp; or choose another api.listen");
  }
  return ok(listen.empty() ? "api: the unix socket only"
                           : fmt::format("api: {}, {} token", listen, file.empty() ? "without a" : "with a"));
}

Finding check_active(const Paths& paths) {
  const auto active = read_active(paths);
  if (!active)
    return error(
        active.error().message,
        fmt::format("tmux-orc switch-environment --force {}; until then nobody is told", paths.environment));
  return ok(*active ? fmt::format("active environment: {}", (*active)->active)
                    : "active environment: none yet, the first that starts becomes it");
}

Finding check_history_file(const Globals& globals, const Paths& paths) {
  const auto settings = settings_of(globals, paths);
  if (settings && !settings->history_enabled) return ok("history: off by configuration");
  return database_finding("history", paths.history_file(), "nothing is recorded yet");
}

Finding check_notify_file(const Paths& paths) {
  return database_finding("notifications", paths.notify_file(), "nothing was told yet");
}

Finding check_log(const Paths& paths) {
  const std::string file = paths.log_file();
  const std::filesystem::path there = nearest_existing(file);
  const bool is_file = there == std::filesystem::path(file);
  if (is_file != std::filesystem::is_regular_file(there)) {
    return error(fmt::format("log: {} is {}", there.string(), is_file ? "no file" : "no folder"),
                 fmt::format("move it away: mv {0} {0}.old", there.string()));
  }
  if (::access(there.c_str(), is_file ? W_OK : W_OK | X_OK) != 0) {
    return error(fmt::format("log: {} cannot be written: {}", there.string(), std::strerror(errno)),
                 "let its owner and mode allow us to write, and the disk too");
  }
  return ok(fmt::format("log: {} (writable)", file));
}

Finding check_monitor(const Paths& paths) {
  const int pid = running_instance(paths);
  if (pid == 0)
    return ok(fmt::format("monitor: none of environment {} is running", paths.environment),
              "tmux-orc monitor start");
  const auto answer = ask_monitor(paths, "GET", "/api/v1/health");
  const std::string what = fmt::format("monitor: pid {}, environment {}", pid, paths.environment);
  if (!answer)
    return error(fmt::format("{}, does not answer: {}", what, answer.error().message),
                 "tmux-orc status --emergency; tmux-orc monitor restart");
  return ok(what + ", answers");
}

}  // namespace orc::cli
