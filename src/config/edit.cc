// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/config/edit.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <vector>

#include "tmux_orc/base/text.h"
#include "tmux_orc/config/schema.h"

namespace orc {
namespace {

std::vector<std::string> split_path(const std::string& path) {
  std::vector<std::string> parts;
  std::size_t at = 0;
  for (std::size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', at)) {
    parts.push_back(path.substr(at, dot - at));
    at = dot + 1;
  }
  parts.push_back(path.substr(at));
  return parts;
}

// Where a line and column of a Mark stand in the text.
std::size_t offset_of(const std::string& text, const YAML::Mark& mark) {
  std::size_t at = 0;
  for (int line = 0; line < mark.line; ++line) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string::npos) return text.size();
    at = end + 1;
  }
  return std::min(at + static_cast<std::size_t>(mark.column), text.size());
}

std::size_t line_end(const std::string& text, std::size_t at) {
  return std::min(text.find('\n', at), text.size());
}

std::size_t quoted_end(const std::string& text, std::size_t at, std::size_t end) {
  const char quote = text[at];
  std::size_t i = at + 1;
  while (i < end && text[i] != quote) i += quote == '"' && text[i] == '\\' ? 2 : 1;
  return std::min(i + 1, end);
}

// End of the value that begins at `at`, on its line; `flow`: inside {} or [].
std::size_t value_end(const std::string& text, std::size_t at, bool flow) {
  const std::size_t end = line_end(text, at);
  if (at >= end) return at;
  const char first = text[at];
  if (first == '"' || first == '\'') return quoted_end(text, at, end);
  if (first == '[' || first == '{') {
    int depth = 0;
    for (std::size_t i = at; i < end; ++i) {
      if (text[i] == '"' || text[i] == '\'') i = quoted_end(text, i, end) - 1;
      if (text[i] == '[' || text[i] == '{') ++depth;
      if ((text[i] == ']' || text[i] == '}') && --depth == 0) return i + 1;
    }
    return end;
  }
  std::size_t i = at;
  while (i < end && !(text[i] == '#' && i > at && text[i - 1] == ' ') &&
         !(flow && (text[i] == ',' || text[i] == '}' || text[i] == ']'))) {
    ++i;
  }
  while (i > at && (text[i - 1] == ' ' || text[i - 1] == '\t' || text[i - 1] == '\r')) --i;
  return i;
}

// The value as it must stand in the file: quoted only where YAML would read it as something else.
std::string as_yaml(const SettingKey& key, const std::string& value) {
  if (!key.is_text() || value == "\"\"") return value;  // "" is how nothing is shown
  try {
    const YAML::Node node = YAML::Load(value);
    if (node.IsScalar() && node.Scalar() == value && value.find_first_of(",[]{}#:") == std::string::npos)
      return value;
  } catch (const YAML::Exception&) {
    // quoted below
  }
  YAML::Emitter out;
  out << YAML::DoubleQuoted << value;
  return out.c_str();
}

struct Place {
  YAML::Node map;         // the deepest map on the way that exists
  std::size_t depth = 0;  // parts of the path that lead to it
  YAML::Node key, value;  // the next part's entry, if it is there (its value may be empty)
  bool found_entry = false;
  bool flow = false;
};

Place find_place(const YAML::Node& root, const std::vector<std::string>& parts) {
  Place place;
  place.map.reset(root);
  for (;; ++place.depth) {
    place.flow = place.flow || place.map.Style() == YAML::EmitterStyle::Flow;
    place.found_entry = false;
    for (const auto& entry : place.map) {
      if (!entry.first.IsScalar() || entry.first.Scalar() != parts[place.depth]) continue;
      place.key.reset(entry.first);
      place.value.reset(entry.second);
      place.found_entry = true;
    }
    if (!place.found_entry || place.depth + 1 == parts.size() || !place.value.IsMap() ||
        place.value.size() == 0)
      return place;
    place.map.reset(place.value);
  }
}

// "a:\n  b: value\n" for the parts from `from` on, in block style at `column`.
std::string block_text(const std::vector<std::string>& parts, std::size_t from, const std::string& value,
                       std::size_t column) {
  std::string out;
  for (std::size_t i = from; i < parts.size(); ++i) {
    out += std::string(column + 2 * (i - from), ' ') + parts[i] + ":" +
           (i + 1 == parts.size() ? " " + value : "") + "\n";
  }
  return out;
}

std::string flow_text(const std::vector<std::string>& parts, std::size_t from, const std::string& value) {
  std::string out;
  for (std::size_t i = from; i < parts.size(); ++i) out += (i > from ? "{" : "") + parts[i] + ": ";
  return out + value + std::string(parts.size() - from - 1, '}');
}

std::string insert_lines(std::string text, std::size_t at, const std::string& lines) {
  if (at > 0 && text[at - 1] != '\n') {
    text.insert(at, "\n");
    ++at;
  }
  return text.insert(at, lines);
}

