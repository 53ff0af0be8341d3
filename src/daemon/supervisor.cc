// SPDX-License-Identifier: Apache-2.0
#include "supervisor.h"

#include <systemd/sd-daemon.h>

#include <cstdlib>

#include "tmux_orc/base/late_library.h"

namespace orc {
namespace {

// libsystemd brings six more libraries along (gcrypt, lzma, zstd ...): only a unit's process loads them.
struct Systemd {
  const LateLibrary library{"libsystemd.so.0"};
  decltype(&::sd_notify) notify = library.find<decltype(&::sd_notify)>("sd_notify");
};

}  // namespace

void tell_supervisor(const char* state) {
  const char* socket = std::getenv("NOTIFY_SOCKET");
  if (socket == nullptr || *socket == '\0') return;
  static const Systemd systemd;
  if (systemd.notify != nullptr) systemd.notify(0, state);
}

}  // namespace orc
