// SPDX-License-Identifier: Apache-2.0
// Stop requests: SIGINT and SIGTERM are blocked in all threads and waited for by the one that owns the loop.
#pragma once

#include <chrono>

namespace orc::cli {

// Call once, before any thread is started.
void block_stop_signals();

// Sleeps until `until`; true if a stop was asked for meanwhile (the request is taken).
bool wait_for_stop(std::chrono::steady_clock::time_point until);

}  // namespace orc::cli
