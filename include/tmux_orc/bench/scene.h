// SPDX-License-Identifier: Apache-2.0
// Scenes: recorded agent screens that the demo's and the benchmark's panes replay. Built in from config/demo.
// Format of a .scene file: "agent:", "state:", "size: COLS ROWS" and "alternate: 0|1" lines, then frames,
// each begun by "=== CURSOR_X CURSOR_Y CURSOR_VISIBLE TITLE". Pure; thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tmux_orc/base/result.h"

namespace orc {

struct EmbeddedFile;

struct Frame {
  int cursor_x = 0, cursor_y = 0;
  bool cursor_visible = true;
  std::string title;
  std::vector<std::string> lines;
};

struct Scene {
  std::string agent, state;
  int cols = 0, rows = 0;
  bool alternate = false;
  std::vector<Frame> frames;
};

Result<Scene> parse_scene(std::string_view text);

// The scene of that agent and state that fits best into cols x rows; kUnavailable if there is none.
Result<Scene> find_scene(const std::string& agent, const std::string& state, int cols, int rows);

// Agents and states there are scenes for, in a fixed order.
std::vector<std::string> scene_agents();
std::vector<std::string> scene_states(const std::string& agent);

}  // namespace orc
