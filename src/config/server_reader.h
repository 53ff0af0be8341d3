// SPDX-License-Identifier: Apache-2.0
// Reads the list of servers and the agents' processes. Problems go to the reader, with their places.
#pragma once

#include <string>

#include "keys.h"
#include "yaml_reader.h"

namespace orc {

SettingKey::Records servers_field();
SettingKey::Records processes_field();

// A daemon works in "/": a relative path is taken as one below the folder of the file that it stands in.
void make_absolute(std::string& path, const std::string& file);

}  // namespace orc
