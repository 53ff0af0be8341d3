// SPDX-License-Identifier: Apache-2.0
#include "motion.h"

#include <absl/strings/ascii.h>
#include <re2/re2.h>

#include <algorithm>
#include <iterator>

#include "tmux_orc/base/text.h"

namespace orc {
namespace {

constexpr std::string_view kUnits[] = {"ms",   "s",     "sec",    "secs",    "second", "seconds", "m",
                                       "min",  "mins",  "minute", "minutes", "h",      "hr",      "hrs",
                                       "hour", "hours", "d",      "day",     "days"};
// Dots that come and go behind a word are at most three.
constexpr std::size_t kAnimated = 3;

// Of what is drawn nothing is written: punctuation, arrows, frames, blocks, stars, Braille, emoji, the
// private glyphs of fonts.
bool is_drawn(char32_t c) {
  return (c >= 0x80 && c < 0xC0) || (c >= 0x2000 && c < 0x2C00) || (c >= 0xE000 && c < 0xF900) ||
         (c >= 0xFE00 && c < 0xFE10) || c == 0xFFFD || c >= 0x1F000;
}

bool joins(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// The length of a time at the start of `text`: "12s", "1.5 sec", "0:23", "12:34:56"; 0 if there is none.
// Upper-case units are of other things: "1.2M".
std::size_t time_length(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789.:"), text.size());
  const std::string_view number = text.substr(0, digits);
  const bool clock = number.find(':') != std::string_view::npos &&
                     absl::ascii_isdigit(static_cast<unsigned char>(number.back()));
  if (clock && (digits == text.size() || !joins(text[digits]))) return digits;
  std::size_t unit = digits;
  if (unit < text.size() && text[unit] == ' ') ++unit;
  std::size_t end = unit;
  while (end < text.size() && absl::ascii_isalpha(static_cast<unsigned char>(text[end]))) ++end;
  const std::string_view word = text.substr(unit, end - unit);
  if (std::find(std::begin(kUnits), std::end(kUnits), word) != std::end(kUnits)) return end;
  // "1h2m3s": units and numbers take turns.
  std::size_t at = digits;
  while (at < text.size()) {
    const char c = text[at];
    if (c != 'h' && c != 'm' && c != 's' && c != 'd') break;
    ++at;
    if (at == text.size() || !joins(text[at])) return at;
    const std::size_t next = std::min(text.find_first_not_of("0123456789", at), text.size());
    if (next == at) break;
    at = next;
  }
  return 0;
}

}  // namespace

std::string moving_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool gap = false, in_word = false;
  const auto put = [&](std::string_view piece) {
    if (gap && !out.empty()) out += ' ';
    gap = false;
    out += piece;
  };
  for (std::size_t at = 0; at < text.size();) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c >= 0x80) {
      const std::size_t from = at;
      in_word = !is_drawn(utf8_next(text, at));
      if (in_word)
        put(text.substr(from, at - from));
      else
        gap = true;
      continue;
    }
    if (absl::ascii_isdigit(c) && !in_word) {
      if (const std::size_t n = time_length(text.substr(at)); n > 0) {
        at += n;
        gap = true;
        continue;
      }
    }
    if (absl::ascii_isalnum(c)) {
      std::size_t end = at + 1;
      while (end < text.size() && absl::ascii_isalnum(static_cast<unsigned char>(text[end]))) ++end;
      put(text.substr(at, end - at));
      at = end;
      in_word = true;
      continue;
    }
    const std::size_t end = std::min(text.find_first_not_of(static_cast<char>(c), at), text.size());
    gap = true;
    if (!absl::ascii_isspace(c) && end - at > kAnimated) put(text.substr(at, end - at));
    gap = true;
    // A number that belongs to a name is no time: "main.cc:12:30".
    in_word = (c == ':' || c == '/' || c == '_' || c == '.') && in_word;
    at = end;
  }
  return out;
}

std::uint64_t motion_of(const Screen& screen, const RE2* still) {
  const int cursor = screen.cursor_y.value_or(screen.height - 1);
  std::string_view rows = rows_from(screen.text, screen.first_row, first_live_row(cursor, screen.height));
  std::string storage;
  if (still != nullptr) {
    storage = rows;
    if (RE2::GlobalReplace(&storage, *still, " ") > 0) rows = storage;
  }
  return std::max<std::uint64_t>(1, fnv1a(moving_text(rows), fnv1a(moving_text(screen.title))));
}

}  // namespace orc
