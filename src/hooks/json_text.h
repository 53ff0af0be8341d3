// SPDX-License-Identifier: Apache-2.0
// JsonText: where things stand in a JSON document, and changing it there without touching the rest: other
// programs' settings, which people write, too. Comments and commas behind the last element are understood.
// Pure; thread-safe.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tmux_orc/base/result.h"

namespace orc {

struct JsonNode {
  enum class Kind { kObject, kArray, kString, kOther };
  Kind kind = Kind::kOther;
  std::size_t begin = 0, end = 0;   // in the document
  std::string text;                 // a string's
  std::vector<std::string> keys;    // an object's, of `children`
  std::vector<std::size_t> starts;  // where each child begins, with its key
  std::vector<JsonNode> children;

  const JsonNode* find(std::string_view key) const;  // null: none, or no object
};

// kInvalid where it is no JSON, or nested deeper than 64.
Result<JsonNode> read_json_text(std::string_view document);

// The document with one more child at the end of a container of it; `key` is for objects. Laid out as what
// is there.
std::string with_child(const std::string& document, const JsonNode& container, std::string_view key,
                       const nlohmann::ordered_json& value);

// The document without that child.
std::string without_child(const std::string& document, const JsonNode& container, std::size_t index);

}  // namespace orc
