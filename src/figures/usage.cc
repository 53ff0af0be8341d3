// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/figures/usage.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "tmux_orc/base/text.h"

namespace orc {
namespace {

using nlohmann::ordered_json;

constexpr std::int64_t kSameEnd_ms =
    120'000;  // windows of one account are told to the second, or to the minute

ordered_json optional_json(const auto& value) { return value ? ordered_json(*value) : ordered_json(); }

ordered_json rounded_json(const std::optional<double>& value, double unit) {
  return value ? ordered_json(std::round(*value * unit) / unit) : ordered_json();
}

bool is_parked(const AgentStatus& a) { return a.verdict.state == State::kRateLimited; }

void add_member(SharedLimit& limit, std::size_t index, const AgentStatus& a) {
  (is_parked(a)                         ? limit.parked
   : a.verdict.state == State::kWorking ? limit.working
                                        : limit.others)
      .push_back(index);
}

SharedLimit& limit_of(std::vector<SharedLimit>& limits, const std::string& agent, const std::string& name,
                      const std::string& phrase, std::int64_t resets_at_ms) {
  const auto same = [&](const SharedLimit& l) {
    return l.agent == agent && l.name == name && l.phrase == phrase &&
           std::abs(l.resets_at_ms - resets_at_ms) <= kSameEnd_ms;
  };
  const auto found = std::find_if(limits.begin(), limits.end(), same);
  if (found != limits.end()) return *found;
  limits.push_back({agent, name, phrase, resets_at_ms, {}, {}, {}, {}});
  return limits.back();
}

ordered_json panes_json(const Snapshot& s, const std::vector<std::size_t>& indices) {
  ordered_json j = ordered_json::array();
  for (const std::size_t i : indices) {
    const PaneRef& p = s.agents[i].pane;
    j.push_back({{"pane", fmt::format("%{}", p.key.pane)},
                 {"target", printable(p.target())},
                 {"server", p.server_name},
                 {"server_id", fmt::format("{:016x}", p.key.server)}});
  }
  return j;
}

}  // namespace

std::vector<SharedLimit> shared_limits(const Snapshot& s) {
  std::vector<SharedLimit> limits;
  for (std::size_t i = 0; i < s.agents.size(); ++i) {
    const AgentStatus& a = s.agents[i];
    if (a.usage) {
      for (const Quota& q : a.usage->quotas) {
        if (q.resets_at_ms != 0 && q.resets_at_ms < s.at_ms) continue;  // over since it was said
        SharedLimit& limit = limit_of(limits, a.verdict.agent, q.name, "", q.resets_at_ms);
        limit.used_percent = std::max(limit.used_percent.value_or(0), q.used_percent);
        add_member(limit, i, a);
      }
    }
    if (is_parked(a))
      add_member(limit_of(limits, a.verdict.agent, "limit", a.verdict.reset_phrase, a.resets_at_ms), i, a);
  }
  std::stable_sort(limits.begin(), limits.end(), [](const SharedLimit& a, const SharedLimit& b) {
    return std::tuple(a.parked.empty(), a.resets_at_ms) < std::tuple(b.parked.empty(), b.resets_at_ms);
  });
  return limits;
}

ordered_json to_json(const Usage& u) {
  ordered_json quotas = ordered_json::array();
  for (const Quota& q : u.quotas)
    quotas.push_back({{"name", printable(q.name)},
                      {"used_percent", rounded_json(q.used_percent, 10)},
                      {"resets_at_ms", q.resets_at_ms}});
  return {{"tokens_in", optional_json(u.tokens_in)},
          {"tokens_out", optional_json(u.tokens_out)},
          {"context_percent", rounded_json(u.context_percent, 10)},
          {"cost_usd", rounded_json(u.cost_usd, 1e6)},
          {"quotas", std::move(quotas)}};
}

Usage usage_from_json(const ordered_json& j) {
  Usage u;
  const auto get = [&](const char* key, auto& out) {
    const auto found = j.find(key);
    if (found != j.end() && !found->is_null())
      out = found->get<typename std::decay_t<decltype(out)>::value_type>();
  };
  get("tokens_in", u.tokens_in);
  get("tokens_out", u.tokens_out);
  get("context_percent", u.context_percent);
  get("cost_usd", u.cost_usd);
  for (const auto& q : j.value("quotas", ordered_json::array()))
    u.quotas.push_back({q.at("name").get<std::string>(), q.at("used_percent").get<double>(),
                        q.at("resets_at_ms").get<std::int64_t>()});
  return u;
}

ordered_json usage_json(const Snapshot& s) {
  ordered_json agents = ordered_json::array(), limits = ordered_json::array();
  for (const AgentStatus& a : s.agents) {
    if (!a.usage && a.about.model.empty()) continue;
    ordered_json one = panes_json(s, {static_cast<std::size_t>(&a - s.agents.data())})[0];
    one["agent"] = a.verdict.agent;
    one["state"] = to_string(a.verdict.state);
    one["project"] = printable(a.about.project);
    one["branch"] = printable(a.about.branch);
    one["model"] = printable(a.about.model);
    one["usage"] = a.usage ? to_json(*a.usage) : ordered_json();
    agents.push_back(std::move(one));
  }
  for (const SharedLimit& l : shared_limits(s))
    limits.push_back({{"agent", l.agent},
                      {"name", printable(l.name)},
                      {"phrase", printable(l.phrase)},
                      {"resets_at_ms", l.resets_at_ms},
                      {"used_percent", optional_json(l.used_percent)},
                      {"parked", panes_json(s, l.parked)},
                      {"working", panes_json(s, l.working)},
                      {"others", panes_json(s, l.others)}});
  return {{"at_ms", s.at_ms}, {"agents", std::move(agents)}, {"limits", std::move(limits)}};
}

}  // namespace orc
