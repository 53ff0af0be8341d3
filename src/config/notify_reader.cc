// SPDX-License-Identifier: Apache-2.0
#include "notify_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace orc {
namespace {

using Reader = std::function<void(const YAML::Node&)>;

Reader text(YamlReader& in, std::string& out) {
  return [&](const YAML::Node& n) { in.text(n, out); };
}
Reader flag(YamlReader& in, bool& out) {
  return [&](const YAML::Node& n) {
    if (!YAML::convert<bool>::decode(n, out)) in.problem(n.Mark(), "wants true or false");
  };
}
Reader number(YamlReader& in, double& out, double low, double high) {
  return number_reader(in, out, low, high);
}
Reader count(YamlReader& in, int& out, int low, int high) {
  return [&in, &out, low, high](const YAML::Node& n) {
    int value = 0;
    if (!YAML::convert<int>::decode(n, value) || value < low || value > high)
      in.problem(n.Mark(), fmt::format("wants a whole number from {} to {}", low, high));
    else
      out = value;
  };
}
Reader texts(YamlReader& in, std::vector<std::string>& out) {
  return [&](const YAML::Node& n) {
    out.clear();
    if (!n.IsSequence()) return in.problem(n.Mark(), "wants a list of texts");
    for (const auto& item : n) {
      if (item.IsScalar() && !item.Scalar().empty())
        out.push_back(item.Scalar());
      else
        in.problem(item.Mark(), "wants a text");
    }
  };
}
Reader choice(YamlReader& in, std::string& out, std::vector<std::string> allowed) {
  return [&in, &out, allowed = std::move(allowed)](const YAML::Node& n) {
    const std::string value = n.IsScalar() ? n.Scalar() : "";
    if (std::find(allowed.begin(), allowed.end(), value) == allowed.end())
      in.problem(n.Mark(), fmt::format("'{}' is not one of: {}", value, fmt::join(allowed, ", ")));
    else
      out = value;
  };
}

const std::vector<std::string> kTypes = {"pm-pane", "command", "webhook", "desktop", "statusline"};

void read_channel(YamlReader& in, const YAML::Node& node, std::vector<NotifyChannel>& out) {
  NotifyChannel c;
  std::string type;
  in.map(node, "notifications.channels[]",
         {{"name", text(in, c.name)},
          {"type", choice(in, type, kTypes)},
          {"command", texts(in, c.command)},
          {"url", text(in, c.url)},
          {"format", choice(in, c.format, {"json", "ntfy", "pushover"})},
          {"click", text(in, c.click)},
          {"token", text(in, c.token)},
          {"user", text(in, c.user)},
          {"osc", choice(in, c.osc, {"off", "9", "777", "both"})},
          {"panes", flag(in, c.panes)},
          {"timeout", number(in, c.timeout_s, 0.1, 300)},
          {"retries", count(in, c.retries, 0, 10)}});
  if (type.empty())
    return in.problem(node.Mark(), fmt::format("a channel needs a type: {}", fmt::join(kTypes, ", ")));
  c.type = static_cast<NotifyChannel::Type>(std::find(kTypes.begin(), kTypes.end(), type) - kTypes.begin());
  if (c.name.empty()) c.name = type;
  if (c.type == NotifyChannel::Type::kCommand && c.command.empty())
    in.problem(node.Mark(), "a command channel needs command: [program, arguments ...]");
  if (c.type == NotifyChannel::Type::kWebhook && !c.url.starts_with("http://") &&
      !c.url.starts_with("https://"))
    in.problem(node.Mark(), "a webhook needs url: http://... or https://...");
  if (c.format == "ntfy" && (c.url.ends_with('/') || std::count(c.url.begin(), c.url.end(), '/') < 3))
    in.problem(node.Mark(), "format ntfy needs a url with a topic: https://ntfy.sh/my-topic");
  if (c.format == "pushover" && (c.token.empty() || c.user.empty()))
    in.problem(node.Mark(), "format pushover needs token and user");
  if (std::any_of(out.begin(), out.end(), [&](const NotifyChannel& other) { return other.name == c.name; }))
    in.problem(node.Mark(), fmt::format("two channels are called '{}'", c.name));
  out.push_back(std::move(c));
}

void read_rule(YamlReader& in, const YAML::Node& node, NotifySettings& s) {
  NotifyRule r;
  std::vector<std::string> states, roles;
  in.map(node, "notifications.rules[]",
         {{"states", texts(in, states)},
          {"roles", texts(in, roles)},
          {"sessions", texts(in, r.sessions)},
          {"channels", texts(in, r.channels)}});
  for (const std::string& name : states) {
    if (const auto concern = concern_from_string(name))
      r.concerns.push_back(*concern);
    else
      in.problem(node.Mark(), fmt::format("'{}' is none of: crashed, waiting, rate_limited, error, idle, "
                                          "fresh, missing, escalation, unreachable, stuck, done",
                                          name));
  }
  if (!roles.empty()) {
    r.agents = std::find(roles.begin(), roles.end(), "agent") != roles.end();
    r.pms = std::find(roles.begin(), roles.end(), "pm") != roles.end();
    if (!r.agents && !r.pms) in.problem(node.Mark(), "roles are: agent, pm");
  }
  if (r.channels.empty()) in.problem(node.Mark(), "a rule needs channels: [names]");
  s.rules.push_back(std::move(r));
}

void read_pace(YamlReader& in, const YAML::Node& node, NotifySettings& s) {
  YamlReader::Keys keys;
  for (int i = 0; i < kConcernCount; ++i) {
    const auto concern = static_cast<Concern>(i);
    NotifySettings::Pace& pace = s.pace[concern];
    keys[std::string(to_string(concern))] = [&in, &pace](const YAML::Node& n) {
      in.map(n, "notifications.pace.*",
             {{"debounce", number(in, pace.debounce_s, 0, 86400)},
              {"cooldown", number(in, pace.cooldown_s, 0, 86400)},
              {"repeat", number(in, pace.repeat_s, 0, 86400)}});
    };
  }
  in.map(node, "notifications.pace", keys);
}

void read_quiet(YamlReader& in, const YAML::Node& node, NotifySettings& s) {
  std::string value;
  in.text(node, value);
  int a = 0, b = 0, c = 0, d = 0;
  char end = 0;
  if (value.empty()) return;
  if (std::sscanf(value.c_str(), "%d:%d-%d:%d%c", &a, &b, &c, &d, &end) != 4 || a < 0 || a > 23 || c < 0 ||
      c > 23 || b < 0 || b > 59 || d < 0 || d > 59) {
    return in.problem(node.Mark(), fmt::format("'{}' must be like 22:00-07:00", value));
  }
  const std::size_t dash = value.find('-');
  s.quiet_from = value.substr(0, dash);
  s.quiet_until = value.substr(dash + 1);
}

Reader list(YamlReader& in, const char* what, std::function<void(const YAML::Node&)> each) {
  return [&in, what, each = std::move(each)](const YAML::Node& n) {
    if (!n.IsSequence()) return in.problem(n.Mark(), fmt::format("{} wants a list", what));
    for (const auto& item : n) each(item);
  };
}

}  // namespace

