// SPDX-License-Identifier: Apache-2.0
// AskRows: a dialog's lines without frames, and the sentences that a pane's edge wrapped, whole again. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "layout.h"

namespace orc {

// One line inside the dialog. `text` is empty for a blank one and for an edge.
struct AskRow {
  std::size_t line = 0;
  std::string_view text;
  int column = 0;       // where the text begins
  int right = 0;        // where its room ends
  bool quoted = false;  // inside a frame in the frame, or between dashed lines: a command, a diff
  bool edge = false;    // a frame's or a rule
};

// Lines [first, end). `width` is the pane's, 0 if not known.
std::vector<AskRow> ask_rows(const ScreenLines& lines, std::size_t first, std::size_t end, int width);

// Whether `next` goes on with what `row` says: its first word had no room there.
bool is_wrapped(const AskRow& row, const AskRow& next);

// What reads as one line where there is room for it.
struct AskLine {
  std::string text;
  std::size_t first = 0, last = 0;  // rows
  int column = 0;
  bool quoted = false;
  bool starts_paragraph = false;
};
std::vector<AskLine> ask_lines(const std::vector<AskRow>& rows, std::size_t first, std::size_t end);

// "Field 1/2", "Question 1/1 (1 unanswered)": how far one is, no part of what stands below.
bool is_counter(std::string_view text);

// "△ Permission required" without its mark; letters of any script stay.
std::string_view without_mark(std::string_view text);

}  // namespace orc
