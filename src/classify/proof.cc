// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/classify/proof.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace orc {
namespace {

// The next run of digits, 0 where there is none; `rest` goes on behind it and one dot.
unsigned long next_number(std::string_view& rest, bool& more) {
  unsigned long value = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  more = error == std::errc() && rest.starts_with('.');
  if (more) rest.remove_prefix(1);
  return error == std::errc() ? value : 0;
}

}  // namespace

bool is_older_version(std::string_view a, std::string_view b) {
  for (bool more_a = true, more_b = true; more_a || more_b;) {
    const unsigned long x = more_a ? next_number(a, more_a) : 0;
    const unsigned long y = more_b ? next_number(b, more_b) : 0;
    if (x != y) return x < y;
  }
  return !a.empty() && !b.empty() && a < b;
}

std::vector<std::string> proved_on(const AgentRules& rules) {
  std::vector<std::string> out = rules.seen;
  for (const Rule& rule : rules.rules) out.insert(out.end(), rule.seen.begin(), rule.seen.end());
  std::sort(out.begin(), out.end(), [](const std::string& a, const std::string& b) {
    return is_older_version(a, b) || (!is_older_version(b, a) && a < b);
  });
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::string version_remark(const AgentRules& rules, const std::string& running) {
  if (running.empty()) return "";
  const auto proved = proved_on(rules);
  if (proved.empty()) return fmt::format("{} {} runs, and no screen proves its rules", rules.agent, running);
  if (!is_older_version(proved.back(), running)) return "";
  return fmt::format("{} {} is newer than any screen that proves these rules ({})", rules.agent, running,
                     proved.back());
}

}  // namespace orc
