// SPDX-License-Identifier: Apache-2.0
// What people see: colour only on a terminal (and not with NO_COLOR), tables that fit it, ASCII where the
// locale is not UTF-8, progress on stderr.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tmux_orc/base/model.h"

namespace orc::cli {

bool use_color(int fd);
std::string paint_state(State state, std::string_view text, bool color);

// Columns padded to their widest cell; `right` marks right-aligned ones. On a terminal no line is wider than
// it: the widest columns are cut, but never `whole`, which says what matters of a row.
std::string table(const std::vector<std::vector<std::string>>& rows, const std::vector<bool>& right = {},
                  std::size_t whole = 0);
// The same for a given width; 0: any.
std::string table_for(int width, const std::vector<std::vector<std::string>>& rows,
                      const std::vector<bool>& right = {}, std::size_t whole = 0);

// Lines that are wider are broken at blanks, what follows two columns in; 0: any width. A word is never cut.
std::string wrapped(const std::string& text, int width);

// Columns of the terminal that standard output is, or standard error; 0 if it is none.
int terminal_columns();
int stderr_columns();

// Lines for people on standard error, wrapped where that is a terminal; complain() says first who speaks.
void to_stderr(const std::string& text);
void complain(const std::string& text);

// Our own signs (the ellipsis, at least, bars) in ASCII where the locale is not UTF-8.
std::string for_locale(std::string text);

// A line on stderr that is redrawn; nothing when stderr is no terminal.
class Progress {
 public:
  explicit Progress(bool enabled);
  ~Progress();
  void show(const std::string& text);

 private:
  const bool enabled_;
  bool shown_ = false;
};

}  // namespace orc::cli
