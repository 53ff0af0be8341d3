// SPDX-License-Identifier: Apache-2.0
// The ways a round can run, for tests that must hold in each: transport and sync or async.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <tuple>

#include "tmux_orc/tmux/server_link.h"

namespace orc::test {

using Mode = std::tuple<TransportChoice, bool>;  // true: async

inline auto all_modes() {
  return ::testing::Combine(::testing::Values(TransportChoice::kAuto, TransportChoice::kSpawn),
                            ::testing::Bool());
}

inline std::string mode_name(const ::testing::TestParamInfo<Mode>& mode) {
  const auto [transport, async] = mode.param;
  return std::string(transport == TransportChoice::kAuto ? "Auto" : "Spawn") + (async ? "Async" : "Sync");
}

}  // namespace orc::test
