// SPDX-License-Identifier: Apache-2.0
// The schema: every plain setting once, with its place in the file, type, range and meaning. The reader,
// `config get`, `config show` and the documentation all go by it. Immutable, so free for all threads.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "tmux_orc/config/settings.h"

namespace orc {

struct SettingKey {
  using Field = std::variant<double& (*)(Settings&), int& (*)(Settings&), bool& (*)(Settings&),
                             std::string& (*)(Settings&), std::vector<std::string>& (*)(Settings&)>;
  std::string path;  // "monitoring.async.pool.max_size"
  Field field;
  double low = 0, high = 0;          // of numbers
  std::vector<std::string> choices;  // of texts; empty: any text
  std::string help;
};

const std::vector<SettingKey>& setting_keys();
const SettingKey* find_key(const std::string& path);
std::vector<std::string> key_paths();

// A log level as the schema has it, from any case and from the names that other programs use: INFO, WARN,
// CRITICAL. What is no level comes back in lower case.
std::string log_level_name(std::string text);

// The value as YAML text: 25, true, lru, [a, b].
std::string value_text(const SettingKey& key, const Settings& settings);

}  // namespace orc
