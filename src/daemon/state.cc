// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/daemon/state.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>

#include "tmux_orc/daemon/plan.h"

namespace orc {
namespace {

double seconds_since(std::int64_t before_ms) {
  return static_cast<double>(steady_ms(Steady::now()) - before_ms) / 1000;
}

}  // namespace

nlohmann::ordered_json own_variables() {
  nlohmann::ordered_json j = nlohmann::ordered_json::object();
  for (const char* name : kSettingVariables) {
    if (const char* value = std::getenv(name)) j[name] = value;
  }
  return j;
}

std::vector<RoundRecord> ServiceState::window_records(double check_interval_s) const {
  return recent.last(static_cast<std::size_t>(std::clamp(600 / check_interval_s, 20.0, 600.0)));
}

std::vector<HealthLine> ServiceState::health() const {
  const ServiceFacts f = facts();
  const auto snapshot = board.latest();
  HealthFacts h;
  h.last_round_age_s = seconds_since(last_round_steady_ms);
  // Twice the interval and the round itself: a round may be late, but not missing.
  h.allowed_age_s =
      2 * f.settings.check_interval_s + static_cast<double>(round_time(f.settings).count()) / 1000 + 1;
  if (snapshot) {
    h.servers = snapshot->servers.size();
    h.reachable = static_cast<std::size_t>(std::count_if(snapshot->servers.begin(), snapshot->servers.end(),
                                                         [](const ServerFigures& s) { return s.reachable; }));
  }
  h.problems = f.problems;
  if (!f.config_problem.empty())
    h.problems.push_back("the configuration was changed but not taken: " + f.config_problem);
  return judge(summarize(window_records(f.settings.check_interval_s)), f.settings.thresholds, h);
}

nlohmann::ordered_json ServiceState::status_head() const {
  const ServiceFacts f = facts();
  nlohmann::ordered_json j;
  j["api_version"] = 1;
  j["version"] = version_;
  j["pid"] = ::getpid();
  j["environment"] = paths_.environment;
  j["active"] = f.active == paths_.environment;
  j["active_environment"] = f.active;
  j["started_ms"] = started_ms_.load();
  j["mode"] = f.async ? "async" : "sync";
  j["mode_reason"] = f.mode_reason;
  j["rollout"] = f.async ? f.settings.async_rollout : 0.0;
  j["check_interval_s"] = f.settings.check_interval_s;
  j["strategy"] = f.settings.strategy;
  j["variables"] = own_variables();
  j["config"] = {{"file", f.settings.origin}, {"problem", f.config_problem}};
  j["cache"] = {{"enabled", f.settings.cache_enabled},
                {"max_size", f.settings.cache_max_size},
                {"default_ttl_s", f.settings.cache_default_ttl_s},
                {"strategy", f.settings.cache_strategy},
                {"looks", to_json(recent.looks())}};
  j["log"] = paths_.log_file();
  j["answers"] = f.settings.answers_over_api();
  j["problems"] = f.problems;
  j["last_round_age_s"] = seconds_since(last_round_steady_ms);
  const auto lines = health();
  j["health"] = {{"level", to_string(worst(lines))}, {"lines", to_json(lines)}};
  j["window"] = to_json(summarize(window_records(f.settings.check_interval_s)));
  const ProcessFigures process = own_process_figures();
  j["process"] = {{"resident_mb", process.resident_mb},
                  {"cpu_s", process.cpu_s},
                  {"threads", process.threads},
                  {"descriptors", process.descriptors}};
  j["witnesses"] = witnesses.json();
  j["hooks"] = {
      {"heard", hooks.heard.load()}, {"refused", hooks.refused.load()}, {"last_ms", hooks.last_ms.load()}};
  return j;
}

std::shared_ptr<const std::string> ServiceState::snapshot_text() const {
  const auto snapshot = board.latest();
  if (snapshot == nullptr) return nullptr;
  MutexLock lock(mutex_);
  if (text_ == nullptr || written_.lock() != snapshot) {
    text_ = std::make_shared<const std::string>(dump(to_json(*snapshot)));
    written_ = snapshot;
  }
  return text_;
}

std::string ServiceState::status_text() const {
  const auto snapshot = snapshot_text();
  std::string text = dump(status_head());
  text.back() = ',';  // in place of the closing brace
  text += "\"snapshot\":";
  text += snapshot == nullptr ? "null" : *snapshot;
  text += '}';
  return text;
}

nlohmann::ordered_json ServiceState::status_json(bool agents) const {
  nlohmann::ordered_json j = status_head();
  const auto snapshot = board.latest();
  if (snapshot == nullptr) {
    j["snapshot"] = nullptr;
  } else if (agents) {
    j["snapshot"] = to_json(*snapshot);
  } else {
    Snapshot brief = *snapshot;
    brief.agents.erase(brief.agents.begin() + std::min<std::ptrdiff_t>(20, std::ssize(brief.agents)),
                       brief.agents.end());
    j["snapshot"] = to_json(brief);  // those who need a person stand in front
  }
  return j;
}

}  // namespace orc
