// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/daemon/plan.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <utility>

#include "tmux_orc/tmux/ssh_host.h"

namespace orc {

std::string identity_of(const ServerAddress& server) {
  struct stat st {};
  if (!server.host->is_here() || ::stat(server.socket_path.c_str(), &st) != 0) return server.key();
  return fmt::format("inode {} {}", st.st_dev, st.st_ino);
}

namespace {

// The servers of a pattern that have no name of their own in the configuration.
void add_found(const std::string& pattern, std::vector<ServerAddress>& servers) {
  for (const std::string& path : find_sockets(pattern)) {
    ServerAddress found = resolve_server("", path);
    const auto same = [&](const ServerAddress& s) { return identity_of(s) == identity_of(found); };
    if (std::any_of(servers.begin(), servers.end(), same)) continue;
    found.name = std::filesystem::path(path).filename();
    const auto namesake = [&](const ServerAddress& s) { return s.name == found.name; };
    if (std::any_of(servers.begin(), servers.end(), namesake)) found.name = path;
    servers.push_back(std::move(found));
  }
}

}  // namespace

Result<std::vector<ServerAddress>> choose_servers(const PlanRequest& request, const Settings& settings) {
  if (!request.socket_name.empty() || !request.socket_path.empty() || settings.servers.empty()) {
    return std::vector<ServerAddress>{resolve_server(request.socket_name, request.socket_path)};
  }
  std::vector<ServerAddress> servers;
  for (const ServerSetting& s : settings.servers) {
    if (!s.socket_pattern.empty()) continue;
    if (!s.ssh.empty()) {
      servers.push_back(
          {s.name, "",
           std::make_shared<SshHost>(SshSettings{s.ssh, s.ssh_config, s.socket_name, s.socket_path,
                                                 settings.pool_connection_timeout_s, s.timeout_s})});
      continue;
    }
    servers.push_back(resolve_server(s.socket_name, s.socket_path));
    servers.back().name = s.name;
  }
  for (std::size_t i = 0; i < servers.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (identity_of(servers[i]) != identity_of(servers[j])) continue;
      return fail(ErrorKind::kInvalid, fmt::format("servers: '{}' and '{}' are one server, {}; name it once",
                                                   servers[j].name, servers[i].name, servers[i].key()));
    }
  }
  for (const ServerSetting& s : settings.servers) {
    if (!s.socket_pattern.empty()) add_found(s.socket_pattern, servers);
  }
  return servers;
}

bool finds_servers(const PlanRequest& request, const Settings& settings) {
  return request.socket_name.empty() && request.socket_path.empty() &&
         std::any_of(settings.servers.begin(), settings.servers.end(),
                     [](const ServerSetting& s) { return !s.socket_pattern.empty(); });
}

void keep_connections(const std::vector<ServerAddress>& before, std::vector<ServerAddress>& now) {
  for (ServerAddress& s : now) {
    const auto old = std::ranges::find_if(
        before, [&](const ServerAddress& b) { return b.name == s.name && b.host->is_as(*s.host); });
    if (old != before.end()) s.host = old->host;
  }
}

void keep_what_is_the_same(const Plan& before, Plan& now) {
  keep_connections(before.servers, now.servers);
  if (before.classifier->judges_as(*now.classifier)) now.classifier = before.classifier;
}

bool same_servers(const std::vector<ServerAddress>& a, const std::vector<ServerAddress>& b) {
  return std::equal(
      a.begin(), a.end(), b.begin(), b.end(),
      [](const ServerAddress& x, const ServerAddress& y) { return x.name == y.name && x.key() == y.key(); });
}

