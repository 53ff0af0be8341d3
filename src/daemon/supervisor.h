// SPDX-License-Identifier: Apache-2.0
// What systemd is told, if it started us and wants to know ($NOTIFY_SOCKET). Thread-safe.
#pragma once

namespace orc {

// As sd_notify(3) takes it: "READY=1", "WATCHDOG=1", "STOPPING=1".
void tell_supervisor(const char* state);

}  // namespace orc
