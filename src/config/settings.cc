// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/config/settings.h"

#include <absl/strings/ascii.h>
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <utility>
#include <variant>

#include "documents.h"
#include "notify_reader.h"
#include "server_reader.h"
#include "tmux_orc/base/files.h"
#include "yaml_reader.h"

namespace orc {
namespace {

// Between target and alert a figure is warned; the other way round it would be alarming while it is well.
void check_thresholds(YamlReader& in, const YAML::Node& root, const Thresholds& t) {
  const auto check = [&](const char* name, const Threshold& threshold, bool more_is_better) {
    const bool good =
        more_is_better ? threshold.target >= threshold.alert : threshold.target <= threshold.alert;
    if (good) return;
    in.problem(root["thresholds"][name].Mark(),
               fmt::format("thresholds.{}: the target {:g} lies beyond the alert {:g}", name,
                           threshold.target, threshold.alert));
  };
  check("cycle_time", t.cycle_time_s, false);
  check("cpu", t.cpu_percent, false);
  check("memory", t.memory_mb, false);
  check("error_rate", t.error_percent, false);
  check("pool", t.pool_percent, false);
  check("cache_hit_rate", t.hit_percent, true);
}

// A min_size that nobody gave follows a smaller max_size; one that was given must fit.
void check_pool(YamlReader& in, const YAML::Node& root, Settings& s) {
  if (s.pool_min_size <= s.pool_max_size) return;
  if (!s.origins.contains("monitoring.async.pool.min_size"))
    s.pool_min_size = s.pool_max_size;
  else
    in.problem(root["monitoring"]["async"]["pool"].Mark(), "pool.min_size is larger than pool.max_size");
}

bool is_on(const char* value) {
  if (value == nullptr) return false;
  const std::string v = absl::AsciiStrToLower(value);
  return !v.empty() && v != "0" && v != "false" && v != "no" && v != "off";
}

// Numbers from the environment, by the schema's ranges.
constexpr struct {
  const char* name;
  const char* path;
} kNumbers[] = {{"TMUX_ORC_POOL_SIZE", "monitoring.async.pool.max_size"},
                {"TMUX_ORC_CACHE_TTL", "monitoring.async.cache.default_ttl"},
                {"TMUX_ORC_ASYNC_ROLLOUT", "monitoring.async.rollout"}};

Result<void> apply_number(Settings& s, const char* name, const SettingKey& key, const char* value) {
  char* end = nullptr;
  const double number = std::strtod(value, &end);
  if (end == value || *end != '\0' || !(number >= key.low && number <= key.high)) {
    return fail(ErrorKind::kInvalid,
                fmt::format("{}='{}' must be a number from {} to {}", name, value, key.low, key.high));
  }
  if (const auto* whole = std::get_if<std::function<int&(Settings&)>>(&key.field)) {
    if (number != std::floor(number))
      return fail(ErrorKind::kInvalid, fmt::format("{} must be a whole number", name));
    (*whole)(s) = static_cast<int>(number);
  } else {
    std::get<std::function<double&(Settings&)>>(key.field)(s) = number;
  }
  s.origins[key.path] = name;
  return {};
}

Result<void> apply_log_level(Settings& s, const char* value) {
  const std::string level = log_level_name(value);
  const auto& allowed = find_key("log.level")->choices;
  if (std::find(allowed.begin(), allowed.end(), level) == allowed.end()) {
    return fail(ErrorKind::kInvalid,
                fmt::format("TMUX_ORC_LOG_LEVEL='{}' is not one of: {}", value, fmt::join(allowed, ", ")));
  }
  s.log_level = level;
  s.origins["log.level"] = "TMUX_ORC_LOG_LEVEL";
  return {};
}

constexpr std::size_t kMostConfigBytes = 1 << 20;

// The file's text; nothing if there is none.
Result<std::optional<std::string>> read_config(const std::string& path, bool must_exist) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return fail(ErrorKind::kInvalid, fmt::format("{} is a folder, not a configuration file", path));
  }
  auto text = read_file(path, kMostConfigBytes);
  if (text) return std::move(*text);
  if (must_exist || std::filesystem::exists(path, error)) {
    return fail(ErrorKind::kInvalid, "the configuration file: " + text.error().message);
  }
  return std::nullopt;
}

}  // namespace

