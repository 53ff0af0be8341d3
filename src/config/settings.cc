#include "tmux_orc/config/settings.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "tmux_orc/base/text.h"

namespace orc {
namespace {

// Walks the YAML tree; each key has a reader. Collects all problems with their places.
class Reader {
 public:
  using Keys = std::map<std::string, std::function<void(const YAML::Node&)>>;

  explicit Reader(std::string file) : file_(std::move(file)) {}
  const std::string& problems() const { return problems_; }

  void problem(const YAML::Mark& mark, const std::string& what) {
    problems_ += fmt::format("{}{}:{}:{}: {}", problems_.empty() ? "" : "\n", file_, mark.line + 1, mark.column + 1, what);
  }

  void map(const YAML::Node& node, const std::string& path, const Keys& keys) {
    if (node.IsNull()) return;  // "monitoring:" with nothing below
    if (!node.IsMap()) {
      problem(node.Mark(), fmt::format("{} must be a map of settings", path.empty() ? "the file" : path));
      return;
    }
    std::set<std::string> seen;
    for (const auto& entry : node) {
      const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "";
      const auto found = keys.find(key);
      if (!seen.insert(key).second) problem(entry.first.Mark(), fmt::format("'{}' is given twice", key));
      if (found != keys.end()) {
        found->second(entry.second);
      } else {
        unknown_key(entry.first.Mark(), path, key, keys);
      }
    }
  }

  template <typename T>
  std::function<void(const YAML::Node&)> number(T& out, T low, T high) {
    return [this, &out, low, high](const YAML::Node& node) {
      T value{};
      if (!YAML::convert<T>::decode(node, value)) {
        problem(node.Mark(), fmt::format("wants a number, got '{}'", shown(node)));
      } else if (!(value >= low && value <= high)) {
        problem(node.Mark(), fmt::format("{} is out of range: {} to {}", value, low, high));
      } else {
        out = value;
      }
    };
  }

  std::function<void(const YAML::Node&)> flag(bool& out) {
    return [this, &out](const YAML::Node& node) {
      if (!YAML::convert<bool>::decode(node, out)) {
        problem(node.Mark(), fmt::format("wants true or false, got '{}'", shown(node)));
      }
    };
  }

  std::function<void(const YAML::Node&)> choice(std::string& out, std::vector<std::string> allowed) {
    return [this, &out, allowed = std::move(allowed)](const YAML::Node& node) {
      const std::string value = node.IsScalar() ? node.Scalar() : "";
      if (std::find(allowed.begin(), allowed.end(), value) == allowed.end()) {
        problem(node.Mark(), fmt::format("'{}' is not one of: {}", shown(node), fmt::join(allowed, ", ")));
      } else {
        out = value;
      }
    };
  }

  std::function<void(const YAML::Node&)> text(std::string& out) {
    return [this, &out](const YAML::Node& node) {
      if (node.IsScalar()) out = node.Scalar();
      else problem(node.Mark(), "wants a text");
    };
  }

  std::function<void(const YAML::Node&)> texts(std::vector<std::string>& out) {
    return [this, &out](const YAML::Node& node) {
      if (!node.IsSequence()) {
        problem(node.Mark(), "wants a list of texts");
        return;
      }
      out.clear();
      for (const auto& item : node) {
        if (item.IsScalar() && !item.Scalar().empty()) out.push_back(item.Scalar());
        else problem(item.Mark(), "wants a text");
      }
    };
  }

 private:
  static std::string shown(const YAML::Node& node) { return node.IsScalar() ? node.Scalar() : "a list or map"; }

  void unknown_key(const YAML::Mark& mark, const std::string& path, const std::string& key, const Keys& keys) {
    std::vector<std::string> names;
    for (const auto& [name, reader] : keys) names.push_back(name);
    const std::string near = nearest(key, names);
    const std::string prefix = path.empty() ? "" : path + ".";
    problem(mark, fmt::format("unknown key '{}{}'{}", prefix, key,
                              near.empty() ? fmt::format("; known here: {}", fmt::join(names, ", "))
                                           : fmt::format("; did you mean '{}{}'?", prefix, near)));
  }

