// SPDX-License-Identifier: Apache-2.0
// The `notifications` and `actions` sections: their keys, and what must hold between them. Problems go to the
// reader, with their places.
#pragma once

#include "keys.h"
#include "tmux_orc/base/notify_settings.h"
#include "yaml_reader.h"

namespace orc {

void check_notifications(YamlReader& in, const YAML::Node& root, const NotifySettings& s);

}  // namespace orc
