// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "tmux_orc/base/embedded_file.h"

namespace orc {
std::vector<EmbeddedFile> embedded_scene_files();  // generated at build time from config/demo
}
