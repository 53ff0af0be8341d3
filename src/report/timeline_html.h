// SPDX-License-Identifier: Apache-2.0
// A timeline as markup: a strip an agent, in the states' colours, over one axis of time. Pure.
#pragma once

#include <string>

#include "tmux_orc/report/timeline.h"

namespace orc {

std::string timeline_html(const Timeline& timeline);

}  // namespace orc
