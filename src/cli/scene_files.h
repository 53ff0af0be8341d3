#pragma once

#include <vector>

#include "tmux_orc/classify/rules.h"  // EmbeddedFile

namespace orc {
std::vector<EmbeddedFile> embedded_scene_files();  // generated at build time from config/demo
}
