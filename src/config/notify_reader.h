// SPDX-License-Identifier: Apache-2.0
// Reads the `notifications` and `actions` sections. Problems go to the reader, with their places.
#pragma once

#include "tmux_orc/base/notify_settings.h"
#include "yaml_reader.h"

namespace orc {

void read_notifications(YamlReader& in, const YAML::Node& node, NotifySettings& out);
void read_actions(YamlReader& in, const YAML::Node& node, NotifySettings& out);

}  // namespace orc
