// SPDX-License-Identifier: Apache-2.0
// The words of verdicts and of labelled screens, for people: docs/rules.md and `tmux-orc rules list` have the
// same ones (tests say so). Immutable, so free for all threads.
#pragma once

#include <span>
#include <string_view>

namespace orc {

// What a recorded screen may be labelled: the states, and kinds of them that people tell apart.
struct Label {
  std::string_view name, meaning;
};
std::span<const Label> labels();
bool is_label(std::string_view name);

// A verdict that no agent's rule gives: "builtin/<name>".
struct BuiltinVerdict {
  std::string_view name, states, meaning;  // states: one, or several by '|'
};
std::span<const BuiltinVerdict> builtin_verdicts();

}  // namespace orc
