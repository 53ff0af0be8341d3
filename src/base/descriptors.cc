// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/base/descriptors.h"

#include <sys/resource.h>

#include <algorithm>

namespace orc {

std::size_t raise_descriptor_limit() {
  constexpr rlim_t kWanted = 4096;
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  if (limit.rlim_cur < kWanted && limit.rlim_cur < limit.rlim_max) {
    struct rlimit raised = limit;
    raised.rlim_cur = std::min(kWanted, limit.rlim_max);
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return static_cast<std::size_t>(limit.rlim_cur);
}

}  // namespace orc
