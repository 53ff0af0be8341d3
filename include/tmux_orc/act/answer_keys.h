// SPDX-License-Identifier: Apache-2.0
// Which keys give an option of a dialog, and which option a person means. Pure; thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tmux_orc/base/model.h"
#include "tmux_orc/base/result.h"
#include "tmux_orc/classify/rules.h"

namespace orc {

// How a dialog is answered, as its rule says: `answer` and `words`.
struct Answering {
  std::vector<AnswerBy> by;
  std::vector<std::string> words;
};

// How the dialog that gave this verdict is answered; empty if its rule does not say, or no rule gave it.
Answering answers_of(const std::vector<AgentRules>& agents, const Verdict& verdict);

// How this option is chosen, by the first of `ways.by` that fits it; kInvalid says why none does.
Result<AnswerBy> way_to(const Ask& ask, std::size_t option, const Answering& ways);

// The option that is meant by its key ("2", "y"), by its place where options have no keys, or by the
// beginning of its text. kInvalid if none is, or several are.
Result<std::size_t> chosen_option(const Ask& ask, const std::string& choice);

// "1. Yes", or the text alone where it has no key.
std::string describe(const AskOption& option);

// A tmux format that is "1" as long as the dialog's rows stand where `screen` (of `rows` rows) shows them;
// empty if none of them can be told. Of the screen only letters, digits and signs
// beyond ASCII come into it, nothing that means anything to tmux.
std::string standing_rows(const Ask& ask, const std::string& screen);

}  // namespace orc
