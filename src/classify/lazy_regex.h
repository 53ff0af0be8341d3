// SPDX-License-Identifier: Apache-2.0
// Patterns that are compiled when a text first asks for them: the built-in agents have 1000, of which a
// command or a watcher of a few agents needs few, and compiling all of them costs 0.3 s. Thread-safe once
// filled.
#pragma once

#include <re2/re2.h>
#include <re2/set.h>

#include <initializer_list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tmux_orc/base/result.h"

namespace orc {

RE2::Options regex_options();
// "(?:a|b)" between what comes before and after it: a pattern of many alternatives, a line or two each.
std::string one_of(std::string_view before, std::initializer_list<std::string_view> alternatives,
                   std::string_view after = {});

class LazyRegex {
 public:
  explicit LazyRegex(std::string pattern) : pattern_(std::move(pattern)) {}
  const RE2& get() const;

 private:
  const std::string pattern_;
  mutable std::once_flag once_;
  mutable std::unique_ptr<RE2> compiled_;
};

// Many patterns in one pass over the text.
class LazySet {
 public:
  // The pattern's number, from 0. kInvalid with RE2's words where it can't be read.
  Result<int> add(const std::string& pattern);
  bool empty() const { return members_.empty(); }
  // One of them by itself; lives as long as the set.
  const LazyRegex& member(int number) const { return *members_[static_cast<std::size_t>(number)]; }
  // Replaces `found` by the numbers of those that match somewhere in the text, in no order.
  void match(std::string_view text, std::vector<int>& found) const;
  // Compiles the set and each member now; kInvalid if that takes too much memory.
  Result<void> compile() const;

 private:
  const RE2::Set* compiled() const;  // null if it took too much memory: one by one then

  std::vector<std::unique_ptr<LazyRegex>> members_;
  mutable std::unique_ptr<RE2::Set> set_;
  mutable std::once_flag once_;
};

}  // namespace orc
