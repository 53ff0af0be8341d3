// SPDX-License-Identifier: Apache-2.0
// QuietPulses: pulses that found nothing are not kept one by one, five a second; what they cost is added to
// the next round that is. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "tmux_orc/base/model.h"

namespace orc {

class QuietPulses {
 public:
  void add(const Snapshot& pulse);
  // The snapshot with the figures of the pulses since the last call, and its own. Itself if there were none.
  std::shared_ptr<const Snapshot> take(std::shared_ptr<const Snapshot> round);

 private:
  bool any_ = false;
  RoundFigures sum_;
  std::map<std::string, std::uint64_t> fallbacks_;  // by server
};

}  // namespace orc