std::string apply(std::string text, const std::vector<std::string>& parts, const std::string& value) {
  const YAML::Node root = YAML::Load(text);
  if (!root.IsMap() || root.size() == 0)
    return insert_lines(text, text.size(), block_text(parts, 0, value, 0));
  const Place place = find_place(root, parts);
  if (place.found_entry) {
    const std::size_t key_at = offset_of(text, place.key.Mark());
    const bool last = place.depth + 1 == parts.size();
    if (last && !place.value.IsNull()) {
      const std::size_t at = offset_of(text, place.value.Mark());
      return text.replace(at, value_end(text, at, place.flow) - at, value);
    }
    const std::size_t colon = text.find(':', key_at) + 1;
    if (place.value.IsMap()) {  // "pool: {}"
      const std::size_t at = offset_of(text, place.value.Mark());
      return text.replace(at, value_end(text, at, true) - at,
                          "{" + flow_text(parts, place.depth + 1, value) + "}");
    }
    if (place.flow) return text.insert(colon, " {" + flow_text(parts, place.depth + 1, value) + "}");
    const auto column = static_cast<std::size_t>(place.key.Mark().column) + 2;
    return insert_lines(text, std::min(line_end(text, key_at) + 1, text.size()),
                        block_text(parts, place.depth + 1, value, column));
  }
  const std::size_t at = offset_of(text, place.map.Mark());
  if (place.flow) return text.insert(at + 1, flow_text(parts, place.depth, value) + ", ");
  const auto column = static_cast<std::size_t>(place.map.begin()->first.Mark().column);
  return insert_lines(text, at - column, block_text(parts, place.depth, value, column));
}

Result<void> check_edit(const Settings& before, const Settings& after, const SettingKey& edited,
                        const std::string& value) {
  for (const SettingKey& key : setting_keys()) {
    if (key.path == edited.path) continue;
    if (value_text(key, before, Secrets::kShown) != value_text(key, after, Secrets::kShown) ||
        before.origins.contains(key.path) != after.origins.contains(key.path)) {
      return fail(ErrorKind::kInvalid,
                  fmt::format("this file's form is too unusual to set {} in it safely ({} would "
                              "change too); edit it by hand",
                              edited.path, key.path));
    }
  }
  if (!after.origins.contains(edited.path)) {
    return fail(ErrorKind::kInvalid,
                fmt::format("cannot set {} to {} in this file; edit it by hand", edited.path, value));
  }
  return {};
}

// For checking one value alone: whether it fits to other numbers is for the whole file to say.
Settings without_relations(const Settings& before) {
  Settings s;
  s.notify = before.notify;
  s.pool_max_size = 256;
  Thresholds& t = s.thresholds;
  for (Threshold* less_is_better :
       {&t.cycle_time_s, &t.cpu_percent, &t.memory_mb, &t.error_percent, &t.pool_percent})
    *less_is_better = {0, 1e6};
  t.hit_percent = {1e6, 0};
  return s;
}

}  // namespace

Result<std::string> edit_setting(const std::string& yaml, const std::string& path, const std::string& value,
                                 const std::string& file_name) {
  const SettingKey* key = find_key(path);
  if (key == nullptr) {
    const std::string near = nearest(path, key_paths());
    return fail(ErrorKind::kInvalid, fmt::format("unknown key '{}'{}", path,
                                                 near.empty() ? "; `tmux-orc config show` lists them all"
                                                              : fmt::format("; did you mean '{}'?", near)));
  }
  if (value.find_first_of("\n\r") != std::string::npos)
    return fail(ErrorKind::kInvalid, "a value of several lines");
  const auto before = parse_settings(yaml, file_name);
  if (!before) return fail(ErrorKind::kInvalid, "the file is not valid as it is:\n" + before.error().message);
  // The value alone first: its own mistake must not be reported at a place in the file.
  const std::string written = as_yaml(*key, value);
  const Settings roomy = without_relations(*before);
  if (auto alone = parse_settings(block_text(split_path(path), 0, written, 0), path, roomy); !alone) {
    const std::string& message = alone.error().message;
    return fail(ErrorKind::kInvalid, path + message.substr(std::min(message.find(": "), message.size())));
  }
  std::string edited;
  try {
    edited = apply(yaml, split_path(path), written);
  } catch (const YAML::Exception& e) {
    return fail(ErrorKind::kInvalid,
                fmt::format("cannot set {} in this file: {}; edit it by hand", path, e.msg));
  }
  const auto after = parse_settings(edited, file_name);
  if (!after) return fail(ErrorKind::kInvalid, "the change would not be valid:\n" + after.error().message);
  ORC_DO(check_edit(*before, *after, *key, value));
  return edited;
}

}  // namespace orc
