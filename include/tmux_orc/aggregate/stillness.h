// SPDX-License-Identifier: Apache-2.0
// Stillness: for how long nothing moved on a screen that is looked at again and again. Pure; not thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "tmux_orc/base/clock.h"

namespace orc {

class Stillness {
 public:
  // A screen that is captured while it is repainted looks like another for one look or two: movement is what
  // so many looks in a row show that none showed before.
  static constexpr std::size_t kConvincing = 3;

  // A look: the screen's number (see motion.h), 0 if it is as it was in the last one.
  void look(std::uint64_t motion, Steady::time_point now);
  void reset() { *this = {}; }
  // Seconds without movement; 0 before the first look.
  double still_s(Steady::time_point now) const;

  // For a restart: the time without a look counts for nothing.
  struct Memory {
    std::vector<std::uint64_t> known;
    double still_s = 0;
    friend bool operator==(const Memory&, const Memory&) = default;
  };
  Memory memory(Steady::time_point now) const { return {known_, still_s(now)}; }
  void restore(Memory memory, Steady::time_point now);

 private:
  void settle();
  std::vector<std::uint64_t> known_;  // looks that are no movement; empty: not begun
  std::vector<std::uint64_t> fresh_;  // the latest in a row that none of these are
  Steady::time_point moved_, fresh_since_;
};

}  // namespace orc