void read_notifications(YamlReader& in, const YAML::Node& node, NotifySettings& s) {
  in.map(node, "notifications",
         {{"enabled", flag(in, s.enabled)},
          {"startup_grace", number(in, s.startup_grace_s, 0, 86400)},
          {"quiet_hours", [&](const YAML::Node& n) { read_quiet(in, n, s); }},
          {"escalate_after", number(in, s.escalate_after_s, 0, 864000)},
          {"pace", [&](const YAML::Node& n) { read_pace(in, n, s); }},
          {"channels",
           [&](const YAML::Node& n) {
             s.channels.clear();
             list(in, "notifications.channels",
                  [&](const YAML::Node& c) { read_channel(in, c, s.channels); })(n);
           }},
          {"rules", [&](const YAML::Node& n) {
             s.rules.clear();
             list(in, "notifications.rules", [&](const YAML::Node& r) { read_rule(in, r, s); })(n);
           }}});
  for (const NotifyRule& r : s.rules) {
    for (const std::string& name : r.channels) {
      const bool known = std::any_of(s.channels.begin(), s.channels.end(),
                                     [&](const NotifyChannel& c) { return c.name == name; });
      if (!known)
        in.problem(node.Mark(), fmt::format("a rule names the channel '{}', which is not there", name));
    }
  }
}

void read_actions(YamlReader& in, const YAML::Node& node, NotifySettings& s) {
  const auto restart = [&](const YAML::Node& n) {
    in.map(n, "actions.restart_crashed",
           {{"mode", choice(in, s.restart_crashed, {"off", "dry-run", "on"})},
            {"command", text(in, s.restart_command)},
            {"cap_per_hour", count(in, s.restart_cap_per_hour, 1, 60)}});
    if (s.restart_crashed != "off" && s.restart_command.empty())
      in.problem(n.Mark(), "restart_crashed needs a command to type");
    if (s.restart_command.find_first_of("\n\r") != std::string::npos)
      in.problem(n.Mark(), "restart_crashed.command must be one line");
  };
  const auto submit = [&](const YAML::Node& n) {
    in.map(n, "actions.submit_draft",
           {{"mode", choice(in, s.submit_draft, {"off", "dry-run", "on"})},
            {"cap_per_hour", count(in, s.submit_draft_cap_per_hour, 1, 60)}});
  };
  in.section(node, "actions", {{"restart_crashed", restart}, {"submit_draft", submit}});
}

}  // namespace orc
