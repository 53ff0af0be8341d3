// SPDX-License-Identifier: Apache-2.0
#include "notify_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace orc {
namespace {

using Texts = std::vector<std::string>;

Texts type_names() {
  Texts names;
  for (int i = 0; i < NotifyChannel::kTypeCount; ++i)
    names.emplace_back(to_string(static_cast<NotifyChannel::Type>(i)));
  return names;
}

Texts type_of(const NotifyChannel& c) { return {std::string(to_string(c.type))}; }

std::string set_type(NotifyChannel& c, const Texts& name) {
  const auto names = type_names();
  c.type = static_cast<NotifyChannel::Type>(std::ranges::find(names, name.front()) - names.begin());
  return "";
}

Texts concerns_of(const NotifyRule& r) {
  Texts names;
  for (const Concern c : r.concerns) names.emplace_back(to_string(c));
  return names;
}

std::string set_concerns(NotifyRule& r, const Texts& names) {
  r.concerns.clear();
  for (const std::string& name : names) {
    const auto concern = concern_from_string(name);
    if (!concern) {
      Texts all;
      for (int i = 0; i < kConcernCount; ++i) all.emplace_back(to_string(static_cast<Concern>(i)));
      return fmt::format("'{}' is none of: {}", name, fmt::join(all, ", "));
    }
    r.concerns.push_back(*concern);
  }
  return "";
}

Texts roles_of(const NotifyRule& r) {
  Texts names;
  if (r.agents) names.emplace_back("agent");
  if (r.pms) names.emplace_back("pm");
  return names;
}

std::string set_roles(NotifyRule& r, const Texts& names) {
  r.agents = std::ranges::find(names, "agent") != names.end();
  r.pms = std::ranges::find(names, "pm") != names.end();
  return r.agents || r.pms ? "" : "roles are: agent, pm";
}

Texts quiet_hours_of(const Settings& s) {
  if (s.notify.quiet_from.empty()) return {};
  return {s.notify.quiet_from + "-" + s.notify.quiet_until};
}

std::string set_quiet_hours(Settings& s, const Texts& given) {
  const std::string& value = given.front();
  s.notify.quiet_from = s.notify.quiet_until = "";
  if (value.empty()) return "";
  int a = 0, b = 0, c = 0, d = 0;
  char end = 0;
  if (std::sscanf(value.c_str(), "%d:%d-%d:%d%c", &a, &b, &c, &d, &end) != 4 || a < 0 || a > 23 || c < 0 ||
      c > 23 || b < 0 || b > 59 || d < 0 || d > 59)
    return fmt::format("'{}' must be like 22:00-07:00", value);
  const std::size_t dash = value.find('-');
  s.notify.quiet_from = value.substr(0, dash);
  s.notify.quiet_until = value.substr(dash + 1);
  return "";
}

void read_channel(YamlReader& in, const YAML::Node& node, std::vector<NotifyChannel>& out) {
  NotifyChannel c;
  in.record(node, "notifications.channels[]", channel_keys(), c);
  const bool has_type = node.IsMap() && node["type"].IsDefined();
  if (!has_type)
    return in.problem(node.Mark(), fmt::format("a channel needs a type: {}", fmt::join(type_names(), ", ")));
  if (c.name.empty()) c.name = type_of(c).front();
  if (c.type == NotifyChannel::Type::kCommand && c.command.empty())
    in.problem(node.Mark(), "a command channel needs command: [program, arguments ...]");
  if (c.type == NotifyChannel::Type::kWebhook && !c.url.starts_with("http://") &&
      !c.url.starts_with("https://"))
    in.problem(node.Mark(), "a webhook needs url: http://... or https://...");
  if (c.format == "ntfy" && (c.url.ends_with('/') || std::count(c.url.begin(), c.url.end(), '/') < 3))
    in.problem(node.Mark(), "format ntfy needs a url with a topic: https://ntfy.sh/my-topic");
  if (c.format == "pushover" && (c.token.empty() || c.user.empty()))
    in.problem(node.Mark(), "format pushover needs token and user");
  if (std::ranges::find(out, c.name, &NotifyChannel::name) != out.end())
    in.problem(node.Mark(), fmt::format("two channels are called '{}'", c.name));
  out.push_back(std::move(c));
}

void read_rule(YamlReader& in, const YAML::Node& node, std::vector<NotifyRule>& out) {
  NotifyRule r;
  in.record(node, "notifications.rules[]", rule_keys(), r);
  if (r.channels.empty()) in.problem(node.Mark(), "a rule needs channels: [names]");
  out.push_back(std::move(r));
}

SettingKey::Records channels_field() {
  return {[](YamlReader& in, const YAML::Node& node, Settings& s) {
            s.notify.channels.clear();
            in.list(node, "notifications.channels wants a list",
                    [&](const YAML::Node& item) { read_channel(in, item, s.notify.channels); });
          },
          [](const Settings& s, Secrets secrets) {
            return list_json(s.notify.channels, channel_keys(), 2, secrets);
          }};
}

SettingKey::Records rules_field() {
  return {
      [](YamlReader& in, const YAML::Node& node, Settings& s) {
        s.notify.rules.clear();
        in.list(node, "notifications.rules wants a list",
                [&](const YAML::Node& item) { read_rule(in, item, s.notify.rules); });
      },
      [](const Settings& s, Secrets secrets) { return list_json(s.notify.rules, rule_keys(), 4, secrets); }};
}

// A field of NotifySettings.
template <typename Value>
std::function<Value&(Settings&)> of_notify(Value NotifySettings::*member) {
  return [member](Settings& s) -> Value& { return s.notify.*member; };
}

void add_pace(std::vector<SettingKey>& keys, Concern concern) {
  const auto of_pace = [concern](double NotifySettings::Pace::*member) {
    return std::function<double&(Settings&)>(
        [concern, member](Settings& s) -> double& { return s.notify.pace[concern].*member; });
  };
  const std::string path = fmt::format("notifications.pace.{}.", to_string(concern));
  using Pace = NotifySettings::Pace;
  keys.push_back(number<Settings>(path + "debounce", of_pace(&Pace::debounce_s), 0, 86400,
                                  "seconds it must last before it is told"));
  keys.push_back(number<Settings>(path + "cooldown", of_pace(&Pace::cooldown_s), 0, 86400,
                                  "seconds until the pane's next message of the kind"));
  keys.push_back(number<Settings>(path + "repeat", of_pace(&Pace::repeat_s), 0, 86400,
                                  "seconds after which the same is told again; 0: never"));
}

// Where a problem is: the deepest map on the way that is there.
YAML::Mark mark_of(const YAML::Node& root, std::initializer_list<const char*> way) {
  YAML::Node at = root;
  for (const char* name : way) {
    if (!at.IsMap() || !at[name].IsDefined()) break;
    at.reset(at[name]);
  }
  return at.Mark();
}

}  // namespace

