// SPDX-License-Identifier: Apache-2.0
// A verdict's rule whose screen the agent's own word confirmed: "claude/approve+own:waiting". Pure,
// thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace orc {

inline constexpr std::string_view kConfirmedBy = "+own:";

inline void confirm_rule(std::string& rule, std::string_view word) { rule.append(kConfirmedBy).append(word); }
inline bool is_confirmed(std::string_view rule) { return rule.find(kConfirmedBy) != std::string_view::npos; }
// What the screen's rule is called.
inline std::string_view rule_seen(std::string_view rule) { return rule.substr(0, rule.find(kConfirmedBy)); }

}  // namespace orc
