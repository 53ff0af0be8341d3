// SPDX-License-Identifier: Apache-2.0
// For what another thread does.
#pragma once

#include <chrono>
#include <thread>

namespace orc::test {

// True once it holds, within 15 s.
template <typename Condition>
bool soon(Condition holds) {
  for (int i = 0; i < 1500 && !holds(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return holds();
}

}  // namespace orc::test
