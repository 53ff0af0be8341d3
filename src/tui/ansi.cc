// SPDX-License-Identifier: Apache-2.0
#include "ansi.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

#include "tmux_orc/base/text.h"

namespace orc::tui {
namespace {

constexpr std::size_t kMostParameters = 32;

// SGR's numbers; a subparameter (38:2::r:g:b) is marked, so that 4:3 is no italic.
struct Parameter {
  int value = 0;
  bool sub = false;  // joined to the one before by a colon
};

std::vector<Parameter> parameters_of(std::string_view text) {
  std::vector<Parameter> out;
  bool sub = false;
  for (std::size_t at = 0; at <= text.size() && out.size() < kMostParameters;) {
    const std::size_t end = std::min(text.find_first_of(";:", at), text.size());
    int value = 0;
    std::from_chars(text.data() + at, text.data() + end, value);
    out.push_back({value, sub});
    sub = end < text.size() && text[end] == ':';
    at = end + 1;
  }
  return out;
}

// The colour behind a 38 or 48 at `at`; moves `at` to its last number. Unknown forms: -1.
int extended_color(const std::vector<Parameter>& p, std::size_t& at) {
  std::vector<int> rest;
  const bool colons = at + 1 < p.size() && p[at + 1].sub;
  std::size_t last = at;
  for (std::size_t i = at + 1; i < p.size() && rest.size() < 6 && p[i].sub == colons; ++i) {
    rest.push_back(p[i].value);
    last = i;
  }
  const auto byte = [](int v) { return v & 0xFF; };
  if (rest.size() >= 2 && rest[0] == 5) {
    at = colons ? last : at + 2;
    return byte(rest[1]);
  }
  // With colons a colour space may stand between (38:2::r:g:b).
  const std::size_t first = colons && rest.size() >= 5 ? 2 : 1;
  if (rest.size() >= first + 3 && rest[0] == 2) {
    at = colons ? last : at + 4;
    return kRgb | byte(rest[first]) << 16 | byte(rest[first + 1]) << 8 | byte(rest[first + 2]);
  }
  at = colons ? last : p.size() - 1;
  return -1;
}

void set_attribute(Style& s, int attribute, bool on) {
  s.attributes = static_cast<std::uint8_t>(on ? s.attributes | attribute : s.attributes & ~attribute);
}

void apply_sgr(std::string_view text, Style& s) {
  const auto p = parameters_of(text);
  for (std::size_t i = 0; i < p.size(); ++i) {
    const int v = p[i].value;
    if (p[i].sub) continue;
    if (v == 0) s = {};
    if (v == 1) set_attribute(s, kBold, true);
    if (v == 2) set_attribute(s, kDim, true);
    if (v == 3) set_attribute(s, kItalic, true);
    if (v == 4) set_attribute(s, kUnderline, !(i + 1 < p.size() && p[i + 1].sub && p[i + 1].value == 0));
    if (v == 7) set_attribute(s, kReverse, true);
    if (v == 9) set_attribute(s, kStrike, true);
    if (v == 22) set_attribute(s, kBold | kDim, false);
    if (v == 23) set_attribute(s, kItalic, false);
    if (v == 24) set_attribute(s, kUnderline, false);
    if (v == 27) set_attribute(s, kReverse, false);
    if (v == 29) set_attribute(s, kStrike, false);
    if (v >= 30 && v <= 37) s.fg = v - 30;
    if (v == 39) s.fg = -1;
    if (v >= 40 && v <= 47) s.bg = v - 40;
    if (v == 49) s.bg = -1;
    if (v >= 90 && v <= 97) s.fg = v - 90 + 8;
    if (v >= 100 && v <= 107) s.bg = v - 100 + 8;
    if (v == 38) s.fg = extended_color(p, i);
    if (v == 48) s.bg = extended_color(p, i);
    if (v == 58) extended_color(p, i);  // of the underline: read over
  }
}

// tmux writes line drawing as the letters of the VT100's second character set, between SO and SI.
char32_t line_drawing(char32_t c) {
  constexpr std::string_view kLetters = "`afgjklmnqtuvwx~";
  constexpr std::array<char32_t, 16> kDrawn = {U'◆', U'▒', U'°', U'±', U'┘', U'┐', U'┌', U'└',
                                               U'┼', U'─', U'├', U'┤', U'┴', U'┬', U'│', U'·'};
  const auto at = c < 0x80 ? kLetters.find(static_cast<char>(c)) : std::string_view::npos;
  return at == std::string_view::npos ? c : kDrawn[at];
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::vector<CellRow> run() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\x1b') {
        escape();
      } else if (c == '\n') {
        rows_.push_back(std::move(row_));
        row_.clear();
        ++at_;
      } else if (c == '\x0e' || c == '\x0f') {
        drawing_ = c == '\x0e';
        ++at_;
      } else {
        character();
      }
    }
    if (!row_.empty()) rows_.push_back(std::move(row_));
    return std::move(rows_);
  }

 private:
  void escape() {
    const char kind = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (kind == '[') {
      std::size_t end = at_ + 2;
      while (end < text_.size() && (text_[end] < '@' || text_[end] > '~') && text_[end] >= ' ') ++end;
      if (end < text_.size() && text_[end] == 'm') apply_sgr(text_.substr(at_ + 2, end - at_ - 2), style_);
      // A sequence that is cut off by a control character ends before it.
      at_ = end < text_.size() && text_[end] >= '@' ? end + 1 : end;
    } else if (kind == ']' || kind == 'P' || kind == '_' || kind == '^' || kind == 'X') {
      at_ += 2;  // a string, up to BEL or ESC \ ; a line's end is one too, or it could swallow the screen
      while (at_ < text_.size() && text_[at_] != '\a' && text_[at_] != '\x1b' && text_[at_] != '\n') ++at_;
      if (at_ < text_.size() && text_[at_] == '\a') ++at_;
      if (at_ + 1 < text_.size() && text_[at_] == '\x1b' && text_[at_ + 1] == '\\') at_ += 2;
    } else if (kind >= ' ' && kind <= '/') {  // ESC ( B
      at_ += 3;
    } else {
      at_ += kind == '\n' || kind == '\x1b' ? 1 : 2;
    }
  }

  void character() {
    const std::size_t start = at_;
    const char32_t c = utf8_next(text_, at_);
    if (c == '\t') return row_.push_back({U' ', 0, 1, style_});
    if (c != 0xFFFD && printable(text_.substr(start, at_ - start)).empty()) return;
    const char32_t shown = drawing_ ? line_drawing(c) : c;
    const int width = width_of(shown);
    if (width == 0) {
      // Behind a wide character stands its second cell.
      Cell* base = row_.empty() ? nullptr : &row_[row_.size() - (row_.back().width == 0 ? 2 : 1)];
      if (base != nullptr && base->mark == 0) base->mark = shown;
      return;
    }
    row_.push_back({shown, 0, static_cast<std::uint8_t>(width), style_});
    if (width == 2) row_.push_back({U' ', 0, 0, style_});
  }

  const std::string_view text_;
  std::size_t at_ = 0;
  Style style_;  // goes on over lines, as tmux writes it
  bool drawing_ = false;
  CellRow row_;
  std::vector<CellRow> rows_;
};

}  // namespace

std::vector<CellRow> parse_ansi(std::string_view text) { return Parser(text).run(); }

}  // namespace orc::tui
