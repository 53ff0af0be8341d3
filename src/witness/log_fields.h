// SPDX-License-Identifier: Apache-2.0
// What is read of a line of a session's log: fields of given names, bounded. Pure; thread-safe.
#pragma once

#include <absl/time/time.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "moment.h"
#include "tmux_orc/base/text.h"

namespace orc::log_fields {

using nlohmann::json;

inline constexpr std::size_t kLongestModel = 80;
inline constexpr std::uint64_t kMostTokens = 1ull << 40;  // of one message; more is no count

// Keeps the fields of these names, wherever they stand, and never builds the rest.
class NamedFields {
 public:
  NamedFields(std::initializer_list<std::string_view> names) : names_(names) {
    std::sort(names_.begin(), names_.end());
  }
  json read(std::string_view document) const {
    return json::parse(
        document,
        [this](int, json::parse_event_t event, json& parsed) {
          return event != json::parse_event_t::key ||
                 std::binary_search(names_.begin(), names_.end(), parsed.get_ref<const std::string&>());
        },
        false);
  }

 private:
  std::vector<std::string_view> names_;
};

inline const json& at(const json& j, const char* key) {
  static const json kNothing;
  const auto found = j.is_object() ? j.find(key) : j.end();
  return j.is_object() && found != j.end() ? *found : kNothing;
}

inline std::string text(const json& j) { return j.is_string() ? j.get<std::string>() : std::string(); }

inline std::uint64_t count_of(const json& j) {
  if (!j.is_number_integer() || j < 0) return 0;
  const auto value = j.get<std::uint64_t>();
  return value < kMostTokens ? value : 0;
}

inline double number(const json& j) {
  const double value = j.is_number() ? j.get<double>() : 0;
  return value >= 0 && value < 1e9 ? value : 0;
}

// 0: none. ParseTime() takes "infinite-future", too.
inline std::int64_t moment(const json& j) {
  absl::Time time;
  if (!j.is_string() || !absl::ParseTime(absl::RFC3339_full, j.get_ref<const std::string&>(), &time, nullptr))
    return 0;
  return possible_moment(absl::ToUnixMillis(time));
}

inline std::string model_name(const json& j) {
  const std::string name = text(j);
  return name.size() <= kLongestModel ? printable(name) : std::string();
}

// The head of a line says what it is; most lines are long, and none of ours.
inline bool begins_with_one_of(std::string_view line, std::initializer_list<std::string_view> words) {
  const std::string_view head = line.substr(0, 400);
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view w) { return head.find(w) != std::string_view::npos; });
}

}  // namespace orc::log_fields
