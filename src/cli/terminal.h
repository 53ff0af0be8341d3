// What people see: colour only on a terminal (and not with NO_COLOR), tables that fit, progress on stderr.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tmux_orc/base/model.h"

namespace orc::cli {

bool use_color(int fd);
std::string paint_state(State state, std::string_view text, bool color);

// Columns padded to their widest cell; `right` marks right-aligned ones.
std::string table(const std::vector<std::vector<std::string>>& rows, const std::vector<bool>& right = {});

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