namespace {

TransportChoice transport_choice(const std::string& name) {
  return name == "native"  ? TransportChoice::kNative
         : name == "spawn" ? TransportChoice::kSpawn
                           : TransportChoice::kAuto;
}

MonitorOptions options_from(const Settings& s, bool async) {
  MonitorOptions o;
  o.async = async;
  o.polling = s.strategy == "polling";
  o.rollout = s.async_rollout;
  o.transport = transport_choice(s.transport);
  o.pool = {s.pool_max_size, s.pool_connection_timeout_s};
  o.cache.enabled = s.cache_enabled;
  o.cache.default_ttl_s = s.cache_default_ttl_s;
  o.cache.max_size = static_cast<std::size_t>(s.cache_max_size);
  o.cache.strategy = s.cache_strategy == "lru"   ? EvictionStrategy::kLru
                     : s.cache_strategy == "lfu" ? EvictionStrategy::kLfu
                                                 : EvictionStrategy::kTtl;
  o.aggregate.confirm_s = s.confirm_delay_s;
  o.aggregate.max_failures = s.max_failures;
  o.aggregate.stuck_s = s.thresholds.stuck_s;
  o.own_word = s.own_word == "auto";
  o.own_word_except = s.own_word_except;
  o.discover = {s.pm_windows, s.agent_windows};
  return o;
}

void apply_flags(Settings& s, const RunFlags& flags) {
  if (flags.strategy) s.strategy = *flags.strategy;
  if (flags.interval_s) s.check_interval_s = *flags.interval_s;
  if (flags.pool_size) s.pool_max_size = *flags.pool_size;
  if (flags.cache) s.cache_enabled = *flags.cache;
  s.pool_min_size = std::min(s.pool_min_size, s.pool_max_size);
}

// The emergency switches win over flags and configuration, and --emergency over those.
bool choose_async(const PlanRequest& request, const Settings& s, std::string& reason) {
  const RunFlags& flags = request.flags;
  if (request.emergency)
    reason = "--emergency";
  else if (!s.forced_sync_reason.empty())
    reason = s.forced_sync_reason;
  else if (flags.sync)
    return false;
  else if (!flags.async && !s.async_enabled)
    reason = "async.enabled is false";
  else if (s.async_rollout <= 0)
    reason = "async.rollout is 0";
  return reason.empty();
}

using ProcessEnv = const char* (*)(const char*);

// The variables that say where things are; not those that change a setting.
const char* only_places(const char* name) {
  const std::string_view n = name;
  return n == "HOME" || n == "TMUX_ORC_CONFIG" ? std::getenv(name) : nullptr;
}

Result<Settings> read_settings(const PlanRequest& request, const Paths& paths, ProcessEnv env) {
  return load_settings(request.config_path, env, paths.overlay());
}

// The most that can be read of a broken configuration: the files without the variables, or nothing.
Settings settings_for_emergency(const PlanRequest& request, const Paths& paths, std::string& in_force) {
  in_force = "the variables TMUX_ORC_* are left out";
  if (auto files = read_settings(request, paths, only_places)) return std::move(*files);
  in_force = "the DEFAULTS are in force";
  return {};
}

Result<Settings> choose_settings(const PlanRequest& request, const Paths& paths, std::string& problem) {
  auto settings = read_settings(request, paths, [](const char* n) -> const char* { return std::getenv(n); });
  if (settings || !request.emergency) return settings;
  std::string in_force;
  Settings rest = settings_for_emergency(request, paths, in_force);
  problem = fmt::format("--emergency: {}, because: {}", in_force, settings.error().message);
  return rest;  // what is wrong is told by status, not by a monitor that does not start
}

Result<std::shared_ptr<const Classifier>> load_classifier(const std::string& folder, const Settings& s) {
  ORC_TRY(rules, load_rules(folder));
  ORC_DO(add_processes(*rules, s.agent_processes));
  ORC_TRY(built, Classifier::build(std::move(*rules), {s.starting_s}));
  return std::shared_ptr<const Classifier>(std::move(*built));
}

Result<std::shared_ptr<const Classifier>> choose_classifier(const PlanRequest& request, const Paths& paths,
                                                            const Settings& settings, std::string& problem) {
  auto classifier = load_classifier(paths.rules_folder(), settings);
  if (classifier || !request.emergency) return classifier;
  problem += fmt::format("{}--emergency: your own rules are left out, because: {}",
                         problem.empty() ? "" : "\n", classifier.error().message);
  return load_classifier("", {});
}

}  // namespace

Result<Plan> make_plan(const PlanRequest& request, const Paths& paths) {
  if (request.flags.async && request.flags.sync)
    return fail(ErrorKind::kInvalid, "--async and --sync exclude each other");
  Plan plan;
  ORC_TRY(settings, choose_settings(request, paths, plan.config_problem));
  ORC_TRY(tmux, choose_tmux(settings->tmux_binary));
  ORC_TRY(classifier, choose_classifier(request, paths, *settings, plan.config_problem));

  Settings& s = *settings;
  apply_flags(s, request.flags);
  if (request.emergency) s.transport = "spawn";
  plan.options = options_from(s, choose_async(request, s, plan.mode_reason));
  plan.options.tmux_binary = *tmux;
  ORC_TRY(servers, choose_servers(request, s));
  plan.servers = std::move(*servers);
  plan.classifier = std::move(*classifier);
  plan.settings = std::move(s);
  return plan;
}

Result<PlannedServers> plan_servers(const PlanRequest& request, const Paths& paths) {
  std::string problem;
  ORC_TRY(settings, choose_settings(request, paths, problem));
  ORC_TRY(tmux, choose_tmux(settings->tmux_binary));
  ORC_TRY(servers, choose_servers(request, *settings));
  return PlannedServers{std::move(*servers), std::move(*tmux)};
}

std::chrono::milliseconds round_time(const Settings& s) {
  const double seconds = std::clamp(std::min(s.check_interval_s, s.pool_connection_timeout_s), 1.0, 10.0);
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

std::chrono::milliseconds first_round_time(const Plan& plan) {
  constexpr auto kConnecting = std::chrono::milliseconds(30'000);
  const bool far = std::any_of(plan.servers.begin(), plan.servers.end(),
                               [](const ServerAddress& s) { return !s.host->is_here(); });
  return far ? std::max(round_time(plan.settings), kConnecting) : round_time(plan.settings);
}

std::string mode_line(bool async, double rollout, const std::string& reason) {
  if (!async) return fmt::format("Mode: sync{}", reason.empty() ? "" : fmt::format(" ({})", reason));
  if (rollout < 1) return fmt::format("Mode: async ({:g}% of the panes, the rest sync)", 100 * rollout);
  return "Mode: async";
}

}  // namespace orc
