// SPDX-License-Identifier: Apache-2.0
#include "lazy_regex.h"

#include <fmt/format.h>

#include <algorithm>

namespace orc {
namespace {

constexpr int kMaxMemory =
    32 << 20;  // DFA states of a set; RE2's 8 MB are flushed again and again on Braille

}  // namespace

RE2::Options regex_options() {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxMemory);
  return options;
}

std::string one_of(std::string_view before, std::initializer_list<std::string_view> alternatives,
                   std::string_view after) {
  return fmt::format("{}(?:{}){}", before, fmt::join(alternatives, "|"), after);
}

const RE2& LazyRegex::get() const {
  std::call_once(once_, [this] { compiled_ = std::make_unique<RE2>(pattern_, regex_options()); });
  return *compiled_;
}

Result<int> LazySet::add(const std::string& pattern) {
  if (!set_) set_ = std::make_unique<RE2::Set>(regex_options(), RE2::UNANCHORED);
  std::string error;
  if (set_->Add(pattern, &error) < 0) return fail(ErrorKind::kInvalid, error);
  members_.push_back(std::make_unique<LazyRegex>(pattern));
  return static_cast<int>(members_.size()) - 1;
}

const RE2::Set* LazySet::compiled() const {
  std::call_once(once_, [this] {
    if (set_ && !set_->Compile()) set_.reset();
  });
  return set_.get();
}

Result<void> LazySet::compile() const {
  const bool each =
      std::all_of(members_.begin(), members_.end(), [](const auto& m) { return m->get().ok(); });
  if (empty() || (each && compiled() != nullptr)) return {};
  return fail(ErrorKind::kInvalid, "the patterns need too much memory");
}

void LazySet::match(std::string_view text, std::vector<int>& found) const {
  found.clear();
  if (empty()) return;
  const re2::StringPiece piece(text.data(), text.size());
  RE2::Set::ErrorInfo error{RE2::Set::kOutOfMemory};
  if (const RE2::Set* set = compiled(); set != nullptr && set->Match(piece, &found, &error)) return;
  if (error.kind != RE2::Set::kOutOfMemory) return;
  found.clear();
  for (std::size_t i = 0; i < members_.size(); ++i) {  // the slow way gives the same answer
    if (RE2::PartialMatch(piece, members_[i]->get())) found.push_back(static_cast<int>(i));
  }
}

}  // namespace orc
