// SPDX-License-Identifier: Apache-2.0
// SeenAgents: the memory of panes in which an agent was alive. It tells "exited" from "never was one", and
// whether a screen moves, of which nothing else tells what its agent does. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/evidence.h"
#include "tmux_orc/base/model.h"
#include "tmux_orc/base/mutex.h"

namespace orc {

class SeenAgents {
 public:
  // Two looks no further apart that differ: the screen moves, and is said to until kMoves after the last one
  // that did. One that did not change for so long is still.
  static constexpr double kBetweenLooks_s = 10, kMoves_s = 3, kStill_s = 60;

  // `clock` must outlive it.
  explicit SeenAgents(const Clock& clock = system_clock()) : clock_(clock) {}

  void remember(const PaneKey& pane, const Verdict& verdict);
  void restore(const PaneKey& pane, std::string agent);
  std::string agent(const PaneKey& pane) const;  // "" if none was seen
  // Forgets the panes of the listed servers that are not alive.
  void keep_only(const std::unordered_set<PaneKey>& alive, const std::vector<ServerId>& listed);

  // Motion is watched where the pane's last verdict hung on it: nothing else was known of its agent.
  bool is_watched(const PaneKey& pane) const;
  // A look: `print` is of the rows around the cursor.
  Motion look(const PaneKey& pane, std::uint64_t print) const;
  // Becomes another number when look() would say something else: part of the change gate. 0 where no motion
  // is watched.
  std::uint64_t stamp(const PaneKey& pane) const;

 private:
  struct Screen {
    std::optional<std::uint64_t> print;  // of the last look
    Steady::time_point looked, changed;  // `changed`: since when it is as it is
    std::optional<Steady::time_point> moved;
  };
  static const Clock& system_clock();
  Motion motion_of(const Screen& screen) const;

  const Clock& clock_;
  mutable Mutex mutex_;
  std::unordered_map<PaneKey, std::string> seen_ ORC_GUARDED_BY(mutex_);
  mutable std::unordered_map<PaneKey, Screen> watched_ ORC_GUARDED_BY(mutex_);
};

}  // namespace orc
