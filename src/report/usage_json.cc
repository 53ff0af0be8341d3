// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <string>
#include <vector>

#include "report_parts.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/report/reports.h"

namespace orc {

nlohmann::ordered_json to_json(const UsageSum& u) {
  return {{"agent", u.agent},
          {"project", printable(u.project)},
          {"model", printable(u.model)},
          {"sessions", u.sessions},
          {"tokens_in", u.tokens_in},
          {"tokens_out", u.tokens_out},
          {"cost_usd", u.cost_usd ? nlohmann::ordered_json(*u.cost_usd) : nlohmann::ordered_json()}};
}

namespace {

constexpr std::size_t kShownSums = 20;  // with the most tokens; JSON and `usage` have all

std::vector<std::string> usage_row(const std::string& project, const UsageSum& u) {
  const std::string sessions = u.agent.empty() ? "" : std::to_string(u.sessions);
  return {project,
          u.agent,
          u.agent.empty() || !u.model.empty() ? u.model : "-",
          sessions,
          fmt::format("{}", u.tokens_in),
          fmt::format("{}", u.tokens_out),
          u.cost_usd ? fmt::format("${:.2f}", *u.cost_usd) : "-"};
}

}  // namespace

Section usage_section(const std::vector<UsageSum>& sums, nlohmann::ordered_json& json) {
  Section out{"What was used",
              {},
              {{"project", "agent", "model", "sessions", "tokens in", "tokens out", "cost"}},
              {}};
  json = nlohmann::ordered_json::array();
  UsageSum all;
  for (const UsageSum& u : sums) {
    json.push_back(to_json(u));
    if (out.rows.size() <= kShownSums) out.rows.push_back(usage_row(u.project.empty() ? "-" : u.project, u));
    all.tokens_in += u.tokens_in;
    all.tokens_out += u.tokens_out;
    if (u.cost_usd) all.cost_usd = all.cost_usd.value_or(0) + *u.cost_usd;
  }
  if (sums.size() > kShownSums)
    out.notes.push_back(fmt::format("The {} of {} with the most tokens.", kShownSums, sums.size()));
  if (sums.empty())
    out.notes.push_back("Nothing was recorded: no agent said what it used.");
  else
    out.rows.push_back(usage_row("all", all));
  return out;
}

}  // namespace orc