const std::vector<FieldKey<NotifyChannel>>& channel_keys() {
  using C = NotifyChannel;
  using Hide = FieldKey<C>::Hide;
  static const std::vector<FieldKey<C>> keys = [] {
    std::vector<FieldKey<C>> k = {
        key<C>("name", field(&C::name), "what rules call it; if it is not given, as its type"),
        choice<C>("type", FieldKey<C>::Coded{type_of, set_type}, type_names(), "how it tells"),
        key<C>("command", field(&C::command), "command: the program and its arguments, run without a shell"),
        key<C>("url", field(&C::url), "webhook: where it is sent"),
        choice<C>("format", field(&C::format), {"json", "ntfy", "pushover"}, "webhook: its form"),
        key<C>("click", field(&C::click), "ntfy, pushover: what a tap opens"),
        key<C>("token", field(&C::token), "pushover"),
        key<C>("user", field(&C::user), "pushover"),
        choice<C>("osc", field(&C::osc), {"off", "9", "777", "both"}, "desktop: to the terminals, too"),
        key<C>("panes", field(&C::panes), "statusline: options of panes and windows, too"),
        number<C>("timeout", field(&C::timeout_s), 0.1, 300, "seconds that one try may take"),
        number<C>("retries", field(&C::retries), 0, 10, "webhook: further tries"),
    };
    for (FieldKey<C>& one : k) {
      if (one.path == "url") one.hide = Hide::kPath;
      if (one.path == "token" || one.path == "user") one.hide = Hide::kAll;
    }
    return k;
  }();
  return keys;
}

