// SPDX-License-Identifier: Apache-2.0
// How people read where an agent works. Pure.
#pragma once

#include <string>

#include "tmux_orc/base/about.h"

namespace orc {

// "shop:main", "shop" outside of a repository, "" where nothing is known.
inline std::string place_text(const About& about) {
  return about.branch.empty() ? about.project : about.project + ":" + about.branch;
}

}  // namespace orc
