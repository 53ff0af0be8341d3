// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/api/query.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace orc {
namespace {

// As it stands there; nothing if it is absent.
std::optional<std::string_view> raw_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    if (part.starts_with(name) && part.size() > name.size() && part[name.size()] == '=')
      return part.substr(name.size() + 1);
  }
  return std::nullopt;
}

}  // namespace

Target split_target(std::string_view target) {
  const std::size_t question = std::min(target.find('?'), target.size());
  return {target.substr(0, question), target.substr(std::min(question + 1, target.size()))};
}

std::optional<std::string> query_text(std::string_view query, std::string_view name) {
  const auto raw = raw_value(query, name);
  if (!raw) return "";
  std::string out;
  for (std::size_t i = 0; i < raw->size(); ++i) {
    if ((*raw)[i] != '%') {
      out.push_back((*raw)[i]);
      continue;
    }
    unsigned value = 0;
    const char* const from = raw->data() + i + 1;
    if (i + 2 >= raw->size() || std::from_chars(from, from + 2, value, 16).ptr != from + 2)
      return std::nullopt;
    out.push_back(static_cast<char>(value));
    i += 2;
  }
  return out;
}

std::optional<std::size_t> query_number(std::string_view query, std::string_view name, std::size_t fallback) {
  const auto raw = raw_value(query, name);
  if (!raw) return fallback;
  std::size_t value = 0;
  const char* const end = raw->data() + raw->size();
  const auto [stop, problem] = std::from_chars(raw->data(), end, value);
  if (problem != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::string query_escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0)
      out.push_back(c);
    else
      out += fmt::format("%{:02X}", byte);
  }
  return out;
}

}  // namespace orc
