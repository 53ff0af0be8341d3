// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/classify/oracle.h"

#include <algorithm>

namespace orc {

bool is_right(const Truth& truth, const Verdict& v) {
  const std::string state(to_string(v.state));
  const std::string& label = truth.label;
  if (state == label) return true;
  if (std::any_of(truth.accept.begin(), truth.accept.end(), [&](const std::string& other) {
        return other == state || other == state + "/" + v.detail;
      })) {
    return true;
  }
  if (label == "compacting") return v.state == State::kWorking;
  if (label == "interrupted") return v.state == State::kIdle && v.detail == "interrupted";
  // Whether the person opened the list or the agent asks: both want a person.
  if (label == "menu") return v.state == State::kIdle || v.state == State::kWaiting;
  return false;
}

bool is_dangerous(const Truth& truth, const Verdict& v) {
  if (is_right(truth, v)) return false;
  const std::string& label = truth.label;
  const bool ended = v.state == State::kCrashed || v.state == State::kExited;
  const bool alive = label != "crashed" && label != "exited" && label != "not_agent";
  if (alive && ended) return true;
  if (label == "waiting" && v.state != State::kWaiting && v.state != State::kUnknown) return true;
  if (label == "not_agent") return !v.agent.empty();
  return alive && truth.agent_by_process && v.state == State::kNotAgent;
}

}  // namespace orc
