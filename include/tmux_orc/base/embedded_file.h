// SPDX-License-Identifier: Apache-2.0
// A file that became part of the program; see scripts/cmake/Embed.cmake. Immutable, so free for all threads.
#pragma once

#include <string_view>

namespace orc {

struct EmbeddedFile {
  std::string_view name, text;
};

}  // namespace orc
