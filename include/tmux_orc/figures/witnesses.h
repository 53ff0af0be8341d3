// SPDX-License-Identifier: Apache-2.0
// WitnessLedger: how often an agent's own word and its screen agree. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tmux_orc/base/model.h"
#include "tmux_orc/base/mutex.h"

namespace orc {

enum class Accord {
  kScreenAlone,  // the agent says nothing of itself
  kOwnAlone,     // the screen says nothing
  kBoth,         // they say the same
  kOwnWon,       // the screen says something else, and counted less
  kScreenWon,
};
struct Testimony {
  Accord accord = Accord::kScreenAlone;
  std::string word;  // the agent's; "" if it said none
};
// By the verdict's rule, "claude/spinner+own:busy" or "claude/own:busy", and what it was given against.
Testimony testimony_of(const Verdict& verdict);

// Either may be a step ahead of the other for a moment.
inline constexpr std::int64_t kDisagreeMs = 2000;

class WitnessLedger {
 public:
  struct Disagreement {
    PaneRef pane;
    std::string agent, word;
    std::string screen;  // the rule that read the screen
  };
  // Of every look. Gives those that have disagreed for longer than kDisagreeMs now, each episode once.
  std::vector<Disagreement> take(const Snapshot& snapshot);

  // An object a kind of agent: looks by who said what, episodes of disagreement by the agent's word.
  nlohmann::ordered_json json() const;

 private:
  struct Kind {
    std::map<Accord, std::uint64_t> looks;
    std::map<std::string, std::uint64_t> episodes;  // by word
    std::int64_t changed_ms = 0;                    // when one of them said another word; 0: none spoke
  };
  struct Last {
    std::string agent, word;
    Accord accord = Accord::kScreenAlone;
    std::int64_t since_ms = 0;
    bool counted = false;
    std::uint64_t look = 0;
  };
  void note(const AgentStatus& agent, std::int64_t at_ms, std::vector<Disagreement>& out)
      ORC_REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::map<std::string, Kind> kinds_ ORC_GUARDED_BY(mutex_);
  std::unordered_map<PaneKey, Last> last_ ORC_GUARDED_BY(mutex_);
  std::uint64_t look_ ORC_GUARDED_BY(mutex_) = 0;
};

}  // namespace orc