Result<Settings> parse_settings(const std::string& yaml, const std::string& file_name, Settings base) {
  Settings s = std::move(base);
  s.origin = file_name;
  YamlReader in(file_name, s);
  try {
    const Documents documents = read_documents(yaml);
    const YAML::Node& root = documents.first;
    if (!documents.second.is_null())
      in.problem(documents.second,
                 "a second document: all settings belong into the first ('---' parts them)");
    if (!documents.stuck.is_null()) in.problem(documents.stuck, "this is no YAML");
    if (!root.IsNull()) {
      s.files.push_back(file_name);
      in.section(root, "");
      check_notifications(in, root, s.notify);
      if (in.problems().empty()) check_pool(in, root, s);
      if (auto pulse = parse_pulse(s.pulse); !pulse)
        in.problem(root["monitoring"]["pulse"].Mark(), pulse.error().message);
      if (in.problems().empty()) check_thresholds(in, root, s.thresholds);
      make_absolute(s.api_token_file, file_name);
      for (NotifyChannel& c : s.notify.channels) {
        c.page = s.api_page_url;
        c.answers = s.answers_over_api();
      }
    }
  } catch (const YAML::Exception& e) {
    in.problem(e.mark, e.msg);
  }
  if (!in.problems().empty()) return fail(ErrorKind::kInvalid, in.problems());
  return s;
}

Result<void> check_replacement(const Settings& now, const Settings& next) {
  for (const std::string& file : now.files) {
    if (std::find(next.files.begin(), next.files.end(), file) != next.files.end()) continue;
    return fail(ErrorKind::kInvalid,
                fmt::format("{} is gone or empty; `tmux-orc monitor restart` goes on without it", file));
  }
  return {};
}

Result<void> apply_environment(Settings& s, const GetEnv& env) {
  for (const auto& [name, path] : kNumbers) {
    const char* value = env(name);
    if (value == nullptr || *value == '\0') continue;
    ORC_DO(apply_number(s, name, *find_key(path), value));
  }
  s.pool_min_size = std::min(s.pool_min_size, s.pool_max_size);
  if (const char* level = env("TMUX_ORC_LOG_LEVEL"); level != nullptr && *level != '\0') {
    ORC_DO(apply_log_level(s, level));
  }
  if (const char* perf = env("TMUX_ORC_PERF_MONITORING"); perf != nullptr && *perf != '\0') {
    s.perf_monitoring = is_on(perf);
    s.origins["log.perf"] = "TMUX_ORC_PERF_MONITORING";
  }
  for (const char* name : {"TMUX_ORC_ASYNC_DISABLED", "TMUX_ORC_FORCE_SYNC"}) {
    if (is_on(env(name))) s.forced_sync_reason = fmt::format("{}={}", name, env(name));
  }
  return {};
}

ConfigPath config_path(const std::string& explicit_path, const GetEnv& env) {
  const auto absolute = [](const std::string& path) {
    std::error_code error;
    const auto whole = std::filesystem::absolute(path, error);
    return error ? path : whole.lexically_normal().string();
  };
  if (!explicit_path.empty()) return {absolute(explicit_path), true};
  if (const char* path = env("TMUX_ORC_CONFIG"); path != nullptr && *path != '\0')
    return {absolute(path), true};
  const char* home = env("HOME");
  return {home == nullptr ? "" : std::string(home) + "/.tmux-orchestrator/config.yaml", false};
}

Result<Settings> load_settings(const std::string& explicit_path, const GetEnv& env,
                               const std::string& overlay) {
  Settings settings;
  const ConfigPath file = config_path(explicit_path, env);
  for (const auto& [path, must_exist] : {std::pair(file.path, file.named), std::pair(overlay, false)}) {
    if (path.empty()) continue;
    ORC_TRY(yaml, read_config(path, must_exist));
    if (!*yaml) continue;
    const std::string main_file = settings.origin;
    ORC_TRY(parsed, parse_settings(**yaml, path, std::move(settings)));
    settings = std::move(*parsed);
    if (!main_file.empty()) settings.origin = main_file;
  }
  ORC_DO(apply_environment(settings, env));
  return settings;
}

Result<std::optional<double>> parse_pulse(const std::string& text) {
  if (text == "auto") return std::optional<double>();
  if (text == "off") return std::optional<double>(0.0);
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !(value >= 0.1 && value <= 86400)) {
    return fail(ErrorKind::kInvalid,
                fmt::format("monitoring.pulse '{}' must be auto, off, or seconds from 0.1 to 86400", text));
  }
  return std::optional<double>(value);
}

}  // namespace orc
