// SPDX-License-Identifier: Apache-2.0
// The documents in a YAML text, read without YAML::LoadAll: of a text like ", a" that one (yaml-cpp 0.7)
// makes empty documents until memory ends, since it takes nothing away from the text. Pure, thread-safe.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>

namespace orc {

struct Documents {
  YAML::Node first;  // null if there is none
  // Where a second one that says something begins, or null_mark().
  YAML::Mark second = YAML::Mark::null_mark();
  // Where something stands that is no YAML and that yaml-cpp does not complain about, or null_mark().
  YAML::Mark stuck = YAML::Mark::null_mark();
};

// Throws YAML::Exception for what yaml-cpp refuses.
Documents read_documents(const std::string& yaml);

}  // namespace orc
