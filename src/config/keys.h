// SPDX-License-Identifier: Apache-2.0
// What makes keys of a schema, and shows records by theirs.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tmux_orc/config/schema.h"

namespace orc {

// A field that is a member, or is reached by a function.
template <typename Owner, typename Value>
std::function<Value&(Owner&)> field(Value Owner::*member) {
  return [member](Owner& owner) -> Value& { return owner.*member; };
}

template <typename Owner>
FieldKey<Owner> key(std::string path, typename FieldKey<Owner>::Field field, std::string help) {
  return {std::move(path), std::move(field), 0, 0, {}, std::move(help)};
}
template <typename Owner>
FieldKey<Owner> number(std::string path, typename FieldKey<Owner>::Field field, double low, double high,
                       std::string help) {
  return {std::move(path), std::move(field), low, high, {}, std::move(help)};
}
template <typename Owner>
FieldKey<Owner> choice(std::string path, typename FieldKey<Owner>::Field field,
                       std::vector<std::string> choices, std::string help) {
  return {std::move(path), std::move(field), 0, 0, std::move(choices), std::move(help)};
}

template <typename Owner>
nlohmann::ordered_json field_json(const FieldKey<Owner>& key, const Owner& owner, Secrets secrets) {
  using Hide = typename FieldKey<Owner>::Hide;
  Owner copy = owner;  // the fields are for reading and writing
  return std::visit(
      [&](const auto& field) -> nlohmann::ordered_json {
        using Field = std::decay_t<decltype(field)>;
        if constexpr (std::is_same_v<Field, typename FieldKey<Owner>::Records>) {
          return field.json(owner, secrets);
        } else if constexpr (std::is_same_v<Field, typename FieldKey<Owner>::Coded>) {
          auto texts = field.get(owner);
          if (field.is_list) return texts;
          return texts.empty() ? "" : texts.front();
        } else if constexpr (std::is_same_v<Field, std::function<std::string&(Owner&)>>) {
          const std::string& text = field(copy);
          if (secrets == Secrets::kShown || text.empty() || key.hide == Hide::kNothing) return text;
          return key.hide == Hide::kAll ? "..." : without_secrets(text);
        } else {
          return field(copy);
        }
      },
      key.field);
}

// What of a record differs from what it is when nothing is said; `always`: its first keys, in any case.
template <typename Owner>
nlohmann::ordered_json record_json(const std::vector<FieldKey<Owner>>& keys, const Owner& record,
                                   std::size_t always, Secrets secrets) {
  nlohmann::ordered_json out = nlohmann::ordered_json::object();
  const Owner fresh{};
  for (std::size_t i = 0; i < keys.size(); ++i) {
    auto value = field_json(keys[i], record, secrets);
    if (i < always || value != field_json(keys[i], fresh, secrets)) out[keys[i].path] = std::move(value);
  }
  return out;
}

template <typename Owner>
nlohmann::ordered_json list_json(const std::vector<Owner>& list, const std::vector<FieldKey<Owner>>& keys,
                                 std::size_t always, Secrets secrets) {
  auto out = nlohmann::ordered_json::array();
  for (const Owner& item : list) out.push_back(record_json(keys, item, always, secrets));
  return out;
}

const std::vector<FieldKey<ServerSetting>>& server_keys();
const std::vector<FieldKey<AgentProcess>>& process_keys();
const std::vector<FieldKey<NotifyChannel>>& channel_keys();
const std::vector<FieldKey<NotifyRule>>& rule_keys();
// The keys of `notifications` and `actions`, with their paths.
std::vector<SettingKey> notify_keys();

}  // namespace orc
