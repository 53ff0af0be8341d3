// SPDX-License-Identifier: Apache-2.0
#include "layout.h"

#include <algorithm>

namespace orc::tui {
namespace {

// Beside the list a preview wants 60 columns at least, and the list 80 to show what an agent is at.
constexpr int kBesideWidth = 141;
constexpr int kLeastPreview = 20;  // rows of the screen from which there is room for one below
constexpr int kLeastChanges = 28;

}  // namespace

Layout layout_of(Form form, int width, int height, bool preview) {
  Layout l;
  l.bar = {0, 0, width, std::min(height, 1)};
  l.footer = {0, height - 1, width, height >= 3 ? 1 : 0};
  int top = l.bar.height, rows = std::max(height - top - l.footer.height, 0);
  if (form == Form::kFull && height >= kLeastChanges) {
    l.changes = {0, 0, width, std::min(rows / 5, 12)};
    l.changes.y = top + rows - l.changes.height;
    rows -= l.changes.height;
  }
  int list_width = width;
  if (form == Form::kFull && preview && width >= kBesideWidth) {
    l.beside = true;
    list_width = std::max(80, width * 9 / 20);
    l.preview = {list_width + 1, top, width - list_width - 1, rows};
  } else if (form == Form::kFull && preview && height >= kLeastPreview) {
    const int preview_rows = rows * 9 / 20;
    l.preview = {0, top + rows - preview_rows, width, preview_rows};
    rows -= preview_rows;
  }
  if (form != Form::kSidebar && rows > 3) {
    l.header = {0, top, list_width, 1};
    ++top;
    --rows;
  }
  l.list = {0, top, list_width, rows};
  return l;
}

}  // namespace orc::tui
