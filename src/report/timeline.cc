// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/report/timeline.h"

#include <algorithm>
#include <array>
#include <utility>

#include "report_parts.h"

namespace orc {
namespace {

// Fills one strip after the other: spells come by place. Holds one strip's sums (240 columns: 23 KB), however
// many agents there are.
class Weaver {
 public:
  Weaver(const Period& period, std::size_t columns, std::vector<Span> watched)
      : watched_(std::move(watched)), columns_(columns), sums_(columns) {
    timeline_.from_ms = period.from_ms;
    timeline_.to_ms = std::max(period.to_ms, period.from_ms + static_cast<std::int64_t>(columns));
  }

  void add(const Spell& s) {
    auto& strips = timeline_.strips;
    if (strips.empty() || strips.back().server != s.server || strips.back().target != s.target) {
      finish();
      strips.push_back({s.server, s.target, s.agent, {}, {}});
    }
    if (!s.agent.empty()) strips.back().agent = s.agent;
    for (const auto& [from, to] : watched_)
      add_time(s.state, std::max(from, s.from_ms), std::min(to, s.to_ms));
  }

  Timeline done() {
    finish();
    return std::move(timeline_);
  }

 private:
  using Sums = std::array<std::int64_t, kStateCount>;

  std::int64_t start_of(std::size_t column) const {
    return timeline_.from_ms + (timeline_.to_ms - timeline_.from_ms) * static_cast<std::int64_t>(column) /
                                   static_cast<std::int64_t>(columns_);
  }

  void add_time(State state, std::int64_t from, std::int64_t to) {
    from = std::max(from, timeline_.from_ms);
    to = std::min(to, timeline_.to_ms);
    if (to <= from || static_cast<int>(state) < 0 || static_cast<int>(state) >= kStateCount) return;
    timeline_.strips.back().ms[state] += to - from;
    const auto first =
        static_cast<std::size_t>((from - timeline_.from_ms) * static_cast<std::int64_t>(columns_) /
                                 (timeline_.to_ms - timeline_.from_ms));
    for (std::size_t c = first; c < columns_ && start_of(c) < to; ++c) {
      const std::int64_t part = std::min(to, start_of(c + 1)) - std::max(from, start_of(c));
      sums_[c][static_cast<std::size_t>(state)] += std::max<std::int64_t>(part, 0);
    }
  }

  void finish() {
    if (timeline_.strips.empty()) return;
    for (Sums& sums : sums_) {
      const auto most = std::max_element(sums.begin(), sums.end());
      timeline_.strips.back().columns.push_back(
          *most > 0 ? std::optional(static_cast<State>(most - sums.begin())) : std::nullopt);
      sums = {};
    }
  }

  const std::vector<Span> watched_;
  const std::size_t columns_;
  std::vector<Sums> sums_;
  Timeline timeline_;
};

}  // namespace

std::vector<Span> watched_spans(const std::vector<RunRow>& runs, const std::vector<Span>& gaps,
                                const Period& p) {
  std::vector<Span> out;
  std::int64_t until = p.from_ms;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const std::int64_t from = std::max(until, runs[i].start_ms),
                       to = std::min(is_alive(runs, i, p) ? p.to_ms : runs[i].seen_ms, p.to_ms);
    if (to > from) out.emplace_back(from, to);
    until = std::max(until, to);
  }
  for (const auto& [from, to] : gaps) {
    std::vector<Span> rest;
    for (const auto& [begin, end] : out) {
      if (begin < std::min(from, end)) rest.emplace_back(begin, std::min(from, end));
      if (std::max(to, begin) < end) rest.emplace_back(std::max(to, begin), end);
    }
    out = std::move(rest);
  }
  return out;
}

Result<Timeline> read_timeline(HistoryReader& reader, const Period& p, std::size_t columns,
                               const std::optional<TimelinePlace>& only) {
  ORC_TRY(runs, reader.runs(p));
  ORC_TRY(gaps, reader.gaps(p));
  Weaver weaver(p, columns, watched_spans(*runs, *gaps, p));
  const TimelinePlace place = only.value_or(TimelinePlace{});
  ORC_DO(reader.spells(p, place.server, place.target, [&](const Spell& s) { weaver.add(s); }));
  return weaver.done();
}

}  // namespace orc
