// SPDX-License-Identifier: Apache-2.0
// What Linux says of a process under /proc; `proc` may be a test's folder. Thread-safe: no shared state.
#pragma once

#include <cstdint>
#include <string>

namespace orc {

// Field 22 of its stat, when it began: with the pid it names one process for as long as the machine runs. 0
// if it is gone.
std::uint64_t process_started(int pid, const std::string& proc = "/proc");

// How long ago that was, in seconds; to a hundredth.
double process_age_s(std::uint64_t started);

// Where a link points to; "" if it cannot be read.
std::string link_target(const std::string& path);

}  // namespace orc
