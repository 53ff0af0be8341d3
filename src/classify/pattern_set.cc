// SPDX-License-Identifier: Apache-2.0
#include "pattern_set.h"

namespace orc {

RE2::Options regex_options() {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(
      32 << 20);  // DFA states of a set; the default 8 MB is flushed again and again on Braille
  return options;
}

// A set reads what is added to it, and compiles nothing yet.
Result<std::unique_ptr<LazyRegex>> LazyRegex::parse(std::string regex) {
  RE2::Set reader(regex_options(), RE2::UNANCHORED);
  std::string error;
  if (reader.Add(regex, &error) < 0) return fail(ErrorKind::kInvalid, error);
  return std::unique_ptr<LazyRegex>(new LazyRegex(std::move(regex)));
}

const RE2& LazyRegex::get() const {
  std::call_once(once_, [this] { re_.emplace(regex_, regex_options()); });
  return *re_;
}

PatternSet::PatternSet() : set_(std::make_unique<RE2::Set>(regex_options(), RE2::UNANCHORED)) {}

Result<int> PatternSet::add(const std::string& regex) {
  auto single = LazyRegex::parse(regex);
  if (!single) return tl::unexpected(single.error());
  single_.push_back(std::move(*single));
  return set_->Add(regex, nullptr);
}

void PatternSet::match(std::string_view text, std::vector<int>& found) const {
  std::call_once(once_, [this] { usable_ = set_->Compile(); });
  found.clear();
  RE2::Set::ErrorInfo error{};
  if (usable_ && (set_->Match(piece(text), &found, &error) || error.kind != RE2::Set::kOutOfMemory)) return;
  found.clear();
  for (std::size_t i = 0; i < single_.size(); ++i) {  // the slow way gives the same answer
    if (single_[i]->found_in(text)) found.push_back(static_cast<int>(i));
  }
}

}  // namespace orc
