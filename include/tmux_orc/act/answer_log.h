// SPDX-License-Identifier: Apache-2.0
// AnswerLog: who answered what, in a file of the environment that only its owner may read, a JSON object a
// line. An answer is written before its first key is pressed, and once more when its outcome is known: one
// that a kill cut short stays "pending". Beyond `most` bytes the file becomes FILE.1, the one before that is
// dropped. Thread-safe, and safe among processes.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tmux_orc/base/result.h"

namespace orc {

struct AnswerEntry {
  std::string id;  // of this entry
  std::int64_t at_ms = 0;
  std::string by;  // cli, cockpit, api, mcp
  std::string server, pane, agent;
  std::string title;   // what was asked; "" for a text into a prompt
  std::string choice;  // the option, or the text
  bool is_text = false;
  std::string outcome = "pending";  // answered, refused, moved, failed
  std::string why;
};

nlohmann::ordered_json to_json(const AnswerEntry& entry);

class AnswerLog {
 public:
  explicit AnswerLog(std::string file, std::size_t most = 1 << 20) : file_(std::move(file)), most_(most) {}

  // Texts are cut and secrets blanked on the way in.
  Result<void> add(const AnswerEntry& entry) const;
  // The newest `most` answers, oldest first, each as it ended. None yet is no error.
  Result<std::vector<AnswerEntry>> last(std::size_t most) const;

 private:
  const std::string file_;
  const std::size_t most_;
};

}  // namespace orc
