// SPDX-License-Identifier: Apache-2.0
// One answer from a person: looked up, written down, typed, and its outcome written down. The way of the
// command line, the cockpit, the API and MCP alike. Thread-safe: no shared state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tmux_orc/act/answer_log.h"
#include "tmux_orc/act/pane_hand.h"
#include "tmux_orc/base/clock.h"

namespace orc {

struct AnswerRequest {
  PaneId pane = 0;
  std::string by;                    // cli, cockpit, api, mcp
  std::optional<std::uint64_t> ask;  // the dialog that the person saw; none: the one that stands there
  std::string choice;                // of its options; see chosen_option()
  std::optional<std::string> text;   // instead: into an idle agent's empty prompt
};

struct AnswerResult {
  PaneHand::Outcome outcome = PaneHand::Outcome::kNotNow;
  PaneHand::Question question;  // what was asked
  std::string chosen;           // "1. Yes", or the text
  std::string why;              // unless kDelivered
};

// {"pane", "server", "agent", "state", "detail", "answerable", "why", "takes_text", "asks"}; `asks` as the
// snapshot has it, or null.
nlohmann::ordered_json to_json(const PaneHand::Question& question);
// The same with "outcome", "chosen" and its "why".
nlohmann::ordered_json to_json(const AnswerResult& result);

// "0123456789abcdef" -> that id; kInvalid if it is none.
Result<std::uint64_t> parse_ask_id(const std::string& text);

// The words that the log and scripts know: answered, refused, moved, failed.
std::string_view to_string(PaneHand::Outcome outcome);

inline constexpr std::size_t kLongestAnswer = 16 * 1024;  // of a text

// kInvalid for a choice that names no option, or a text that is empty or too long; kCommand if there is no
// such pane; kIo if the answer cannot be written down: then nothing is typed.
Result<AnswerResult> answer(const PaneHand& hand, const AnswerLog& log, const Clock& clock,
                            const AnswerRequest& request);

}  // namespace orc
