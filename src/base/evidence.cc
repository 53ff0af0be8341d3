// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/base/evidence.h"

#include <algorithm>

namespace orc {

int first_live_row(int cursor_y, int height) {
  return std::max(0, std::min(cursor_y, height - 1) - kLiveRows);
}

std::string_view rows_from(std::string_view text, int first_row, int from) {
  for (int row = first_row; row < from && !text.empty(); ++row) {
    const std::size_t end = text.find('\n');
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return text;
}

}  // namespace orc
