// SPDX-License-Identifier: Apache-2.0
// VerdictCache: what was seen last in each pane, in two layers. pane_content remembers the gate under which
// the screen was read; agent_status the verdict for a given text.
// Thread-safety: all methods may be called from any thread.
#pragma once

#include <cstdint>
#include <optional>

#include "tmux_orc/base/evidence.h"
#include "tmux_orc/base/model.h"
#include "tmux_orc/cache/sharded_cache.h"

namespace orc {

struct CacheSettings {
  bool enabled = true;
  double default_ttl_s = 30;
  std::size_t max_size = 1000;
  EvictionStrategy strategy = EvictionStrategy::kTtl;
  friend bool operator==(const CacheSettings&, const CacheSettings&) = default;
};

class VerdictCache {
 public:
  explicit VerdictCache(CacheSettings settings);

  // The change gate. The last verdict, if the screen provably did not change since it was given: equal gates,
  // and window_activity older than the second in which the listing that belongs to the verdict was sent
  // (output later in the same second would carry the same stamp), and an entry younger than the time to live,
  // which bounds the two changes that leave no sign (send-keys -R in the alternate screen, a resize there and
  // back).
  std::optional<Verdict> unchanged(const PaneKey& pane, const Gate& gate, Steady::time_point now);

  // The verdict for the same text and evidence as last time.
  std::optional<Verdict> same_text(const PaneKey& pane, std::uint64_t fingerprint, Steady::time_point now);

  // `listed_s`: wall clock second in which the listing that gave the gate was sent.
  void remember(const PaneKey& pane, const Gate& gate, std::int64_t listed_s, std::uint64_t fingerprint,
                const Verdict& verdict, Steady::time_point now);

  void forget(const PaneKey& pane);
  void clear();  // also when the wall clock stepped back
  CacheFigures figures() const;

 private:
  struct Content {
    Gate gate;
    std::int64_t listed_s;
    Verdict verdict;
  };
  struct Status {
    std::uint64_t fingerprint;
    Verdict verdict;
  };
  const bool enabled_;
  ShardedCache<PaneKey, Content> content_;
  ShardedCache<PaneKey, Status> status_;
};

}  // namespace orc
