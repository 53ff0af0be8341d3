#pragma once

#include <string>

namespace orc::cli {
std::string version_text();  // "tmux-orc 0.1.0 (commit ...)" and the libraries built with
}
