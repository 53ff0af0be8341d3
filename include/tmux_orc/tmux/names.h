// Titles and names, which anybody may set: tmux keeps a title of a megabyte, and `cat` of a hostile file sets
// one. They are cut by tmux itself, and again here, where they enter. Pure; thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace orc {

// The format of a variable cut to 256 columns by tmux.
std::string name_format(std::string_view variable);

// At most 1024 bytes (256 columns of the widest characters) of whole characters. tmux counts columns: of
// characters that take none, and of "#[style]", it lets any number through.
std::string bounded_name(std::string_view name);

}  // namespace orc
