// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/cache/verdict_cache.h"

#include <cstdint>
#include <utility>

namespace orc {
namespace {

// A status entry is checked against the text's fingerprint, so it may live longer than a content entry: a
// forced refresh of an unchanged screen then costs a capture but no classification.
constexpr double kStatusLife = 4;

}  // namespace

VerdictCache::VerdictCache(CacheSettings s)
    : enabled_(s.enabled),
      content_(s.strategy, s.max_size, from_seconds(s.default_ttl_s)),
      status_(s.strategy, s.max_size, from_seconds(s.default_ttl_s * kStatusLife)) {}

std::optional<Verdict> VerdictCache::unchanged(const PaneKey& pane, const Gate& gate,
                                               Steady::time_point now) {
  if (!enabled_) return std::nullopt;
  const auto same = [&](const Content& c) { return gate.activity_s < c.listed_s && c.gate == gate; };
  auto content = content_.get_if(pane, now, same);
  if (!content) return std::nullopt;
  return std::move(content->verdict);
}

std::optional<Verdict> VerdictCache::same_text(const PaneKey& pane, std::uint64_t fingerprint,
                                               Steady::time_point now) {
  if (!enabled_) return std::nullopt;
  auto status = status_.get_if(pane, now, [&](const Status& s) { return s.fingerprint == fingerprint; });
  if (!status) return std::nullopt;
  return std::move(status->verdict);
}

void VerdictCache::remember(const PaneKey& pane, const Gate& gate, std::int64_t listed_s,
                            std::uint64_t fingerprint, const Verdict& verdict, Steady::time_point now) {
  if (!enabled_) return;
  content_.put(pane, {gate, listed_s, verdict}, now);
  status_.put(pane, {fingerprint, verdict}, now);
}

void VerdictCache::forget(const PaneKey& pane) {
  content_.erase(pane);
  status_.erase(pane);
}

void VerdictCache::clear() {
  content_.clear();
  status_.clear();
}

CacheFigures VerdictCache::figures() const { return {content_.figures(), status_.figures()}; }

}  // namespace orc
