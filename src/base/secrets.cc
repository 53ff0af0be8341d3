// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/base/secrets.h"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <string_view>
#include <vector>

namespace orc {
namespace {

// Group 1 is what is blanked.
constexpr std::array<const char*, 9> kSecrets = {
    R"(\b((?:sk|pk|rk|xai|gsk|hf|glpat|dop_v1|npm|shpat|rdme|sntrys|AGE-SECRET-KEY)[-_][A-Za-z0-9_\-]{12,}))",
    R"(\b((?:ghp|gho|ghu|ghs|ghr|github_pat)_[A-Za-z0-9_]{16,}))",
    R"(\b(xox[abprs]-[A-Za-z0-9-]{10,}))",
    R"(\b(AIza[A-Za-z0-9_\-]{30,}))",
    R"(\b((?:AKIA|ASIA)[A-Z0-9]{16})\b)",
    R"(\b(eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}(?:\.[A-Za-z0-9_\-]*)?))",
    R"((?i)\b(?:authorization:\s*(?:bearer|basic)|bearer)\s+([A-Za-z0-9+/._\-]{8,}={0,2}))",
    R"((?i)(?:api[_-]?key|secret|token|passw(?:or)?d|passphrase|access[_-]?key)["']?\s*[=:]\s*["']?([^\s"'|│]{6,}))",
    R"(([A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)*\.[A-Za-z]{2,}))",
};

const std::vector<std::unique_ptr<RE2>>& patterns() {
  static const std::vector<std::unique_ptr<RE2>> list = [] {
    std::vector<std::unique_ptr<RE2>> out;
    out.reserve(std::size(kSecrets));
    for (const char* secret : kSecrets) out.push_back(std::make_unique<RE2>(secret));
    return out;
  }();
  return list;
}

// Nearly no text has a secret: one pass over all patterns says so in a tenth of their time.
bool has_none(std::string_view text) {
  static const std::unique_ptr<RE2::Set> set = [] {
    auto out = std::make_unique<RE2::Set>(RE2::Options(), RE2::UNANCHORED);
    for (const char* secret : kSecrets) out->Add(secret, nullptr);
    out->Compile();
    return out;
  }();
  RE2::Set::ErrorInfo error{};
  return !set->Match({text.data(), text.size()}, nullptr, &error) && error.kind == RE2::Set::kNoError;
}

bool is_key_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-' ||
         c == '.' || c == '+' || c == '/' || c == '=';
}

// "Do" of "Do you want to use this key?": a key's rest of so few letters alone would be a rare one.
bool begins_with_a_word(std::string_view line) {
  constexpr std::size_t kLongest = 8;
  const auto is_small = [](char c) { return c >= 'a' && c <= 'z'; };
  std::size_t end = !line.empty() && line[0] >= 'A' && line[0] <= 'Z' ? 1 : 0;
  while (end < line.size() && is_small(line[end])) ++end;
  return end > 0 && end <= kLongest && end + 1 < line.size() && line[end] == ' ' && is_small(line[end + 1]);
}

// A secret that reaches the end of a line may go on in the next: it was cut by the pane's edge.
void blank(std::string& text, std::size_t from, std::size_t to) {
  std::fill(text.begin() + static_cast<std::ptrdiff_t>(from), text.begin() + static_cast<std::ptrdiff_t>(to),
            'x');
  for (std::size_t i = to; i < text.size() && text[i] == '\n';) {
    if (begins_with_a_word(std::string_view(text).substr(i + 1))) return;
    for (++i; i < text.size() && is_key_char(text[i]); ++i) text[i] = 'x';
  }
}

}  // namespace

std::string blank_secrets(std::string text) {
  if (has_none(text)) return text;
  for (const auto& pattern : patterns()) {
    re2::StringPiece rest(text), secret;
    while (RE2::FindAndConsume(&rest, *pattern, &secret)) {
      const auto at = static_cast<std::size_t>(secret.data() - text.data());
      blank(text, at, at + secret.size());
    }
  }
  return text;
}

}  // namespace orc
