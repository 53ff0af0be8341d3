// SPDX-License-Identifier: Apache-2.0
// A timeline: what each agent did over a period, as a strip of equal columns of time. Pure but for the
// reader, which it reads once. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tmux_orc/base/model.h"
#include "tmux_orc/base/result.h"
#include "tmux_orc/history/history_reader.h"

namespace orc {

// What happened at one place ("main:1.0" of a server); of several agents one after the other there, `agent`
// is the last.
struct Strip {
  std::string server, target, agent;
  // The state that took most of the column; nothing where no agent was seen, or nobody looked.
  std::vector<std::optional<State>> columns;
  std::map<State, std::int64_t> ms;  // how long it was seen in each state
};

struct Timeline {
  std::int64_t from_ms = 0, to_ms = 0;
  std::vector<Strip> strips;  // by server and target
};

// `only`: of this place alone.
struct TimelinePlace {
  std::string server, target;
};
Result<Timeline> read_timeline(HistoryReader& reader, const Period& period, std::size_t columns,
                               const std::optional<TimelinePlace>& only = {});

// When a monitor looked, of the period: from, to, in order.
using Span = std::pair<std::int64_t, std::int64_t>;
std::vector<Span> watched_spans(const std::vector<RunRow>& runs, const std::vector<Span>& gaps,
                                const Period& period);

}  // namespace orc
