// SPDX-License-Identifier: Apache-2.0
#include "yaml_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "tmux_orc/base/text.h"

namespace orc {
namespace {

std::string shown(const YAML::Node& node) { return node.IsScalar() ? node.Scalar() : "a list or map"; }

}  // namespace

void YamlReader::problem(const YAML::Mark& mark, const std::string& what) {
  problems_ += fmt::format("{}{}:{}:{}: {}", problems_.empty() ? "" : "\n", file_, mark.line + 1,
                           mark.column + 1, what);
}

void YamlReader::section(const YAML::Node& node, const std::string& path, const Keys& special) {
  Keys keys = special;
  const std::string prefix = path.empty() ? "" : path + ".";
  for (const SettingKey& key : setting_keys()) {
    if (!key.path.starts_with(prefix)) continue;
    const std::string rest = key.path.substr(prefix.size());
    const std::size_t dot = rest.find('.');
    const std::string name = rest.substr(0, dot);
    if (keys.contains(name)) continue;
    if (dot == std::string::npos)
      keys[name] = [this, &key](const YAML::Node& n) { value(n, key); };
    else
      keys[name] = [this, child = prefix + name](const YAML::Node& n) { section(n, child, {}); };
  }
  map(node, path, keys);
}

void YamlReader::map(const YAML::Node& node, const std::string& path, const Keys& keys) {
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
    if (found != keys.end())
      found->second(entry.second);
    else
      unknown_key(entry.first.Mark(), path, key, keys);
  }
}

void YamlReader::value(const YAML::Node& node, const SettingKey& key) {
  const std::size_t before = problems_.size();
  std::visit(
      [&](auto field) {
        auto& out = field(settings_);
        using T = std::decay_t<decltype(out)>;
        if constexpr (std::is_same_v<T, bool>) {
          if (!YAML::convert<bool>::decode(node, out)) {
            problem(node.Mark(), fmt::format("wants true or false, got '{}'", shown(node)));
          }
        } else if constexpr (std::is_same_v<T, std::string>) {
          choice(node, out, key);
        } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
          texts(node, out);
        } else {
          number(node, out, key);
        }
      },
      key.field);
  if (problems_.size() == before)
    settings_.origins[key.path] = fmt::format("{}:{}", file_, node.Mark().line + 1);
}

template <typename T>
void YamlReader::number(const YAML::Node& node, T& out, const SettingKey& key) {
  T value{};
  if (!YAML::convert<T>::decode(node, value)) {
    problem(node.Mark(), fmt::format("wants a number, got '{}'", shown(node)));
  } else if (!(value >= key.low && value <= key.high)) {
    problem(node.Mark(), fmt::format("{} is out of range: {} to {}", value, key.low, key.high));
  } else {
    out = value;
  }
}

void YamlReader::choice(const YAML::Node& node, std::string& out, const SettingKey& key) {
  if (key.choices.empty()) return text(node, out);
  std::string value = node.IsScalar() ? node.Scalar() : "";
  if (key.path == "log.level") value = log_level_name(value);
  if (std::find(key.choices.begin(), key.choices.end(), value) == key.choices.end()) {
    problem(node.Mark(), fmt::format("'{}' is not one of: {}", shown(node), fmt::join(key.choices, ", ")));
  } else {
    out = value;
  }
}

void YamlReader::text(const YAML::Node& node, std::string& out) {
  if (node.IsScalar())
    out = node.Scalar();
  else
    problem(node.Mark(), "wants a text");
}

void YamlReader::texts(const YAML::Node& node, std::vector<std::string>& out) {
  if (!node.IsSequence()) {
    problem(node.Mark(), "wants a list of texts");
    return;
  }
  out.clear();
  for (const auto& item : node) {
    if (item.IsScalar() && !item.Scalar().empty())
      out.push_back(item.Scalar());
    else
      problem(item.Mark(), "wants a text");
  }
}

namespace {

// Full paths of settings and sections with that last name: what was meant by a key in the wrong place.
std::vector<std::string> places_of(const std::string& name) {
  std::vector<std::string> places;
  for (const std::string& path : key_paths()) {
    for (std::size_t end = path.find('.');; end = path.find('.', end + 1)) {
      const std::string part = path.substr(0, end);
      if (part.substr(part.rfind('.') + 1) == name &&
          std::find(places.begin(), places.end(), part) == places.end())
        places.push_back(part);
      if (end == std::string::npos) break;
    }
  }
  return places;
}

}  // namespace

void YamlReader::unknown_key(const YAML::Mark& mark, const std::string& path, const std::string& key,
                             const Keys& keys) {
  std::vector<std::string> names;
  for (const auto& [name, reader] : keys) names.push_back(name);
  const std::string near = nearest(key, names);
  const std::string prefix = path.empty() ? "" : path + ".";
  const auto places = key.empty() ? std::vector<std::string>() : places_of(key);
  if (!places.empty() && places.size() <= 3) {
    return problem(mark, fmt::format("unknown key '{}{}'; did you mean '{}'?", prefix, key,
                                     fmt::join(places, "' or '")));
  }
  problem(mark, fmt::format("unknown key '{}{}'{}", prefix, key,
                            near.empty() ? fmt::format("; known here: {}", fmt::join(names, ", "))
                                         : fmt::format("; did you mean '{}{}'?", prefix, near)));
}

std::function<void(const YAML::Node&)> number_reader(YamlReader& in, double& out, double low, double high) {
  return [&in, &out, low, high](const YAML::Node& n) {
    double value = 0;
    if (!YAML::convert<double>::decode(n, value) || !(value >= low && value <= high))
      in.problem(n.Mark(), fmt::format("wants a number from {} to {}", low, high));
    else
      out = value;
  };
}

}  // namespace orc
