// SPDX-License-Identifier: Apache-2.0
#include "open_metrics.h"

#include <algorithm>
#include <string_view>

#include "tmux_orc/base/text.h"

namespace orc {
namespace {

constexpr std::string_view kTotal = "_total", kLimit = "le=\"";

// "# HELP name text" or "# TYPE name type".
std::string metadata(std::string_view line) {
  const std::size_t name_at = 7, name_end = std::min(line.find(' ', name_at), line.size());
  std::string_view name = line.substr(name_at, name_end - name_at);
  if (name.ends_with(kTotal)) name.remove_suffix(kTotal.size());  // ours are all counters
  std::string out(line.substr(0, name_at));
  out += name;
  for (const char c : line.substr(name_end)) {
    if (c == '"') out += '\\';
    out += c;
  }
  return out;
}

// le="1" -> le="1.0"
std::string sample(std::string_view line) {
  std::string out(line);
  const std::size_t name_end = line.find('{');
  if (name_end == std::string_view::npos || !line.substr(0, name_end).ends_with("_bucket")) return out;
  const std::size_t limit = line.find(kLimit);
  if (limit == std::string_view::npos) return out;
  const std::size_t begin = limit + kLimit.size(), end = line.find('"', begin);
  if (line.substr(begin, end - begin).find_first_not_of("0123456789") == std::string_view::npos)
    out.insert(end, ".0");
  return out;
}

}  // namespace

std::string to_open_metrics(const std::string& text) {
  std::string out;
  out.reserve(text.size() + 16);
  for (const std::string_view line : split_lines(text)) {
    out += line.starts_with("# ") ? metadata(line) : sample(line);
    out += '\n';
  }
  return out + "# EOF\n";
}

}  // namespace orc
