// SPDX-License-Identifier: Apache-2.0
// The schema: every setting once, lists and maps too, with its place in the file, type, range and meaning.
// The reader, `config get`, `set` and `show` and the documentation all go by it. Immutable, so free for all
// threads.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>
#include <vector>

#include "tmux_orc/config/settings.h"

namespace YAML {
class Node;
}

namespace orc {

class YamlReader;

enum class Secrets { kShown, kHidden };

// A key of a map in the file, and the field of `Owner` that it sets.
template <typename Owner>
struct FieldKey {
  // A text, or a list of texts, that is kept as something else.
  struct Coded {
    std::function<std::vector<std::string>(const Owner&)> get;
    std::function<std::string(Owner&, const std::vector<std::string>&)>
        set;  // gives what is wrong, "" if nothing
    bool is_list = false;
  };
  // A list, or a map by name, of records that have keys of their own.
  struct Records {
    std::function<void(YamlReader&, const YAML::Node&, Owner&)> read;
    std::function<nlohmann::ordered_json(const Owner&, Secrets)> json;
  };
  using Field = std::variant<std::function<double&(Owner&)>, std::function<int&(Owner&)>,
                             std::function<bool&(Owner&)>, std::function<std::string&(Owner&)>,
                             std::function<std::vector<std::string>&(Owner&)>, Coded, Records>;
  enum class Hide { kNothing, kAll, kPath };  // kPath: of a URL, what stands behind its host

  std::string path;  // "monitoring.async.pool.max_size"
  Field field;
  double low = 0, high = 0;          // of numbers
  std::vector<std::string> choices;  // of texts; empty: any text
  std::string help;
  Hide hide = Hide::kNothing;

  bool is_text() const {
    const auto* coded = std::get_if<Coded>(&field);
    return std::holds_alternative<std::function<std::string&(Owner&)>>(field) ||
           (coded != nullptr && !coded->is_list);
  }
};

using SettingKey = FieldKey<Settings>;

const std::vector<SettingKey>& setting_keys();
const SettingKey* find_key(const std::string& path);
std::vector<std::string> key_paths();

// A log level as the schema has it, from any case and from the names that other programs use: INFO, WARN,
// CRITICAL. What is no level comes back in lower case.
std::string log_level_name(std::string text);

nlohmann::ordered_json value_json(const SettingKey& key, const Settings& settings, Secrets secrets);
// The value as YAML text: 25, true, lru, [a, b], [{"name": "a"}].
std::string value_text(const SettingKey& key, const Settings& settings, Secrets secrets);

// scheme://host/...: a path or query may be a secret, as a chat's webhook is.
std::string without_secrets(const std::string& url);

}  // namespace orc
