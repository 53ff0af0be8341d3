// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "entries.h"
#include "require.h"
#include "tmux_orc/discover/discover.h"

namespace orc::fuzz {

void read_listing(std::string_view data) {
  for (const bool with_names : {true, false}) {
    const ParsedListing parsed = parse_listing(data, std::string(kNonce), with_names);
    ORC_REQUIRE(parsed.complete || parsed.panes.empty());
    ORC_REQUIRE(parsed.end <= data.size());
    std::set<PaneId> seen;
    for (const PaneRef& pane : parsed.panes) {
      ORC_REQUIRE(seen.insert(pane.key.pane).second);
      ORC_REQUIRE(pane.facts.title.find(kNonce) == std::string::npos);
    }
    ORC_REQUIRE(parsed.panes.size() * 3 * kNonce.size() <= data.size());
  }
}

}  // namespace orc::fuzz
