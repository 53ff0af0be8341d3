// SPDX-License-Identifier: Apache-2.0
#include "config_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "tmux_orc/figures/json.h"

namespace orc::cli {
namespace {

using nlohmann::ordered_json;

ordered_json server_json(const ServerSetting& s) {
  ordered_json j = {{"name", s.name}};
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) j[key] = value;
  };
  add("socket_name", s.socket_name);
  add("socket_path", s.socket_path);
  add("ssh", s.ssh);
  add("ssh_config", s.ssh_config);
  if (!s.ssh.empty()) j["timeout"] = s.timeout_s;
  return j;
}

ordered_json channel_json(const NotifyChannel& c) {
  constexpr const char* kTypes[] = {"pm-pane", "command", "webhook", "desktop", "statusline"};
  ordered_json j = {{"name", c.name}, {"type", kTypes[static_cast<int>(c.type)]}};
  if (!c.command.empty()) j["command"] = c.command;
  if (!c.url.empty()) j["url"] = without_secrets(c.url);
  if (c.type == NotifyChannel::Type::kDesktop) j["osc"] = c.osc;
  j["timeout"] = c.timeout_s;
  if (c.type == NotifyChannel::Type::kWebhook) j["retries"] = c.retries;
  return j;
}

ordered_json rule_json(const NotifyRule& r) {
  ordered_json j = {{"states", ordered_json::array()}, {"roles", ordered_json::array()}};
  for (const Concern c : r.concerns) j["states"].push_back(to_string(c));
  if (r.agents) j["roles"].push_back("agent");
  if (r.pms) j["roles"].push_back("pm");
  j["sessions"] = r.sessions;
  j["channels"] = r.channels;
  return j;
}

ordered_json notifications_json(const NotifySettings& n) {
  ordered_json j = {{"enabled", n.enabled},
                    {"startup_grace", n.startup_grace_s},
                    {"quiet_hours", n.quiet_from.empty() ? "" : n.quiet_from + "-" + n.quiet_until},
                    {"escalate_after", n.escalate_after_s}};
  for (const auto& [concern, pace] : n.pace) {
    j["pace"][std::string(to_string(concern))] = {
        {"debounce", pace.debounce_s}, {"cooldown", pace.cooldown_s}, {"repeat", pace.repeat_s}};
  }
  j["channels"] = ordered_json::array();
  for (const NotifyChannel& c : n.channels) j["channels"].push_back(channel_json(c));
  j["rules"] = ordered_json::array();
  for (const NotifyRule& r : n.rules) j["rules"].push_back(rule_json(r));
  return j;
}

}  // namespace

std::string without_secrets(const std::string& url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string::npos) return "...";
  const std::string rest = url.substr(scheme + 3);
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  const std::size_t user = rest.substr(0, end).rfind('@');
  const std::size_t host = user == std::string::npos ? 0 : user + 1;
  return url.substr(0, scheme + 3) + rest.substr(host, end - host) + (end + 1 < rest.size() ? "/..." : "/");
}

ordered_json sections_json(const Settings& s) {
  ordered_json servers = ordered_json::array();
  for (const ServerSetting& server : s.servers) servers.push_back(server_json(server));
  ordered_json processes = ordered_json::object();
  for (const AgentProcess& p : s.agent_processes)
    processes[p.agent] = {{"names", p.names}, {"paths", p.paths}};
  return {{"servers", std::move(servers)},
          {"agents", {{"processes", std::move(processes)}}},
          {"notifications", notifications_json(s.notify)},
          {"actions",
           {{"restart_crashed",
             {{"mode", s.notify.restart_crashed},
              {"command", s.notify.restart_command},
              {"cap_per_hour", s.notify.restart_cap_per_hour}}},
            {"submit_draft",
             {{"mode", s.notify.submit_draft}, {"cap_per_hour", s.notify.submit_draft_cap_per_hour}}}}}};
}

std::vector<std::pair<std::string, std::string>> flat_rows(const std::string& path,
                                                           const ordered_json& value) {
  std::vector<std::pair<std::string, std::string>> rows;
  if (value.is_object()) {
    for (const auto& [key, below] : value.items()) {
      auto more = flat_rows(path + "." + key, below);
      rows.insert(rows.end(), more.begin(), more.end());
    }
  } else if (value.is_array() && !value.empty()) {
    for (const auto& item : value) rows.emplace_back(path, dump(item));
  } else {
    rows.emplace_back(path, value.is_string() && value != "" ? value.get<std::string>() : dump(value));
  }
  return rows;
}

}  // namespace orc::cli
