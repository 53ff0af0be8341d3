// SPDX-License-Identifier: Apache-2.0
// The columns of an agent's row: one table, in which each column is one entry. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "grid.h"
#include "view_model.h"

namespace orc::tui {

// How things are drawn on this terminal.
struct Look {
  bool ascii = false;
  bool color = true;
  Style state(State state) const;
  std::string_view sign(State state) const;
  const char* either(const char* unicode, const char* plain) const { return ascii ? plain : unicode; }
};

struct RowContext {
  const ViewModel& model;
  const Look& look;
};

struct Column {
  const char* name;
  int least, most;  // width; what is left over goes to the columns in their order, up to `most`
  int drop;         // the highest goes first where the room is short; 0 stays
  bool right;
  Line (*cell)(const AgentStatus& agent, const RowContext& context);
  // Whether it says anything in this view at all; null: always.
  bool (*wanted)(const ViewModel& model) = nullptr;
  int from = 0;  // a list narrower than this has no room for it
};

struct PlacedColumn {
  const Column* column;
  int x, width;
};

// The columns that fit into `width`, with one blank between two.
std::vector<PlacedColumn> place_columns(const ViewModel& model, int width);

// "working/tool", "rate_limited →15:00": when the limit ends.
std::string state_words(const AgentStatus& agent, std::int64_t now_ms);

}  // namespace orc::tui
