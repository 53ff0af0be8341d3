// SPDX-License-Identifier: Apache-2.0
// HookEar: agents' hooks say here that a look is worth while. A datagram of our own user's processes wakes
// the loop, which knows that an agent calls its hook before it draws; what is in it decides nothing. A flood
// costs no more than a few reads each 20 ms. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <utility>

#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/result.h"
#include "tmux_orc/base/unique_fd.h"
#include "tmux_orc/base/wakeup.h"
#include "tmux_orc/daemon/state.h"

namespace orc {

class HookEar {
 public:
  // On the ear's thread.
  using Wake = std::function<void()>;

  HookEar(Wake wake, HookCounts& counts) : wake_(std::move(wake)), counts_(counts) {}
  ~HookEar();
  HookEar(const HookEar&) = delete;
  HookEar& operator=(const HookEar&) = delete;

  // Takes the place of a socket that an earlier monitor left there. Once.
  Result<void> open(const std::string& path);

 private:
  void run();
  bool take_some();

  const Wake wake_;
  HookCounts& counts_;
  std::string path_;
  std::uint64_t inode_ = 0;
  UniqueFd socket_;
  Wakeup stop_;
  std::thread thread_;
};

}  // namespace orc
