// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/evidence/own_word_witness.h"

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "tmux_orc/base/turn_word.h"
#include "tmux_orc/evidence/process_witness.h"

namespace orc {
namespace {

// A first read takes 0.1 ms an agent; a file system that hangs must not hold up a round, nor a look.
constexpr auto kFirstReads = std::chrono::milliseconds(20);
// The first look of all: a command has no other one. On a machine with a load of 17 its listing alone took
// the 20 ms, and `status` told the screen's word for the agent's.
constexpr auto kFirstLook = std::chrono::seconds(2);

}  // namespace

void OwnWordWitness::begin(Deadline deadline, bool /*fresh*/) {
  MutexLock lock(mutex_);
  first_reads_by_ = std::min(deadline, Steady::now() + (looked_ ? kFirstReads : kFirstLook));
  looked_ = true;
}

bool OwnWordWitness::is_settled(std::int64_t at_ms) const { return clock_.wall_ms() - at_ms > kSettledMs; }

std::uint64_t OwnWordWitness::stamp(const Subject& subject) const {
  Known known;
  {
    MutexLock lock(mutex_);
    const auto found = known_.find(subject.pid);
    if (found == known_.end()) return 0;
    known = found->second;
  }
  const std::uint64_t turns = logs_ == nullptr ? 0 : logs_->turn_changes(subject.key);
  return (turns << 32) + words_.changes(known.agent_pid) * 2 + (is_settled(known.at_ms) ? 1 : 0);
}

bool OwnWordWitness::is_excepted(const std::string& agent) const {
  return std::find(except_.begin(), except_.end(), agent) != except_.end();
}

// The agent has ended, and what it was at goes on.
void OwnWordWitness::add_left(const Subject& subject, PaneEvidence& evidence) const {
  const std::string agent = logs_ == nullptr ? "" : logs_->left_turn(subject.key);
  if (agent.empty() || is_excepted(agent)) return;
  evidence.own_state = OwnState::kBusy;
  evidence.own_word = turn_word::kRuns;
}

void OwnWordWitness::add(const Subject& subject, PaneEvidence& evidence) const {
  if (evidence.processes != ProcessEvidence::kAgent || evidence.agent_pid == 0) {
    if (evidence.agent_pid == 0) add_left(subject, evidence);
    return;
  }
  if (is_excepted(evidence.agent_hint)) return;
  Deadline by;
  {
    MutexLock lock(mutex_);
    by = first_reads_by_;
  }
  OwnWord word =
      words_.of({evidence.agent_hint, evidence.agent_pid, agent_started(evidence), subject.key}, by).word;
  if (word.state == OwnState::kNone && logs_ != nullptr) {
    word = logs_->turn(subject.key, evidence.agent_pid);
    word.at_ms = 0;  // however new: the screen shows it, too, or counts for more
  }
  evidence.own_state = word.state;
  evidence.own_word = word.word;
  evidence.own_detail = word.detail;
  evidence.own_settled = is_settled(word.at_ms);
  MutexLock lock(mutex_);
  known_[subject.pid] = {evidence.agent_pid, word.at_ms};
}

}  // namespace orc
