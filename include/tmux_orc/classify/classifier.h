// SPDX-License-Identifier: Apache-2.0
// Classifier: Screen -> Verdict. Pure, no I/O; immutable after construction.
// Thread-safety: all const methods may be called from any thread at once.
//
// Evidence in this order: pane flags and processes (is the agent there at all), title, the live region of the
// screen (the prompt box and what stands next to it), and only then text above. Transcript text is no
// evidence.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tmux_orc/base/evidence.h"
#include "tmux_orc/base/model.h"
#include "tmux_orc/base/result.h"
#include "tmux_orc/classify/rules.h"

namespace orc {

struct Classified {
  Verdict verdict;
  bool needs_more = false;  // the screen was partial and the rest could change the verdict: capture it whole
  // What stands in the prompt may be typed or suggested, and how it is drawn decides: capture it with styles.
  bool needs_style = false;
  bool has_prompt = false;  // an agent's prompt is on the screen ...
  std::string input;        // ... and this stands in it, without placeholders
  // At work: another number once more than spinners and clocks moved. 0: not at work, or nothing need move.
  std::uint64_t motion = 0;
};

// Why a screen got its verdict, for people.
struct Explanation {
  struct Tried {
    std::string rule;
    State state = State::kUnknown;
    bool matched = false;
    std::vector<std::string> evidence;  // "footer: esc to interrupt", or what was missing
  };
  Verdict verdict;
  std::vector<std::string> steps;                            // evidence in order, one sentence each
  std::vector<std::pair<std::string, std::string>> regions;  // name, text
  std::vector<Tried> tried;                                  // up to and including the winner
};

struct ClassifierOptions {
  double starting_s = 60;  // an agent that shows nothing known is starting while its process is this young
  friend bool operator==(const ClassifierOptions&, const ClassifierOptions&) = default;
};

class CompiledAgent;
class Identifier;
class ScreenLines;

class Classifier {
 public:
  // kInvalid with file:line:column when a pattern does not compile.
  static Result<std::unique_ptr<Classifier>> build(std::vector<AgentRules> agents,
                                                   const ClassifierOptions& options = {});
  ~Classifier();

  Classified classify(const Screen& screen) const;
  Explanation explain(const Screen& screen) const;

  const std::vector<AgentProcess>& processes() const { return processes_; }
  const std::vector<AgentRules>& agents() const { return rules_; }
  // Whether it gives the same verdicts.
  bool judges_as(const Classifier& other) const {
    return rules_ == other.rules_ && options_ == other.options_;
  }

 private:
  Classifier(std::vector<AgentRules> agents, const ClassifierOptions& options);
  const CompiledAgent* find(const std::string& agent) const;
  struct Identified {
    const CompiledAgent* agent = nullptr;
    int score = 0;        // all patterns
    int title_score = 0;  // those of the title
  };
  // A verdict, and where what is asked stands: the text that a rule saw is read where no dialog says it
  // better.
  struct Judged : Classified {
    Judged(Classified found = {}) : Classified(std::move(found)) {}
    std::string_view sentence;
    bool undrawn = false;  // the dialog, which the agent or its title tells of, is not on the screen yet
    std::size_t dialog_end = 0;  // the line behind a dialog that has the agent's footer below it; 0: the last
    std::size_t above_panel = 0;  // the same, where a panel at the bottom is not looked at; 0: there is none
  };
  // `lines` are the screen's, split once for all.
  Identified identify(const Screen& screen, const ScreenLines& lines) const;
  const Screen& cleaned(const Screen& screen, Screen& storage) const;
  Judged judge(const Screen& screen, const ScreenLines& lines) const;
  Judged live(const Screen& screen, const ScreenLines& lines, const CompiledAgent& agent, double trust) const;
  // A dialog in the lines before `end`, far above what is pinned to the bottom of the pane.
  std::optional<Judged> above_panel(const Screen& screen, const ScreenLines& lines, std::size_t end,
                                    const CompiledAgent& agent, double trust) const;
  Judged after_life(const Screen& screen, const ScreenLines& lines, const CompiledAgent* hinted) const;
  Judged dead_pane(const Screen& screen, const ScreenLines& lines, const CompiledAgent* hinted) const;
  Judged behind_unlisted(const Screen& screen, const ScreenLines& lines) const;
  Judged apart(const Screen& screen, const ScreenLines& lines, const CompiledAgent& agent) const;
  bool titled_as_agent(const Screen& screen) const;
  Judged by_text(const Screen& screen, const ScreenLines& lines, const CompiledAgent* hinted) const;

  std::vector<AgentRules> rules_;
  const ClassifierOptions options_;
  std::vector<AgentProcess> processes_;
  std::vector<std::unique_ptr<CompiledAgent>> compiled_;
  std::unique_ptr<const Identifier> identifier_;
};

}  // namespace orc
