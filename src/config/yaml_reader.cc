// SPDX-License-Identifier: Apache-2.0
#include "yaml_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

#include "tmux_orc/base/text.h"

namespace orc {
namespace {

std::string shown(const YAML::Node& node) { return node.IsScalar() ? node.Scalar() : "a list or map"; }

}  // namespace

void YamlReader::problem(const YAML::Mark& mark, const std::string& what) {
  problems_ += fmt::format("{}{}:{}:{}: {}", problems_.empty() ? "" : "\n", file_, mark.line + 1,
                           mark.column + 1, what);
}

void YamlReader::section(const YAML::Node& node, const std::string& path) {
  Keys keys;
  const std::string prefix = path.empty() ? "" : path + ".";
  for (const SettingKey& key : setting_keys()) {
    if (!key.path.starts_with(prefix)) continue;
    const std::string rest = key.path.substr(prefix.size());
    const std::size_t dot = rest.find('.');
    const std::string name = rest.substr(0, dot);
    if (keys.contains(name)) continue;
    if (dot != std::string::npos) {
      keys[name] = [this, child = prefix + name](const YAML::Node& n) { section(n, child); };
      continue;
    }
    keys[name] = [this, &key](const YAML::Node& n) {
      const std::size_t before = problems_.size();
      value(n, key, settings_);
      if (problems_.size() == before)
        settings_.origins[key.path] = fmt::format("{}:{}", file_, n.Mark().line + 1);
    };
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

void YamlReader::flag(const YAML::Node& node, bool& out) {
  if (!YAML::convert<bool>::decode(node, out))
    problem(node.Mark(), fmt::format("wants true or false, got '{}'", shown(node)));
}

namespace {

template <typename T>
std::string read_number(const YAML::Node& node, T& out, double low, double high) {
  T value{};
  if (!YAML::convert<T>::decode(node, value)) {
    double any = 0;
    const bool is_part = YAML::convert<double>::decode(node, any);
    return fmt::format("wants a {}number, got '{}'", is_part ? "whole " : "", shown(node));
  }
  if (!(value >= low && value <= high)) return fmt::format("{} is out of range: {} to {}", value, low, high);
  out = value;
  return "";
}

}  // namespace

void YamlReader::number(const YAML::Node& node, double& out, double low, double high) {
  if (const std::string wrong = read_number(node, out, low, high); !wrong.empty())
    problem(node.Mark(), wrong);
}
void YamlReader::number(const YAML::Node& node, int& out, double low, double high) {
  if (const std::string wrong = read_number(node, out, low, high); !wrong.empty())
    problem(node.Mark(), wrong);
}

void YamlReader::choice(const YAML::Node& node, std::string& out, const std::vector<std::string>& choices,
                        bool is_log_level) {
  if (choices.empty()) return text(node, out);
  std::string value = node.IsScalar() ? node.Scalar() : "";
  if (is_log_level) value = log_level_name(value);
  if (std::find(choices.begin(), choices.end(), value) == choices.end()) {
    problem(node.Mark(), fmt::format("'{}' is not one of: {}", shown(node), fmt::join(choices, ", ")));
  } else {
    out = value;
  }
}

void YamlReader::list(const YAML::Node& node, const std::string& wants,
                      const std::function<void(const YAML::Node&)>& each) {
  if (!node.IsSequence()) return problem(node.Mark(), wants);
  for (const auto& item : node) each(item);
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

}  // namespace orc
