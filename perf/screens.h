// SPDX-License-Identifier: Apache-2.0
// Recorded screens as the benchmarks' input.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "screen_file.h"
#include "tmux_orc/classify/classifier.h"

namespace orc::perf {

inline std::unique_ptr<Classifier> classifier() { return std::move(*Classifier::build(*load_rules(""))); }

// The screens of one agent and size, in the order of their names.
inline std::vector<Screen> screens(const Classifier& c, const std::string& agent, const std::string& size) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(ORC_SCREENS) + "/" + agent)) {
    if (entry.path().stem().string().ends_with(size)) files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  std::vector<Screen> out;
  for (const auto& file : files)
    out.push_back(cli::parse_screen(*cli::read_input(file), c.processes())->screen);
  return out;
}

}  // namespace orc::perf
