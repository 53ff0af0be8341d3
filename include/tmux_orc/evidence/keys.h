// SPDX-License-Identifier: Apache-2.0
// What follows from the list of the evidence's members: the gate, the fingerprint, and who it is. Pure.
#pragma once

#include <cstdint>

#include "tmux_orc/base/evidence.h"

namespace orc {

// The listing's share of the evidence. Every fact of PaneFacts has its member: one more does not compile.
void take_facts(const PaneRef& pane, PaneEvidence& evidence);

// `listed` holds what take_facts() gave, `stamps` those of all sources.
Gate gate_of(const PaneEvidence& listed, std::uint64_t stamps);

// Of everything that a verdict may depend on.
std::uint64_t fingerprint(const PaneEvidence& evidence);

// Of the rows around the cursor, which partial and whole captures have alike.
std::uint64_t live_print(const PaneEvidence& evidence);

// Who it is: the processes' word, then the user's, then what was seen before.
void settle_agent(PaneEvidence& evidence);

// The evidence as a round has it first: without the rows above the live region.
PaneEvidence lower_part(const PaneEvidence& whole);

}  // namespace orc
