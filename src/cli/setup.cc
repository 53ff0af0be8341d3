#include "setup.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "rule_source.h"

namespace orc::cli {
namespace {

std::vector<ServerAddress> choose_servers(const Globals& globals, const Settings& settings) {
  if (!globals.socket_name.empty() || !globals.socket_path.empty() || settings.servers.empty()) {
    return {resolve_server(globals.socket_name, globals.socket_path)};
  }
  std::vector<ServerAddress> servers;
  for (const ServerSetting& s : settings.servers) {
    servers.push_back(resolve_server(s.socket_name, s.socket_path));
    servers.back().name = s.name;
  }
  return servers;
}

MonitorOptions options_from(const Settings& s, bool async) {
  MonitorOptions o;
  o.async = async;
  o.polling = s.strategy == "polling";
  o.transport = transport_choice(s.transport);
  o.pool = {s.pool_max_size, s.pool_connection_timeout_s};
  o.cache.enabled = s.cache_enabled;
  o.cache.default_ttl_s = s.cache_default_ttl_s;
  o.cache.max_size = static_cast<std::size_t>(s.cache_max_size);
  o.cache.strategy = s.cache_strategy == "lru"   ? EvictionStrategy::kLru
                     : s.cache_strategy == "lfu" ? EvictionStrategy::kLfu
                                                 : EvictionStrategy::kTtl;
  o.aggregate.confirm_s = s.confirm_delay_s;
  o.discover = {s.pm_windows, s.agent_windows};
  return o;
}

}  // namespace

TransportChoice transport_choice(const std::string& name) {
  return name == "native"  ? TransportChoice::kNative
         : name == "spawn" ? TransportChoice::kSpawn
                           : TransportChoice::kAuto;
}

Result<Setup> make_setup(const Globals& globals, const RunFlags& flags) {
  if (flags.async && flags.sync) return fail(ErrorKind::kInvalid, "--async and --sync exclude each other");
  auto settings = load_settings(globals.config_path, [](const char* name) { return std::getenv(name); });
  if (!settings) return tl::unexpected(settings.error());
  auto tmux = find_tmux();
  if (!tmux) return tl::unexpected(tmux.error());
  auto classifier = load_classifier();
  if (!classifier) return tl::unexpected(classifier.error());

  Setup setup;
  Settings& s = *settings;
  if (flags.strategy) s.strategy = *flags.strategy;
  if (flags.interval_s) s.check_interval_s = *flags.interval_s;
  if (flags.pool_size) s.pool_max_size = *flags.pool_size;
  if (flags.cache) s.cache_enabled = *flags.cache;
  s.pool_min_size = std::min(s.pool_min_size, s.pool_max_size);
  bool async = flags.async || (s.async_enabled && !flags.sync);
  if (!async && !flags.sync) setup.mode_reason = "async.enabled is false";
  if (async && !s.forced_sync_reason.empty()) {  // the emergency switches win over flags and configuration
    async = false;
    setup.mode_reason = s.forced_sync_reason;
  }
  setup.options = options_from(s, async);
  setup.options.tmux_binary = *tmux;
  setup.servers = choose_servers(globals, s);
  setup.classifier = std::move(*classifier);
  setup.settings = std::move(s);
  return setup;
}

std::chrono::milliseconds round_time(const Settings& s) {
  const double seconds = std::clamp(std::min(s.check_interval_s, s.pool_connection_timeout_s), 1.0, 10.0);
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

std::string mode_line(const Setup& setup) {
  const std::string reason = setup.mode_reason.empty() ? "" : fmt::format(" ({})", setup.mode_reason);
  return fmt::format("Mode: {}{}", setup.options.async ? "async" : "sync", reason);
}

}  // namespace orc::cli
