// A Snapshot for people and for scripts.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "tmux_orc/base/model.h"

namespace orc::cli {

nlohmann::ordered_json to_json(const Snapshot& snapshot);
nlohmann::ordered_json to_json(const Transition& transition);

// One JSON document or line; text that is not UTF-8 is replaced, never thrown at.
std::string dump(const nlohmann::ordered_json& j, int indent = -1);

std::string agents_table(const Snapshot& snapshot, bool color);
std::string transition_line(const Transition& transition, bool color);
std::string servers_text(const Snapshot& snapshot);

}  // namespace orc::cli
