// SPDX-License-Identifier: Apache-2.0
// The labelled screens of tests/screens, recorded from real agents. ORC_SCREENS is that folder's path.
#pragma once

#include <algorithm>
#include <filesystem>
#include <memory>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "screen_file.h"
#include "tmux_orc/classify/classifier.h"
#include "tmux_orc/evidence/keys.h"

namespace orc::test {

struct CorpusScreen {
  std::string name;  // "claude/001-waiting-trust-folder-80x24"
  std::string label;
  Screen screen;
  Truth truth;
};

inline std::ostream& operator<<(std::ostream& out, const CorpusScreen& s) { return out << s.name; }

// The built-in rules only: a developer's own folder must not change what the tests say.
inline std::shared_ptr<const Classifier> builtin_classifier() {
  static const std::shared_ptr<const Classifier> classifier = [] {
    auto rules = load_rules("");
    if (!rules) throw std::runtime_error(rules.error().message);
    auto built = Classifier::build(std::move(*rules));
    if (!built) throw std::runtime_error(built.error().message);
    return std::shared_ptr<const Classifier>(std::move(*built));
  }();
  return classifier;
}

inline const std::vector<CorpusScreen>& corpus() {
  static const std::vector<CorpusScreen> screens = [] {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(ORC_SCREENS)) {
      if (entry.path().extension() == ".json") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    std::vector<CorpusScreen> out;
    for (const auto& file : files) {
      auto content = cli::read_input(file.string());
      if (!content) throw std::runtime_error(content.error().message);
      auto saved = cli::parse_screen(*content, builtin_classifier()->processes());
      if (!saved) throw std::runtime_error(saved.error().message);
      out.push_back({file.parent_path().filename().string() + "/" + file.stem().string(), saved->truth.label,
                     std::move(saved->screen), std::move(saved->truth)});
    }
    return out;
  }();
  return screens;
}

inline std::string describe(const Verdict& v) {
  return (v.agent.empty() ? "-" : v.agent) + " " + std::string(to_string(v.state)) + "/" + v.detail + " by " +
         v.rule;
}

// Row of the first line a partial capture asks for.
inline int partial_first_row(const Screen& s) { return first_live_row(s.cursor_y.value_or(0), s.height); }

}  // namespace orc::test
