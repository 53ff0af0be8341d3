// SPDX-License-Identifier: Apache-2.0
// AnswerForm: what an agent asks, over the rest of the cockpit, and the key that answers it; or, of an agent
// that asks nothing, a line for its prompt. Pure. For one thread.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "grid.h"
#include "keys.h"
#include "tmux_orc/base/model.h"
#include "tmux_orc/base/result.h"

namespace orc::tui {

// What a person answered.
struct Given {
  std::uint64_t ask = 0;  // the dialog that was shown; 0: a text
  std::string words;      // the option's key or text, or the text
  friend bool operator==(const Given&, const Given&) = default;
};

class AnswerForm {
 public:
  // Of what `tmux-orc answer PANE --json` printed. kInvalid says why there is nothing to answer.
  static Result<AnswerForm> of(const PaneRef& pane, const nlohmann::ordered_json& question,
                               std::int64_t now_ms);

  enum class Outcome : std::uint8_t { kStays, kLeft, kGiven };
  Outcome press(const Key& key);
  Given given() const;  // after kGiven

  // Why a later look at the same agent makes this form void; "" if it does not.
  std::string void_since(const AgentStatus& agent, std::int64_t seen_at_ms) const;

  const PaneRef& pane() const { return pane_; }
  std::string title() const;
  // At most `height` lines of `width` columns; of what it is about the end is left out first.
  std::vector<Line> lines(int width, int height, bool ascii) const;

 private:
  AnswerForm() = default;
  bool is_text() const { return ask_.id == 0; }
  void press_text(const Key& key);
  std::vector<Line> options(bool ascii) const;

  PaneRef pane_;
  std::string agent_;
  Ask ask_;  // id 0: a text is wanted
  std::int64_t at_ms_ = 0;
  std::size_t pointer_ = 0;
  std::string text_;
};

}  // namespace orc::tui
