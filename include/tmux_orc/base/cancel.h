// SPDX-License-Identifier: Apache-2.0
// Cancel: lets one thread end what others wait for. Thread-safe; once cancelled it stays so.
#pragma once

#include <atomic>

#include "tmux_orc/base/wakeup.h"

namespace orc {

class Cancel {
 public:
  void cancel() {
    cancelled_ = true;
    wakeup_.wake();
  }
  bool cancelled() const { return cancelled_; }
  int fd() const { return wakeup_.fd(); }  // readable once cancelled

 private:
  std::atomic<bool> cancelled_{false};
  Wakeup wakeup_;
};

}  // namespace orc
