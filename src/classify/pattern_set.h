// SPDX-License-Identifier: Apache-2.0
// Patterns that are compiled when they are first used: of two dozen agents a run meets two or three, and
// compiling the patterns of all took 0.3 s, which every command without a monitor paid. Thread-safe once
// built.
#pragma once

#include <re2/re2.h>
#include <re2/set.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tmux_orc/base/result.h"

namespace orc {

RE2::Options regex_options();
inline re2::StringPiece piece(std::string_view s) { return {s.data(), s.size()}; }

class LazyRegex {
 public:
  // kInvalid, in RE2's words, when it cannot be read.
  static Result<std::unique_ptr<LazyRegex>> parse(std::string regex);
  const RE2& get() const;
  bool found_in(std::string_view text) const { return RE2::PartialMatch(piece(text), get()); }

 private:
  explicit LazyRegex(std::string regex) : regex_(std::move(regex)) {}

  const std::string regex_;
  mutable std::once_flag once_;
  mutable std::optional<RE2> re_;
};

// Regexes that are looked for in one pass over a text.
class PatternSet {
 public:
  PatternSet();
  // Its number, from 0 on; kInvalid as for LazyRegex.
  Result<int> add(const std::string& regex);
  const LazyRegex& at(int number) const { return *single_[static_cast<std::size_t>(number)]; }
  // The numbers of those that match, in no order.
  void match(std::string_view text, std::vector<int>& found) const;

 private:
  const std::unique_ptr<RE2::Set> set_;
  mutable std::once_flag once_;
  mutable bool usable_ = false;
  std::vector<std::unique_ptr<LazyRegex>> single_;
};

}  // namespace orc
