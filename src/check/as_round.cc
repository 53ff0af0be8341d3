// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/check/as_round.h"

#include <utility>

#include "tmux_orc/evidence/keys.h"

namespace orc {

PaneEvidence as_round_sees(const Classifier& classifier, PaneEvidence whole) {
  if (!whole.cursor_y || whole.height == 0) return whole;
  PaneEvidence part = lower_part(whole);
  return classifier.classify(part).needs_more ? whole : part;
}

Classified classify_as_round(const Classifier& classifier, const PaneEvidence& whole) {
  return classifier.classify(as_round_sees(classifier, whole));
}

Explanation explain_as_round(const Classifier& classifier, const PaneEvidence& whole) {
  return classifier.explain(as_round_sees(classifier, whole));
}

}  // namespace orc
