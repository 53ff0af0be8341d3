// SPDX-License-Identifier: Apache-2.0
// Records: evidence as JSON, in the form of the recorded screens. Written and read from the one list of
// members, so that a record holds whatever a verdict may depend on. Pure, thread-safe.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tmux_orc/base/evidence.h"

namespace orc {

nlohmann::ordered_json to_record(const PaneEvidence& evidence);

// Any field may be missing or of a wrong type: then it is not known. Numbers may be given as numbers, as text
// ("0") or as true and false. `agents` says which of the recorded processes are agents. A scrollback in the
// record is for people: no round has one.
PaneEvidence from_record(const nlohmann::json& record, const std::vector<AgentProcess>& agents);

// Blanks what must not leave the machine, in texts of any depth; see base/secrets.h.
void blank_record(nlohmann::ordered_json& record);

// The field's text, "" if there is none.
std::string text_field(const nlohmann::json& record, const char* key);

}  // namespace orc
