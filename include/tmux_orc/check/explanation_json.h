// SPDX-License-Identifier: Apache-2.0
// An Explanation as JSON: of the API and of `explain --json`. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>

#include "tmux_orc/base/result.h"
#include "tmux_orc/classify/classifier.h"
#include "tmux_orc/evidence/observer.h"

namespace orc {

nlohmann::ordered_json to_json(const Explanation& explanation);
Result<Explanation> explanation_from_json(const nlohmann::ordered_json& j);

// What a round would say of a pane that was looked at, and why: GET /api/v1/explain without what was told.
// `with_record`: the evidence, too, as a record has it.
nlohmann::ordered_json explain_look(const Classifier& classifier, const Observer::Look& look,
                                    std::int64_t at_ms, bool with_record);

}  // namespace orc
