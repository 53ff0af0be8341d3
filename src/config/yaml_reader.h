// SPDX-License-Identifier: Apache-2.0
// YamlReader: reads YAML nodes into settings by the schema and collects every problem with its place.
// Not thread-safe.
#pragma once

#include <yaml-cpp/yaml.h>

#include <functional>
#include <map>
#include <string>

#include "tmux_orc/config/schema.h"

namespace orc {

class YamlReader {
 public:
  using Keys = std::map<std::string, std::function<void(const YAML::Node&)>>;

  YamlReader(std::string file, Settings& settings) : file_(std::move(file)), settings_(settings) {}
  const std::string& file() const { return file_; }
  const std::string& problems() const { return problems_; }
  void problem(const YAML::Mark& mark, const std::string& what);

  // The map at `path` ("" for the file): keys of the schema below it, and `special` ones.
  void section(const YAML::Node& node, const std::string& path, const Keys& special);
  void map(const YAML::Node& node, const std::string& path, const Keys& keys);
  void value(const YAML::Node& node, const SettingKey& key);
  void text(const YAML::Node& node, std::string& out);
  void texts(const YAML::Node& node, std::vector<std::string>& out);

 private:
  template <typename T>
  void number(const YAML::Node& node, T& out, const SettingKey& key);
  void choice(const YAML::Node& node, std::string& out, const SettingKey& key);
  void unknown_key(const YAML::Mark& mark, const std::string& path, const std::string& key, const Keys& keys);

  const std::string file_;
  Settings& settings_;
  std::string problems_;
};

// Reads a number in a range that no schema key names.
std::function<void(const YAML::Node&)> number_reader(YamlReader& in, double& out, double low, double high);

}  // namespace orc