  const std::string file_;
  std::string problems_;
};

void read_servers(Reader& in, const YAML::Node& node, std::vector<ServerSetting>& out) {
  if (!node.IsSequence()) {
    in.problem(node.Mark(), "servers wants a list of {name, socket_name | socket_path}");
    return;
  }
  for (const auto& item : node) {
    ServerSetting server;
    in.map(item, "servers[]", {{"name", in.text(server.name)},
                               {"socket_name", in.text(server.socket_name)},
                               {"socket_path", in.text(server.socket_path)}});
    if (server.socket_name.empty() == server.socket_path.empty()) {
      in.problem(item.Mark(), "a server needs either socket_name or socket_path");
    }
    if (server.name.empty()) server.name = server.socket_name.empty() ? server.socket_path : server.socket_name;
    out.push_back(std::move(server));
  }
}

void read_monitoring(Reader& in, const YAML::Node& node, Settings& s) {
  const auto pool = [&](const YAML::Node& n) {
    in.map(n, "monitoring.async.pool", {{"min_size", in.number(s.pool_min_size, 0, 256)},
                                        {"max_size", in.number(s.pool_max_size, 1, 256)},
                                        {"connection_timeout", in.number(s.pool_connection_timeout_s, 0.1, 3600.0)},
                                        {"max_age", in.number(s.pool_max_age_s, 1.0, 86400.0)}});
    if (n.IsMap() && !n["min_size"]) s.pool_min_size = std::min(s.pool_min_size, s.pool_max_size);
    if (s.pool_min_size > s.pool_max_size) in.problem(n.Mark(), "pool.min_size is larger than pool.max_size");
  };
  const auto cache = [&](const YAML::Node& n) {
    in.map(n, "monitoring.async.cache", {{"enabled", in.flag(s.cache_enabled)},
                                         {"default_ttl", in.number(s.cache_default_ttl_s, 0.1, 86400.0)},
                                         {"max_size", in.number(s.cache_max_size, 1, 1'000'000)},
                                         {"strategy", in.choice(s.cache_strategy, {"ttl", "lru", "lfu"})}});
  };
  const auto async = [&](const YAML::Node& n) {
    in.map(n, "monitoring.async", {{"enabled", in.flag(s.async_enabled)},
                                   {"strategy", in.choice(s.strategy, {"concurrent", "polling"})},
                                   {"transport", in.choice(s.transport, {"auto", "native", "spawn"})},
                                   {"pool", pool},
                                   {"cache", cache}});
  };
  in.map(node, "monitoring", {{"check_interval", in.number(s.check_interval_s, 0.1, 86400.0)},
                              {"max_failures", in.number(s.max_failures, 1, 1000)},
                              {"confirm_delay", in.number(s.confirm_delay_s, 0.0, 60.0)},
                              {"async", async}});
}

bool is_on(const char* value) {
  if (value == nullptr) return false;
  std::string v = value;
  std::transform(v.begin(), v.end(), v.begin(), [](unsigned char c) { return std::tolower(c); });
  return !v.empty() && v != "0" && v != "false" && v != "no" && v != "off";
}

Result<double> env_number(const char* name, const char* value, double low, double high) {
  char* end = nullptr;
  const double number = std::strtod(value, &end);
  if (end == value || *end != '\0' || !(number >= low && number <= high)) {
    return fail(ErrorKind::kInvalid, fmt::format("{}='{}' must be a number from {} to {}", name, value, low, high));
  }
  return number;
}

}  // namespace

Result<Settings> parse_settings(const std::string& yaml, const std::string& file_name) {
  Settings s;
  s.origin = file_name;
  Reader in(file_name);
  try {
    const YAML::Node root = YAML::Load(yaml);
    const auto agents = [&](const YAML::Node& n) {
      in.map(n, "agents", {{"pm_windows", in.texts(s.pm_windows)}, {"windows", in.texts(s.agent_windows)}});
    };
    if (!root.IsNull()) {
      in.map(root, "", {{"monitoring", [&](const YAML::Node& n) { read_monitoring(in, n, s); }},
                        {"servers", [&](const YAML::Node& n) { read_servers(in, n, s.servers); }},
                        {"agents", agents}});
    }
  } catch (const YAML::Exception& e) {
    in.problem(e.mark, e.msg);
  }
  if (!in.problems().empty()) return fail(ErrorKind::kInvalid, in.problems());
  return s;
}

Result<void> apply_environment(Settings& s, const GetEnv& env) {
  if (const char* value = env("TMUX_ORC_POOL_SIZE"); value != nullptr && *value != '\0') {
    auto number = env_number("TMUX_ORC_POOL_SIZE", value, 1, 256);
    if (!number) return tl::unexpected(number.error());
    if (*number != std::floor(*number)) return fail(ErrorKind::kInvalid, "TMUX_ORC_POOL_SIZE must be a whole number");
    s.pool_max_size = static_cast<int>(*number);
    s.pool_min_size = std::min(s.pool_min_size, s.pool_max_size);
  }
  if (const char* value = env("TMUX_ORC_CACHE_TTL"); value != nullptr && *value != '\0') {
    auto number = env_number("TMUX_ORC_CACHE_TTL", value, 0.1, 86400);
    if (!number) return tl::unexpected(number.error());
    s.cache_default_ttl_s = *number;
  }
  for (const char* name : {"TMUX_ORC_ASYNC_DISABLED", "TMUX_ORC_FORCE_SYNC"}) {
    if (is_on(env(name))) s.forced_sync_reason = fmt::format("{}={}", name, env(name));
  }
  return {};
}

Result<Settings> load_settings(const std::string& explicit_path, const GetEnv& env) {
  std::string path = explicit_path;
  if (path.empty() && env("TMUX_ORC_CONFIG") != nullptr) path = env("TMUX_ORC_CONFIG");
  const bool named = !path.empty();
  if (!named && env("HOME") != nullptr) path = std::string(env("HOME")) + "/.tmux-orchestrator/config.yaml";
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return fail(ErrorKind::kInvalid, fmt::format("{} is a folder, not a configuration file", path));
  }
  std::ifstream in(path, std::ios::binary);
  Settings settings;
  if (in) {
    const std::string yaml(std::istreambuf_iterator<char>(in), {});
    auto parsed = parse_settings(yaml, path);
    if (!parsed) return parsed;
    settings = std::move(*parsed);
  } else if (named || std::filesystem::exists(path, error)) {
    return fail(ErrorKind::kInvalid, fmt::format("cannot read the configuration file {}", path));
  }
  if (auto ok = apply_environment(settings, env); !ok) return tl::unexpected(ok.error());
  return settings;
}

}  // namespace orc
