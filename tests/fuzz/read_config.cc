// SPDX-License-Identifier: Apache-2.0
// The configuration file: what is refused is told by its place, what is taken can be shown, and one setting
// of it changed to what it is.
#include "entries.h"
#include "require.h"
#include "tmux_orc/config/edit.h"
#include "tmux_orc/config/schema.h"
#include "tmux_orc/config/settings.h"

namespace orc::fuzz {

void read_config(std::string_view data) {
  // The first byte chooses the setting.
  const auto seed = static_cast<unsigned char>(data.empty() ? 0 : data[0]);
  const std::string yaml(data.substr(data.empty() ? 0 : 1));
  const auto settings = parse_settings(yaml, "/f.yaml");
  if (!settings) {
    ORC_REQUIRE(settings.error().message.starts_with("/f.yaml:"));
    return;
  }
  for (const SettingKey& key : setting_keys()) value_text(key, *settings, Secrets::kHidden);
  const SettingKey& key = setting_keys()[seed % setting_keys().size()];
  const auto edited = edit_setting(yaml, key.path, value_text(key, *settings, Secrets::kShown), "/f.yaml");
  if (!edited) return;  // it says of some texts that it cannot
  const auto again = parse_settings(*edited, "/f.yaml");
  ORC_REQUIRE(again.has_value());
  for (const SettingKey& k : setting_keys())
    ORC_REQUIRE(value_text(k, *again, Secrets::kShown) == value_text(k, *settings, Secrets::kShown));
}

}  // namespace orc::fuzz
