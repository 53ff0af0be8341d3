// SPDX-License-Identifier: Apache-2.0
// What a round would say of evidence with a whole screen: the rows around the cursor first, the rest only
// where those do not suffice. Who judges a single pane or a record judges so, and cannot disagree with a
// round. Pure, thread-safe.
#pragma once

#include "tmux_orc/base/evidence.h"
#include "tmux_orc/classify/classifier.h"

namespace orc {

// The evidence that decides: `whole`, or its lower part. Of a record without a cursor or a height it is
// whole.
PaneEvidence as_round_sees(const Classifier& classifier, PaneEvidence whole);

Classified classify_as_round(const Classifier& classifier, const PaneEvidence& whole);
Explanation explain_as_round(const Classifier& classifier, const PaneEvidence& whole);

}  // namespace orc
