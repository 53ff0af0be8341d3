// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/base/priority.h"

#include <sys/resource.h>

#include <cerrno>

#ifdef __linux__
#include <unistd.h>
#endif

namespace orc {
namespace {

[[maybe_unused]] constexpr int kNicer = 5;  // a third of the weight that a round's thread has

}  // namespace

void yield_to_rounds() {
#ifdef __linux__
  const auto thread = static_cast<id_t>(::gettid());
  errno = 0;
  const int now = ::getpriority(PRIO_PROCESS, thread);
  if (errno == 0) ::setpriority(PRIO_PROCESS, thread, now + kNicer);
#endif
}

}  // namespace orc