const std::vector<FieldKey<NotifyRule>>& rule_keys() {
  using R = NotifyRule;
  static const std::vector<FieldKey<R>> keys = {
      key<R>("states", FieldKey<R>::Coded{concerns_of, set_concerns, true},
             "what is told; none: all but idle, escalation and done"),
      key<R>("roles", FieldKey<R>::Coded{roles_of, set_roles, true}, "of whom: agent, pm"),
      key<R>("sessions", field(&R::sessions), "in which sessions, with * and ?; none: all"),
      key<R>("channels", field(&R::channels), "by which channels"),
  };
  return keys;
}

std::vector<SettingKey> notify_keys() {
  using N = NotifySettings;
  using S = Settings;
  std::vector<SettingKey> k = {
      key<S>("notifications.enabled", of_notify(&N::enabled), "false: nobody is told"),
      number<S>("notifications.startup_grace", of_notify(&N::startup_grace_s), 0, 86400,
                "seconds after the start in which nobody is told"),
      key<S>("notifications.quiet_hours", SettingKey::Coded{quiet_hours_of, set_quiet_hours},
             "local time in which only what cannot wait is told: 22:00-07:00"),
      number<S>("notifications.escalate_after", of_notify(&N::escalate_after_s), 0, 864000,
                "seconds of waiting after which it is an escalation; 0: never"),
  };
  for (int i = 0; i < kConcernCount; ++i) add_pace(k, static_cast<Concern>(i));
  const Texts modes = {"off", "dry-run", "on"};
  const std::vector<SettingKey> more = {
      key<S>("notifications.channels", channels_field(), "ways to tell: {name, type, ...}"),
      key<S>("notifications.rules", rules_field(), "who is told what by which channels; none: all by all"),
      choice<S>("actions.restart_crashed.mode", of_notify(&N::restart_crashed), modes,
                "types the command into a crashed agent's shell"),
      key<S>("actions.restart_crashed.command", of_notify(&N::restart_command), "what is typed there"),
      number<S>("actions.restart_crashed.cap_per_hour", of_notify(&N::restart_cap_per_hour), 1, 60,
                "most restarts of a pane"),
      choice<S>("actions.submit_draft.mode", of_notify(&N::submit_draft), modes,
                "presses Enter for a message of ours that stands in a PM's prompt"),
      number<S>("actions.submit_draft.cap_per_hour", of_notify(&N::submit_draft_cap_per_hour), 1, 60,
                "most such Enters in a pane"),
  };
  k.insert(k.end(), more.begin(), more.end());
  return k;
}

void check_notifications(YamlReader& in, const YAML::Node& root, const NotifySettings& s) {
  for (const NotifyRule& r : s.rules) {
    for (const std::string& name : r.channels) {
      if (std::ranges::find(s.channels, name, &NotifyChannel::name) == s.channels.end())
        in.problem(mark_of(root, {"notifications", "rules"}),
                   fmt::format("a rule names the channel '{}', which is not there", name));
    }
  }
  const YAML::Mark restart = mark_of(root, {"actions", "restart_crashed"});
  if (s.restart_crashed != "off" && s.restart_command.empty())
    in.problem(restart, "restart_crashed needs a command to type");
  if (s.restart_command.find_first_of("\n\r") != std::string::npos)
    in.problem(restart, "restart_crashed.command must be one line");
}

}  // namespace orc
