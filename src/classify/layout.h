// SPDX-License-Identifier: Apache-2.0
// Layout: finds the prompt box on a screen and cuts the screen into the regions that rules look at.
// Pure; views point into the text given. One Layout is used by one thread.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tmux_orc/base/model.h"
#include "tmux_orc/classify/rules.h"

namespace orc {

// How far regions reach. Small on purpose: what stands further up is transcript. Together they fit into
// kLiveRows rows above the cursor, so that a partial capture gives the same verdict as a whole one.
inline constexpr std::size_t kAboveLines = 15;     // above the box, within the current turn
inline constexpr std::size_t kWholeBoxLines = 20;  // the same, where it would begin within a box
inline constexpr std::size_t kStatusLines = 10;    // the last paragraph above the box
inline constexpr std::size_t kBottomLines = 18;    // the end of a screen without a box
inline constexpr std::size_t kLastLines = 4;

// A line without its frame ("│ text │" gives "text") and the column in which the rest begins.
struct Inner {
  std::string_view text;
  int column = 0;
};
Inner inside_frame(std::string_view line);
// Without the blanks at its start, which `column` counts.
std::string_view skip_blanks(std::string_view text, int& column);

bool is_rule_line(std::string_view line);
// A horizontal rule or a frame's edge, in a frame or not.
bool is_frame_line(std::string_view line);

// Lines of a screen, right-trimmed, without the blank ones at the end. What is asked of a line again and
// again (twenty agents look for their prompts, a dialog for its options) is found out once: a third of a
// verdict's time.
class ScreenLines {
 public:
  explicit ScreenLines(std::string_view text);
  std::size_t size() const { return lines_.size(); }
  std::string_view operator[](std::size_t i) const { return lines_[i]; }
  // Lines [from, to) as one piece of the original text.
  std::string_view span(std::size_t from, std::size_t to) const;

  bool is_rule(std::size_t i) const;        // is_rule_line
  bool is_frame(std::size_t i) const;       // is_frame_line
  const Inner& inner(std::size_t i) const;  // inside_frame

 private:
  enum class Known : signed char { kNot, kNo, kYes };
  struct Facts {
    Inner inner{{}, -1};
    Known rule = Known::kNot, frame = Known::kNot;
  };
  std::vector<std::string_view> lines_;
  mutable std::vector<Facts> facts_;  // filled where asked for
};

struct Layout {
  Layout() = default;
  Layout(const Layout&) = delete;
  Layout& operator=(const Layout&) = delete;
  bool has_box = false;
  bool any = false;                                   // a prompt of no known kind: BoxKind::kAny
  std::size_t box_first = 0, box_last = 0;            // first and last line of the box, borders included
  std::size_t input_first = 0;                        // first line with input text
  int input_column = 0;                               // column after the glyph
  bool many_rows = false;                             // between its borders are several rows, blank or not
  std::string input;                                  // what is typed, without glyph and borders
  std::array<std::string_view, kRegionCount> region;  // kInput is a view of `input`
  bool box_holds(int row) const {
    return row >= static_cast<int>(box_first) && row <= static_cast<int>(box_last);
  }
  void reset() {
    has_box = any = cut_off = many_rows = by_style = false;
    box_first = box_last = input_first = 0;
    input_column = 0;
    input.clear();
    region.fill({});
    over_queue = {};
  }
  // Above messages that stand between this and the prompt with no answer: what was queued while a turn runs.
  std::string_view over_queue;
  bool by_style =
      false;  // what stands in the box was taken for a suggestion, and how it is drawn is not known
  bool cut_off = false;  // a region reached the first line given: with more text above it could differ
};

// Region::kLast, which is the same whatever box the agent has; so are title and screen.
std::string_view last_lines(const ScreenLines& lines);
constexpr bool is_same_for_all(Region region) {
  return region == Region::kTitle || region == Region::kScreen || region == Region::kLast;
}

// In a tall pane a list may be pinned to its bottom (Claude's tasks), with the dialog far above it, below the
// transcript. Gives the line behind what stands above the gap; 0 where there is no gap, or no list below it.
std::size_t panel_gap(const ScreenLines& lines);

// The last word begins as a file, a command or a name does that a list below completes: "look at @src".
bool ends_in_name_sign(std::string_view text);

// `first_row` > 0 says that lines above exist but were not captured.
// Fills `out`, which must stay where it is: region[kInput] points into it.
void find_layout(const ScreenLines& lines, const PromptSpec& prompt, std::string_view title, int first_row,
                 std::optional<int> cursor_row, Layout& out);

}  // namespace orc
