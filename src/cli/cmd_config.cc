// SPDX-License-Identifier: Apache-2.0
// tmux-orc config: the settings in force, where each comes from, and changing one.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cmd_report.h"
#include "command.h"
#include "config_backup.h"
#include "setup.h"
#include "terminal.h"
#include "tmux_orc/api/api_server.h"
#include "tmux_orc/base/files.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/config/edit.h"
#include "tmux_orc/config/schema.h"
#include "tmux_orc/figures/json.h"

namespace orc::cli {
namespace {

GetEnv process_env() {
  return [](const char* name) -> const char* { return std::getenv(name); };
}

Result<Settings> effective(const Globals& globals) {
  ORC_TRY(paths, paths_of(globals));
  return load_settings(globals.config_path, process_env(), paths->overlay());
}

std::string origin_of(const Settings& s, const SettingKey& key) {
  const auto found = s.origins.find(key.path);
  return found == s.origins.end() ? "default" : found->second;
}

// A row for the value, or for each record of a list.
std::vector<std::string> shown_values(const SettingKey& key, const Settings& settings) {
  const auto value = value_json(key, settings, Secrets::kHidden);
  if (!std::holds_alternative<SettingKey::Records>(key.field) || value.empty())
    return {value_text(key, settings, Secrets::kHidden)};
  std::vector<std::string> out;
  for (const auto& [name, item] : value.items())
    out.push_back(value.is_object() ? name + ": " + dump(item) : dump(item));
  return out;
}

int show(const Globals& globals, bool origin, bool all) {
  const auto s = effective(globals);
  if (!s) return report(s.error());
  nlohmann::ordered_json j = nlohmann::ordered_json::object();
  std::vector<std::vector<std::string>> rows;
  for (const SettingKey& key : setting_keys()) {
    const std::string from = origin_of(*s, key);
    if (!all && from == "default") continue;
    j[key.path] = {{"value", value_json(key, *s, Secrets::kHidden)}, {"origin", from}};
    for (const std::string& value : shown_values(key, *s))
      rows.push_back({key.path, printable(value), origin ? printable(from) : "# " + key.help});
  }
  if (globals.json) {
    fmt::print("{}\n", dump(j, 2));
    return kOk;
  }
  if (rows.empty())
    fmt::print("Everything is at its default; `tmux-orc config show --effective` shows that.\n");
  else
    fmt::print("{}", table(rows));
  if (!s->forced_sync_reason.empty())
    fmt::print("{} forces the sync path whatever stands here.\n", s->forced_sync_reason);
  return kOk;
}

// "a.b" as the place of b in {"a": {"b": ...}}.
nlohmann::ordered_json::json_pointer place_of(const std::string& path) {
  std::string place = "/" + path;
  std::replace(place.begin(), place.end(), '.', '/');
  return nlohmann::ordered_json::json_pointer(place);
}

bool is_below(const std::string& path, const std::string& above) { return path.starts_with(above + "."); }

// What is no single key: all below "monitoring.async", or a part of a record ("agents.processes.claude").
int get_part(const Globals& globals, const Settings& s, const std::string& path) {
  nlohmann::ordered_json all;
  std::string from = "default";
  for (const SettingKey& key : setting_keys()) {
    all[place_of(key.path)] = value_json(key, s, Secrets::kHidden);
    const bool is_part = is_below(key.path, path) || is_below(path, key.path);
    if (is_part && origin_of(s, key) != "default") from = s.origin;
  }
  if (path.find_first_of("/~") != std::string::npos || path.empty() || !all.contains(place_of(path))) {
    const std::string near = nearest(path, key_paths());
    return report(
        {ErrorKind::kInvalid, fmt::format("unknown key '{}'{}", path,
                                          near.empty() ? "" : fmt::format("; did you mean '{}'?", near))});
  }
  const auto& value = all[place_of(path)];
  fmt::print("{}\n", globals.json        ? dump({{"key", path}, {"value", value}, {"origin", from}}, 2)
                     : value.is_string() ? value.get<std::string>()
                                         : dump(value));
  return kOk;
}

int get(const Globals& globals, const std::string& path) {
  const auto s = effective(globals);
  if (!s) return report(s.error());
  const SettingKey* key = find_key(path);
  if (key == nullptr) return get_part(globals, *s, path);
  if (globals.json)
    fmt::print("{}\n", dump({{"key", path},
                             {"value", value_json(*key, *s, Secrets::kHidden)},
                             {"origin", origin_of(*s, *key)}},
                            2));
  else
    fmt::print("{}\n", value_text(*key, *s, Secrets::kHidden));
  return kOk;
}

// Who may read the file stays as it is: it may hold secrets.
unsigned mode_of(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0644;
}

// The old text goes to FILE.backup before the new one takes its place.
Result<void> replace_config(const std::string& path, const Result<std::string>& old,
                            const std::string& text) {
  const unsigned mode = mode_of(path);
  ORC_DO(write_backup(path, old, mode));
  return write_file_atomically(path, text, true, mode);
}

// Reading, editing and writing is one step between processes: no change of another is lost.
Result<UniqueFd> lock_config(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  const auto target =
      std::filesystem::canonical(path, error);  // one file, one lock, whatever links lead to it
  return hold_lock((error ? path : target.string()) + ".lock");
}

struct Change {
  std::string key, value;
};

Result<std::string> edited(std::string text, const std::vector<Change>& changes, const std::string& path) {
  for (const Change& c : changes) {
    ORC_TRY(next, edit_setting(text, c.key, c.value, path));
    text = std::move(*next);
  }
  return text;
}

void tell_changes(const Globals& globals, const std::string& path, const std::vector<Change>& changes,
                  bool has_backup) {
  for (const Change& c : changes) {
    fmt::print("{}: {} = {}{}\n", path, c.key, c.value,
               has_backup ? fmt::format(" (before: {}.backup)", path) : "");
  }
  fmt::print("A running monitor takes it within 2 s.\n");
  const auto now = effective(globals);
  for (const Change& c : changes) {
    if (!now || find_key(c.key) == nullptr) continue;
    const std::string from = origin_of(*now, *find_key(c.key));
    if (!from.starts_with(path)) complain(fmt::format("note: {} overrides it", from));
  }
}

// All of the changes, or none.
int set(const Globals& globals, const std::vector<Change>& changes) {
  const std::string path = config_path(globals.config_path, process_env()).path;
  const auto lock = lock_config(path);
  if (!lock) return report(lock.error());
  const auto old = read_file(path);
  if (!old && old.error().kind != ErrorKind::kUnavailable) return report(old.error());
  const auto text = edited(old ? *old : "", changes, path);
  if (!text) return report(text.error());
  if (old && *text == *old) {
    for (const Change& c : changes) fmt::print("{} is {} already; nothing was changed.\n", c.key, c.value);
    return kOk;
  }
  if (auto ok = replace_config(path, old, *text); !ok) return report(ok.error());
  tell_changes(globals, path, changes, old.has_value());
  return kOk;
}

// What a daemon refuses to start with though the file is well-formed. A token is looked for only if the file
// is the one in force: another may be meant for another machine.
Result<void> check_api(const Settings& s, bool in_force) {
  const auto at = [&](const char* key, Error e) {
    const auto line = s.origins.find(key);
    return fail(e.kind, line == s.origins.end() ? e.message : fmt::format("{}: {}", line->second, e.message));
  };
  if (!s.api_listen.empty()) {
    if (auto good = check_listen_address(s.api_listen, !s.api_token_file.empty()); !good)
      return at("api.listen", good.error());
  }
  if (const auto token = in_force ? read_api_token(s.api_token_file) : ""; !token)
    return at("api.token_file", token.error());
  return {};
}

int validate(const Globals& globals, const std::string& file) {
  const std::string path = file.empty() ? config_path(globals.config_path, process_env()).path : file;
  const auto text = read_file(path);
  if (!text) {
    if (file.empty() && globals.config_path.empty() && text.error().kind == ErrorKind::kUnavailable) {
      fmt::print("{}: not there; everything is at its default\n", path);
      return kOk;
    }
    return report({ErrorKind::kInvalid, text.error().message});
  }
  const auto parsed = parse_settings(*text, path);
  if (!parsed) return report(parsed.error());
  if (auto good = check_api(*parsed, file.empty()); !good) return report(good.error());
  fmt::print("{}: valid\n", path);
  return kOk;
}

int recommend_values(const Globals& globals, bool apply) {
  const auto s = effective(globals);
  if (!s) return report(s.error());
  auto reader = open_history(globals);
  if (!reader) return report(reader.error());
  const SystemClock clock;
  const auto advice =
      recommend(**reader, last_days("week", 7, clock.wall_ms()),
                {s->pool_max_size, s->cache_max_size, s->cache_default_ttl_s, s->check_interval_s});
  if (!advice) return report(advice.error());
  if (globals.json) {
    nlohmann::ordered_json j = nlohmann::ordered_json::array();
    for (const Advice& a : *advice) j.push_back({{"key", a.key}, {"value", a.value}, {"reason", a.reason}});
    fmt::print("{}\n", dump(j, 2));
  } else if (advice->empty()) {
    fmt::print("Nothing to change by the last 7 days' figures.\n");
  }
  std::vector<Change> changes;
  for (const Advice& a : *advice) {
    if (!globals.json)
      fmt::print("{}: {} -> {}\n  because {}\n", a.key, value_text(*find_key(a.key), *s, Secrets::kHidden),
                 a.value, a.reason);
    changes.push_back({a.key, a.value});
  }
  return apply && !changes.empty() ? set(globals, changes) : kOk;
}

void add_config(CLI::App& app, Globals& globals, Action& action) {
  auto* sub = app.add_subcommand("config", "The settings: show, get, set, validate");
  sub->require_subcommand(1);
  sub->footer("Example: tmux-orc config set monitoring.async.pool.max_size 30");
  struct ConfigOptions {
    bool origin = false, effective = false;
    std::string key, value, file;
  };
  auto o = std::make_shared<ConfigOptions>();
  const auto add = [&](const char* name, const char* what, const char* footer, std::function<int()> run_it) {
    auto* cmd = sub->add_subcommand(name, what);
    cmd->footer(footer);
    cmd->callback([&action, run_it = std::move(run_it)] { action = run_it; });
    return cmd;
  };
  auto* show_cmd = add("show", "What is set; with --effective everything in force",
                       "Exit code: 0 shown, 2 the configuration is not valid.\nExample: tmux-orc config show "
                       "--effective --origin",
                       [o, &globals] { return show(globals, o->origin, o->effective); });
  show_cmd->add_flag("--effective", o->effective, "defaults too");
  show_cmd->add_flag("--origin", o->origin, "where each value comes from");
  auto* get_cmd =
      add("get", "One value in force",
          "Exit code: 0 shown, 2 unknown key.\nExample: tmux-orc config get monitoring.check_interval",
          [o, &globals] { return get(globals, o->key); });
  get_cmd->add_option("key", o->key, "its name")->required()->type_name("KEY");
  auto* set_cmd =
      add("set", "Change one value in the file; comments and order stay, the old file becomes FILE.backup",
          "Exit code: 0 set, 2 the result would not be valid: nothing is changed then.\n"
          "Example: tmux-orc config set monitoring.async.cache.strategy lru",
          [o, &globals] {
            return set(globals, {{o->key, o->value}});
          });
  set_cmd->add_option("key", o->key, "its name")->required()->type_name("KEY");
  set_cmd->add_option("value", o->value, "as in YAML")->required()->type_name("VALUE");
  auto* validate_cmd =
      add("validate", "Check a file: every problem with file:line:column",
          "Exit code: 0 valid, 2 not valid.\nExample: tmux-orc config validate config/production-config.yaml",
          [o, &globals] { return validate(globals, o->file); });
  validate_cmd->add_option("file", o->file, "default: the one in force")->type_name("FILE");
  auto apply = std::make_shared<bool>(false);
  auto* recommend_cmd = add(
      "recommend", "Values that the last 7 days' figures ask for, each with its reason",
      "Exit code: 0, 3 there is no history, or too little of it.\nExample: tmux-orc config recommend --apply",
      [apply, &globals] { return recommend_values(globals, *apply); });
  recommend_cmd->add_flag("--apply", *apply, "set them");
  add("path", "Where the configuration file is",
      "Exit code: 0.\nExample: $EDITOR \"$(tmux-orc config path)\"", [&globals] {
        fmt::print("{}\n", config_path(globals.config_path, process_env()).path);
        return kOk;
      });
}

const Registration kConfig(130, add_config, {{"config", kNoServer}});

}  // namespace
}  // namespace orc::cli
