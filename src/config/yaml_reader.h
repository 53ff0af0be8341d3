// SPDX-License-Identifier: Apache-2.0
// YamlReader: reads YAML nodes into settings by the schema and collects every problem with its place.
// Not thread-safe.
#pragma once

#include <yaml-cpp/yaml.h>

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tmux_orc/config/schema.h"

namespace orc {

class YamlReader {
 public:
  using Keys = std::map<std::string, std::function<void(const YAML::Node&)>>;

  YamlReader(std::string file, Settings& settings) : file_(std::move(file)), settings_(settings) {}
  const std::string& file() const { return file_; }
  const std::string& problems() const { return problems_; }
  void problem(const YAML::Mark& mark, const std::string& what);

  // The map at `path` ("" for the file), by the schema's keys below it.
  void section(const YAML::Node& node, const std::string& path);
  void map(const YAML::Node& node, const std::string& path, const Keys& keys);
  // A map that sets the fields of `owner`.
  template <typename Owner>
  void record(const YAML::Node& node, const std::string& path, const std::vector<FieldKey<Owner>>& keys,
              Owner& owner) {
    Keys readers;
    for (const FieldKey<Owner>& key : keys)
      readers[key.path] = [this, &key, &owner](const YAML::Node& n) { value(n, key, owner); };
    map(node, path, readers);
  }
  // The items of a list.
  void list(const YAML::Node& node, const std::string& wants,
            const std::function<void(const YAML::Node&)>& each);
  void text(const YAML::Node& node, std::string& out);
  void texts(const YAML::Node& node, std::vector<std::string>& out);

 private:
  template <typename Owner>
  void value(const YAML::Node& node, const FieldKey<Owner>& key, Owner& owner) {
    std::visit([&](const auto& field) { read(node, key, field, owner); }, key.field);
  }
  template <typename Owner>
  void read(const YAML::Node& node, const FieldKey<Owner>&, const std::function<bool&(Owner&)>& field,
            Owner& owner) {
    flag(node, field(owner));
  }
  template <typename Owner, typename Number>
  void read(const YAML::Node& node, const FieldKey<Owner>& key, const std::function<Number&(Owner&)>& field,
            Owner& owner) {
    number(node, field(owner), key.low, key.high);
  }
  template <typename Owner>
  void read(const YAML::Node& node, const FieldKey<Owner>& key,
            const std::function<std::string&(Owner&)>& field, Owner& owner) {
    choice(node, field(owner), key.choices, key.path == "log.level");
  }
  template <typename Owner>
  void read(const YAML::Node& node, const FieldKey<Owner>&,
            const std::function<std::vector<std::string>&(Owner&)>& field, Owner& owner) {
    texts(node, field(owner));
  }
  template <typename Owner>
  void read(const YAML::Node& node, const FieldKey<Owner>& key, const typename FieldKey<Owner>::Coded& field,
            Owner& owner) {
    std::vector<std::string> given;
    const std::size_t before = problems_.size();
    if (field.is_list)
      texts(node, given);
    else
      choice(node, given.emplace_back(), key.choices, false);
    if (problems_.size() != before) return;
    if (const std::string wrong = field.set(owner, given); !wrong.empty()) problem(node.Mark(), wrong);
  }
  template <typename Owner>
  void read(const YAML::Node& node, const FieldKey<Owner>&, const typename FieldKey<Owner>::Records& field,
            Owner& owner) {
    field.read(*this, node, owner);
  }

  void flag(const YAML::Node& node, bool& out);
  void number(const YAML::Node& node, double& out, double low, double high);
  void number(const YAML::Node& node, int& out, double low, double high);
  void choice(const YAML::Node& node, std::string& out, const std::vector<std::string>& choices,
              bool is_log_level);
  void unknown_key(const YAML::Mark& mark, const std::string& path, const std::string& key, const Keys& keys);

  const std::string file_;
  Settings& settings_;
  std::string problems_;
};

}  // namespace orc
