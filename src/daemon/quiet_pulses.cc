// SPDX-License-Identifier: Apache-2.0
#include "quiet_pulses.h"

#include <algorithm>
#include <utility>

namespace orc {
namespace {

void add_layer(LayerFigures& to, const LayerFigures& from) {
  to.hits += from.hits;
  to.misses += from.misses;
  to.evictions += from.evictions;
  to.expiries += from.expiries;
}

// What is counted; not what is as it is (panes, agents), nor how long the round itself took.
void add_figures(RoundFigures& to, const RoundFigures& from) {
  to.captures += from.captures;
  to.partial_retries += from.partial_retries;
  to.errors += from.errors;
  to.timeouts += from.timeouts;
  to.bytes += from.bytes;
  to.spawns += from.spawns;
  add_layer(to.cache.pane_content, from.cache.pane_content);
  add_layer(to.cache.agent_status, from.cache.agent_status);
  to.pool.opened += from.pool.opened;
  to.pool.peak = std::max(to.pool.peak, from.pool.peak);
}

// A server that is not reached is an error of each pulse; it is one of the round, too, and counted there.
std::size_t unreached(const Snapshot& s) {
  return static_cast<std::size_t>(
      std::count_if(s.servers.begin(), s.servers.end(), [](const ServerFigures& f) { return !f.reachable; }));
}

}  // namespace

void QuietPulses::add(const Snapshot& pulse) {
  any_ = true;
  add_figures(sum_, pulse.round);
  sum_.errors -= std::min(sum_.errors, unreached(pulse));
  for (const ServerFigures& f : pulse.servers) fallbacks_[f.name] += f.fallbacks;
}

std::shared_ptr<const Snapshot> QuietPulses::take(std::shared_ptr<const Snapshot> round) {
  if (!std::exchange(any_, false)) return round;
  auto out = std::make_shared<Snapshot>(*round);
  add_figures(out->round, std::exchange(sum_, {}));
  for (ServerFigures& f : out->servers) f.fallbacks += fallbacks_[f.name];
  fallbacks_.clear();
  return out;
}

}  // namespace orc
