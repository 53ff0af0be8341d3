// SPDX-License-Identifier: Apache-2.0
// How many files and sockets this process may have open. For the start of the process, before other threads.
#pragma once

#include <cstddef>

namespace orc {

// Raises the soft limit as far as the hard one allows, to 4096 at most: what we start inherits it, and some
// programs close every number up to their limit. Gives the limit that is in force then.
std::size_t raise_descriptor_limit();

}  // namespace orc
