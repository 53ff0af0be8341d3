// SPDX-License-Identifier: Apache-2.0
// Feed: a thread that brings snapshots and changes: of the running monitor, or of rounds of its own while
// none answers. Owned by one thread.
#pragma once

#include <memory>
#include <thread>

#include "mailbox.h"
#include "tmux_orc/base/cancel.h"
#include "tmux_orc/tui/cockpit.h"

namespace orc::tui {

class Feed {
 public:
  Feed(const CockpitSetup& setup, Mailbox& mailbox);
  ~Feed();

 private:
  void run();
  bool follow_monitor();
  void own_rounds();
  bool wait_until(Steady::time_point until, int other_fd = -1) const;  // false: stopped
  Result<std::shared_ptr<const Snapshot>> fetch() const;

  const CockpitSetup& setup_;
  Mailbox& mailbox_;
  Cancel stop_;
  std::thread thread_;
};

}  // namespace orc::tui
