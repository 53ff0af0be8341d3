// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/config/schema.h"

#include <absl/strings/ascii.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "keys.h"
#include "server_reader.h"
#include "tmux_orc/base/evidence.h"

namespace orc {
namespace {

#define ORC_FIELD(type, member)                                                    \
  SettingKey::Field {                                                              \
    std::function<type&(Settings&)>([](Settings& s) -> type& { return s.member; }) \
  }

void add_threshold(std::vector<SettingKey>& keys, const std::string& name, SettingKey::Field target,
                   SettingKey::Field alert, const std::string& what) {
  const std::string path = "thresholds." + name;
  keys.push_back(number<Settings>(path + ".target", std::move(target), 0, 1e6,
                                  what + ": well on the good side of this"));
  keys.push_back(
      number<Settings>(path + ".alert", std::move(alert), 0, 1e6, what + ": critical beyond this"));
}

std::vector<SettingKey> make_keys() {
  std::vector<SettingKey> k = {
      number<Settings>("monitoring.check_interval", ORC_FIELD(double, check_interval_s), 0.1, 86400,
                       "seconds between rounds"),
      number<Settings>(
          "monitoring.max_failures", ORC_FIELD(int, max_failures), 1, 1000,
          "looks at a server that fail in a row, 2 s apart or more, before its agents count as unknown"),
      number<Settings>("monitoring.confirm_delay", ORC_FIELD(double, confirm_delay_s), 0, 60,
                       "seconds until the second look at working -> idle and at alive -> exited, crashed"),
      number<Settings>("monitoring.starting_time", ORC_FIELD(double, starting_s), 0, kOldProcess_s,
                       "seconds for which an agent that shows nothing known is starting"),
      choice<Settings>(
          "monitoring.pulse", ORC_FIELD(std::string, pulse), {},
          "looks between the rounds, at what changed: auto (0.2 to 2 s, within the budget), off, or seconds"),
      number<Settings>("monitoring.budget", ORC_FIELD(double, budget), 0.0001, 1,
                       "part of a core that pulses may cost, us and tmux each"),
      key<Settings>("monitoring.async.enabled", ORC_FIELD(bool, async_enabled),
                    "false: one pane after the other, on one thread"),
      choice<Settings>("monitoring.async.strategy", ORC_FIELD(std::string, strategy),
                       {"concurrent", "polling"},
                       "concurrent: over the worker pool; polling: batches, one after the other"),
      choice<Settings>("monitoring.async.transport", ORC_FIELD(std::string, transport),
                       {"auto", "native", "spawn"}, "how tmux is spoken to"),
      key<Settings>("tmux.binary", ORC_FIELD(std::string, tmux_binary),
                    "path of the tmux program for what is not native; empty: the one in $PATH"),
      number<Settings>("monitoring.async.rollout", ORC_FIELD(double, async_rollout), 0, 1,
                       "fraction of the panes that go through the async path"),
      number<Settings>("monitoring.async.pool.min_size", ORC_FIELD(int, pool_min_size), 0, 256,
                       "accepted; a connection serves one batch, so none is kept in advance"),
      number<Settings>("monitoring.async.pool.max_size", ORC_FIELD(int, pool_max_size), 1, 256,
                       "most connections at a time"),
      number<Settings>("monitoring.async.pool.connection_timeout",
                       ORC_FIELD(double, pool_connection_timeout_s), 0.1, 3600,
                       "seconds for opening a connection"),
      number<Settings>("monitoring.async.pool.max_age", ORC_FIELD(double, pool_max_age_s), 1, 86400,
                       "accepted; see min_size"),
      key<Settings>("monitoring.async.cache.enabled", ORC_FIELD(bool, cache_enabled),
                    "skip panes that provably did not change"),
      number<Settings>("monitoring.async.cache.default_ttl", ORC_FIELD(double, cache_default_ttl_s), 0.1,
                       86400, "seconds after which an unchanged pane is looked at again all the same"),
      number<Settings>("monitoring.async.cache.max_size", ORC_FIELD(int, cache_max_size), 1, 1'000'000,
                       "entries a layer"),
      choice<Settings>("monitoring.async.cache.strategy", ORC_FIELD(std::string, cache_strategy),
                       {"ttl", "lru", "lfu"}, "which entry goes when it is full"),
      choice<Settings>(
          "evidence.own_word", ORC_FIELD(std::string, own_word), {"auto", "off"},
          "auto: where an agent publishes its state, that counts before its screen; off: the screen alone"),
      key<Settings>("evidence.own_word_except", ORC_FIELD(std::vector<std::string>, own_word_except),
                    "agents whose own word is not asked for all the same, as [claude]"),
      number<Settings>(
          "evidence.record_disagreements", ORC_FIELD(int, record_disagreements), 0, 1000,
          "screens kept a day, in the folder records, where an agent's own word and its screen disagree"),
      key<Settings>("agents.pm_windows", ORC_FIELD(std::vector<std::string>, pm_windows),
                    "windows whose agent has the role pm: whole words, a number may follow (pm-2), or a "
                    "pattern (boss*)"),
      key<Settings>("agents.windows", ORC_FIELD(std::vector<std::string>, agent_windows),
                    "more window names that mark agents, in the same way"),
  };
  add_threshold(k, "cycle_time", ORC_FIELD(double, thresholds.cycle_time_s.target),
                ORC_FIELD(double, thresholds.cycle_time_s.alert), "p95 of a round, seconds");
  add_threshold(k, "cpu", ORC_FIELD(double, thresholds.cpu_percent.target),
                ORC_FIELD(double, thresholds.cpu_percent.alert), "the monitor's CPU time, percent of a core");
  add_threshold(k, "memory", ORC_FIELD(double, thresholds.memory_mb.target),
                ORC_FIELD(double, thresholds.memory_mb.alert), "resident memory, MB");
  add_threshold(k, "error_rate", ORC_FIELD(double, thresholds.error_percent.target),
                ORC_FIELD(double, thresholds.error_percent.alert), "looks at panes that failed, percent");
  add_threshold(k, "pool", ORC_FIELD(double, thresholds.pool_percent.target),
                ORC_FIELD(double, thresholds.pool_percent.alert), "connections in use at the peak, percent");
  add_threshold(k, "cache_hit_rate", ORC_FIELD(double, thresholds.hit_percent.target),
                ORC_FIELD(double, thresholds.hit_percent.alert), "hits among unchanged screens, percent");
  k.push_back(
      number<Settings>("thresholds.stuck", ORC_FIELD(double, thresholds.stuck_s), 0, 1e6,
                       "seconds at work in which nothing moved but spinners and clocks: stuck; 0: never"));
  k.insert(
      k.end(),
      {
          key<Settings>("history.enabled", ORC_FIELD(bool, history_enabled),
                        "record rounds and transitions for the reports"),
          number<Settings>("history.raw_rounds_days", ORC_FIELD(int, raw_rounds_days), 1, 400,
                           "days that single rounds are kept"),
          number<Settings>("history.raw_transitions_days", ORC_FIELD(int, raw_transitions_days), 1, 400,
                           "days that single transitions are kept"),
          number<Settings>("history.rollup_months", ORC_FIELD(int, rollup_months), 1, 120,
                           "months that hourly and daily figures are kept"),
          choice<Settings>("api.listen", ORC_FIELD(std::string, api_listen), {},
                           "address:port for HTTP, empty for the unix socket only"),
          choice<Settings>(
              "api.token_file", ORC_FIELD(std::string, api_token_file), {},
              "file with the bearer token; required when api.listen is not a loopback address; without "
              "one the "
              "monitor makes ~/.tmux-orchestrator/api-token"),
          key<Settings>("api.allow_local_users", ORC_FIELD(bool, api_allow_local_users),
                        "no token on a loopback address: every user of this machine may ask"),
          choice<Settings>(
              "api.page_url", ORC_FIELD(std::string, api_page_url), {},
              "address of the page for browsers, behind a tunnel or a proxy: https://box.example/"),
          key<Settings>("api.answer", ORC_FIELD(bool, api_answer),
                        "POST /api/v1/answer and the page's buttons answer agents' questions"),
          key<Settings>("actions.answer", ORC_FIELD(bool, answer),
                        "off: agents' questions are answered in their panes only, not by us"),
          choice<Settings>("log.level", ORC_FIELD(std::string, log_level),
                           {"debug", "info", "warning", "error"}, "what is logged"),
          number<Settings>("log.max_size_mb", ORC_FIELD(double, log_max_size_mb), 0.1, 10000,
                           "size at which the log is rotated"),
          number<Settings>("log.max_files", ORC_FIELD(int, log_max_files), 1, 100, "rotated files kept"),
          key<Settings>("log.perf", ORC_FIELD(bool, perf_monitoring), "a line in the log for every round"),
      });
  k.push_back(
      key<Settings>("servers", servers_field(),
                    "tmux servers to watch, also those a pattern finds and on machines over ssh; none: the "
                    "default one"));
  k.push_back(
      key<Settings>("agents.processes", processes_field(),
                    "more program names and paths by which agents are known: {claude: {names: [...]}}"));
  for (SettingKey& more : notify_keys()) k.push_back(std::move(more));
  return k;
}

#undef ORC_FIELD

}  // namespace

const std::vector<SettingKey>& setting_keys() {
  static const std::vector<SettingKey> keys = make_keys();
  return keys;
}

const SettingKey* find_key(const std::string& path) {
  const auto& keys = setting_keys();
  const auto found =
      std::find_if(keys.begin(), keys.end(), [&](const SettingKey& k) { return k.path == path; });
  return found == keys.end() ? nullptr : &*found;
}

std::vector<std::string> key_paths() {
  std::vector<std::string> paths;
  for (const SettingKey& k : setting_keys()) paths.push_back(k.path);
  return paths;
}

std::string log_level_name(std::string text) {
  absl::AsciiStrToLower(&text);
  return text == "warn" ? "warning" : text == "critical" ? "error" : text;
}

nlohmann::ordered_json value_json(const SettingKey& key, const Settings& settings, Secrets secrets) {
  return field_json(key, settings, secrets);
}

std::string value_text(const SettingKey& key, const Settings& settings, Secrets secrets) {
  const auto value = value_json(key, settings, secrets);
  if (value.is_string())
    return value.get_ref<const std::string&>().empty() ? "\"\"" : value.get<std::string>();
  const bool of_texts = std::ranges::all_of(value, [](const auto& item) { return item.is_string(); });
  if (value.is_array() && of_texts)
    return fmt::format("[{}]", fmt::join(value.get<std::vector<std::string>>(), ", "));
  if (value.is_number_float()) return fmt::format("{}", value.get<double>());
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string without_secrets(const std::string& url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string::npos) return "...";
  const std::string rest = url.substr(scheme + 3);
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  const std::size_t user = rest.substr(0, end).rfind('@');
  const std::size_t host = user == std::string::npos ? 0 : user + 1;
  return url.substr(0, scheme + 3) + rest.substr(host, end - host) + (end + 1 < rest.size() ? "/..." : "/");
}

}  // namespace orc
