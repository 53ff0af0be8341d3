// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/aggregate/stillness.h"

#include <algorithm>
#include <utility>

namespace orc {
namespace {

// Half-painted screens of one still screen are few; older ones go.
constexpr std::size_t kMostKnown = 16;

}  // namespace

void Stillness::look(std::uint64_t motion, Steady::time_point now) {
  if (known_.empty()) {
    if (motion == 0) return;
    known_ = {motion};
    moved_ = now;
    return;
  }
  if (motion == 0) motion = fresh_.empty() ? known_.back() : fresh_.back();
  if (const auto found = std::find(known_.begin(), known_.end(), motion); found != known_.end()) {
    known_.erase(found);
    settle();
    known_.push_back(motion);  // the one that is there now stays longest
    return;
  }
  if (fresh_.empty()) fresh_since_ = now;
  fresh_.push_back(motion);
  if (fresh_.size() < kConvincing) return;
  moved_ = fresh_since_;
  settle();
}

void Stillness::settle() {
  for (const std::uint64_t f : fresh_) {
    if (std::find(known_.begin(), known_.end(), f) == known_.end()) known_.push_back(f);
  }
  fresh_.clear();
  if (known_.size() > kMostKnown)
    known_.erase(known_.begin(), known_.end() - static_cast<std::ptrdiff_t>(kMostKnown));
}

double Stillness::still_s(Steady::time_point now) const {
  return known_.empty() ? 0 : seconds_between(moved_, now);
}

void Stillness::restore(Memory memory, Steady::time_point now) {
  known_ = std::move(memory.known);
  if (known_.size() > kMostKnown) known_.resize(kMostKnown);
  moved_ = now - from_seconds(std::clamp(memory.still_s, 0.0, 1e6));
}

}  // namespace orc
