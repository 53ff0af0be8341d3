// SPDX-License-Identifier: Apache-2.0
// CompiledAgent: an agent's rules with their patterns compiled into one RE2::Set a region, so that a screen
// costs one pass a region and not one a rule; those of built-in agents when a screen first asks. Thread-safe.
#pragma once

#include <re2/re2.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "layout.h"
#include "lazy_regex.h"
#include "tmux_orc/base/result.h"
#include "tmux_orc/classify/classifier.h"
#include "tmux_orc/classify/rules.h"

namespace orc {

// Which patterns matched, by pattern number; kept by the caller to be reused without allocation.
using Hits = std::vector<std::uint8_t>;

class CompiledAgent {
 public:
  static Result<std::unique_ptr<CompiledAgent>> build(const AgentRules& rules);

  const AgentRules& rules() const { return rules_; }
  // Clears `hits`, runs the sets of the rules' patterns and marks what matched.
  void match_rules(const Layout& layout, Hits& hits) const;
  // Sum of the weights of the identify patterns that look at what the agent's own layout cuts out; `own` is
  // set if one of them is not inherited. The others are Identifier's.
  int score_own_layout(const Layout& layout, bool& own) const;
  int most_by_own_layout() const { return own_layout_weight_; }
  // The first rule, in order of priority, whose conditions hold and whose priority is in [low, high); nullptr
  // if none. With a draft in the prompt, rules for idle, error and interrupted are passed over: what they
  // show is what came before the draft.
  const Rule* decide(const Hits& hits, bool draft, int low = 0, int high = 1001) const;
  bool input_is_placeholder(std::string_view input) const;
  bool is_farewell(std::string_view text) const;
  const RE2* still() const { return still_ ? &still_->get() : nullptr; }  // null if nothing
  // A shell prompt with this agent's command behind it stands in the text.
  bool has_launch_line(std::string_view text) const;
  // A command as typed at a shell starts the agent.
  bool is_launched_by(std::string_view command) const;
  // The last command on a prompt line is this agent's, told to run one task without a prompt.
  bool began_headless(const ScreenLines& lines) const;
  // A prompt line with some other command behind it.
  bool shows_other_command(const ScreenLines& lines) const;
  // The text from the line on in which the first pattern of the rule matched that looks at the screen; a view
  // of the region. Empty where the rule is not the agent's, or only a title or the input proved it.
  std::string_view evidence(const Layout& layout, std::string_view rule) const;
  // The rule looks at the title, whatever the screen shows.
  bool is_by_title(std::string_view rule) const;
  // Fills one Tried a rule up to the winner, down to priority `low`: below that a shape decided.
  void explain(const Layout& layout, const Hits& hits, bool draft, int low, Explanation& out) const;

 private:
  struct Condition {
    std::vector<int> all, any, none;
  };
  explicit CompiledAgent(const AgentRules& rules) : rules_(rules) {}
  // One set a region: a screen costs one pass a region.
  struct Sets {
    std::array<LazySet, kRegionCount> sets;
    std::array<std::vector<int>, kRegionCount> numbers;  // number in a set -> pattern number
  };
  // "claude/spinner" -> "spinner"; "" where the rule is not the agent's.
  std::string_view own_name(std::string_view rule) const;
  Result<int> add_pattern(const Pattern& pattern, const Where& where, Sets& sets);
  void run(const Sets& sets, const Layout& layout, Hits& hits) const;
  Result<void> compile() const;
  bool holds(const Condition& c, const Hits& hits) const;

  const AgentRules rules_;
  std::vector<Pattern> patterns_;         // distinct ones; the index is the pattern number
  std::vector<const LazyRegex*> single_;  // parallel to patterns_
  Sets rule_sets_, identify_sets_;
  std::vector<Condition> conditions_;  // parallel to rules_.rules
  struct Identify {
    int number = 0, weight = 0;
    bool inherited = false;
  };
  std::vector<Identify> identify_;
  int own_layout_weight_ = 0;
  std::unique_ptr<LazyRegex> placeholder_, farewell_, still_, launch_, headless_;
};

// A rule's pattern as RE2 gets it: multi-line, phrases match across wraps.
std::string as_searched(const std::string& regex);
inline re2::StringPiece piece(std::string_view s) { return {s.data(), s.size()}; }

}  // namespace orc
