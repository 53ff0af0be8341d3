// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/bench/scene.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "scene_files.h"
#include "tmux_orc/base/text.h"

namespace orc {
namespace {

Frame parse_frame_header(std::string_view line) {
  Frame frame;
  int visible = 1, used = 0;
  const std::string text(line);
  if (std::sscanf(text.c_str(), "=== %d %d %d%n", &frame.cursor_x, &frame.cursor_y, &visible, &used) == 3) {
    frame.cursor_visible = visible != 0;
    frame.title = trim(std::string_view(text).substr(static_cast<std::size_t>(used)));
  }
  return frame;
}

const std::vector<Scene>& all_scenes() {
  static const std::vector<Scene> scenes = [] {
    std::vector<Scene> out;
    for (const EmbeddedFile& file : embedded_scene_files()) {
      if (auto scene = parse_scene(file.text)) out.push_back(std::move(*scene));
    }
    return out;
  }();
  return scenes;
}

void add_once(std::vector<std::string>& list, const std::string& value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
}

}  // namespace

Result<Scene> parse_scene(std::string_view text) {
  Scene scene;
  for (const std::string_view line : split_lines(text)) {
    const auto value = [&](std::string_view key) { return std::string(trim(line.substr(key.size()))); };
    if (line.starts_with("=== ")) {
      scene.frames.push_back(parse_frame_header(line));
    } else if (!scene.frames.empty()) {
      scene.frames.back().lines.emplace_back(line);
    } else if (line.starts_with("agent:")) {
      scene.agent = value("agent:");
    } else if (line.starts_with("state:")) {
      scene.state = value("state:");
    } else if (line.starts_with("size:")) {
      std::sscanf(value("size:").c_str(), "%d %d", &scene.cols, &scene.rows);
    } else if (line.starts_with("alternate:")) {
      scene.alternate = value("alternate:") == "1";
    }
  }
  if (scene.agent.empty() || scene.state.empty() || scene.cols <= 0 || scene.rows <= 0 ||
      scene.frames.empty()) {
    return fail(ErrorKind::kInvalid, "a scene needs agent, state, size and a frame");
  }
  return scene;
}

Result<Scene> find_scene(const std::string& agent, const std::string& state, int cols, int rows) {
  const Scene* best = nullptr;
  // The largest that fits; if none does, the smallest.
  const auto rank = [&](const Scene& s) { return s.cols <= cols && s.rows <= rows ? s.cols : -s.cols; };
  for (const Scene& scene : all_scenes()) {
    if (scene.agent != agent || scene.state != state) continue;
    if (best == nullptr || rank(scene) > rank(*best)) best = &scene;
  }
  if (best == nullptr) {
    return fail(ErrorKind::kUnavailable, fmt::format("no scene for agent '{}' in state '{}'", agent, state));
  }
  return *best;
}

std::vector<std::string> scene_agents() {
  std::vector<std::string> out;
  for (const Scene& scene : all_scenes()) add_once(out, scene.agent);
  return out;
}

std::vector<std::string> scene_states(const std::string& agent) {
  std::vector<std::string> out;
  for (const Scene& scene : all_scenes()) {
    if (scene.agent == agent) add_once(out, scene.state);
  }
  return out;
}

}  // namespace orc
