// SPDX-License-Identifier: Apache-2.0
// SessionLog: what a session's log on disk says of usage and of the last turn, line by line: Claude Code's
// transcript, Codex' rollout, the sessions of pi, Gemini CLI and Qwen Code. Only named fields are read; what
// was said in the session is never kept. Not thread-safe; no I/O.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "tmux_orc/base/about.h"
#include "tmux_orc/base/own_word.h"

namespace orc {

struct Spent {
  std::uint64_t tokens_in = 0, tokens_out = 0;
  double cost_usd = 0;
  friend bool operator==(const Spent&, const Spent&) = default;
};

// The hour (since 1970) and the model.
using SpentHours = std::map<std::pair<std::int64_t, std::string>, Spent>;

class SessionLog {
 public:
  virtual ~SessionLog() = default;
  // A whole line, without its end. Anything may stand in it.
  virtual void take_line(std::string_view line) = 0;

  // Sums are of all lines; without `complete`, which says that they began with the first one, they are left
  // out.
  Usage usage(bool complete) const;
  const std::string& model() const { return model_; }
  // The last eight days.
  const SpentHours& hours() const { return hours_; }
  // How the last turn stands: busy, or how it ended (base/turn_word.h). Never waiting: that is not written.
  const OwnWord& turn() const { return turn_; }
  const std::string& cwd() const { return cwd_; }

 protected:
  // Adds to the sums; `less`, no more than `spent`, was counted of the same before.
  // `model` where it is another than the session's own.
  void count(std::int64_t at_ms, const Spent& spent, const Spent& less = {}, std::string_view model = {});
  // Only what is more than was counted of the message: its lines repeat its sums, and others' lines may stand
  // between them.
  void count_message(const std::string& id, std::int64_t at_ms, const Spent& spent);
  // "": nothing is known of it.
  void set_turn(std::string_view word, std::int64_t at_ms);

  std::string model_, cwd_;
  OwnWord turn_;
  Usage now_;  // what is no sum: context and quotas
  bool has_cost_ = false;

 private:
  Spent sum_;
  bool counted_ = false;
  SpentHours hours_;
  std::deque<std::pair<std::string, Spent>> recent_;
};

// Null for an agent whose log is not known.
std::unique_ptr<SessionLog> make_session_log(std::string_view agent);

}  // namespace orc
