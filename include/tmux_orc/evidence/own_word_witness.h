// SPDX-License-Identifier: Apache-2.0
// OwnWordWitness: what the agent in the pane says of itself, else what its session's log says of its turn. In
// the change gate: a changed word brings a look though the screen is as it was. Thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tmux_orc/about/abouts.h"
#include "tmux_orc/base/mutex.h"
#include "tmux_orc/evidence/source.h"
#include "tmux_orc/witness/own_words.h"

namespace orc {

class OwnWordWitness final : public EvidenceSource {
 public:
  // Stands behind the process witness in an observer's list: it must know whom to ask about. Agents in
  // `except` are not asked. `logs` may be null.
  OwnWordWitness(OwnWords& words, const Clock& clock, std::vector<std::string> except = {},
                 const Abouts* logs = nullptr)
      : words_(words), clock_(clock), except_(std::move(except)), logs_(logs) {}
  void begin(Deadline deadline, bool fresh) override;
  std::uint64_t stamp(const Subject& subject) const override;
  void add(const Subject& subject, PaneEvidence& evidence) const override;

 private:
  struct Known {
    int agent_pid = 0;
    std::int64_t at_ms = 0;
  };
  bool is_settled(std::int64_t at_ms) const;
  bool is_excepted(const std::string& agent) const;
  void add_left(const Subject& subject, PaneEvidence& evidence) const;

  OwnWords& words_;
  const Clock& clock_;
  const std::vector<std::string> except_;
  const Abouts* const logs_;
  mutable Mutex mutex_;
  mutable std::unordered_map<int, Known> known_ ORC_GUARDED_BY(mutex_);  // by the pane's process
  Deadline first_reads_by_ ORC_GUARDED_BY(mutex_){};
  bool looked_ ORC_GUARDED_BY(mutex_) = false;
};

}  // namespace orc
