// SPDX-License-Identifier: Apache-2.0
#include "shapes.h"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <string>
#include <utility>

#include "compiled_agent.h"
#include "shell_text.h"
#include "tmux_orc/base/text.h"

namespace orc {
namespace {

bool matches(std::string_view text, const RE2& re) { return RE2::PartialMatch(piece(text), re); }

constexpr std::array<std::string_view, 20> kPointers = {"❯",   "›", "▶", "→", ">",   "●", "▸", "➤", "◆", "◉",
                                                        "⏵", "►", "»", "➜", "⮕", "☞", "*", "◈", "▪", "◼"};
// These begin paragraphs, quotes and lists in text that nobody chooses from.
constexpr std::array<std::string_view, 7> kBullets = {">", "●", "*", "→", "◆", "▪", "»"};
// The other options of a list with round buttons.
constexpr std::array<std::string_view, 4> kRound = {"○", "◯", "◇", "◻"};

// Most lines begin with a letter, which none does; of the others the first byte is the same for nearly all.
template <std::size_t N>
std::string_view starts_with_one(std::string_view text, const std::array<std::string_view, N>& list) {
  if (text.empty() || std::isalnum(static_cast<unsigned char>(text[0])) != 0) return {};
  const std::string_view head = text.substr(0, 3);
  for (const std::string_view one : list) {
    if (one.back() == head[std::min(one.size(), head.size()) - 1] && head.starts_with(one)) return one;
  }
  return {};
}

// "2. Yes" and "2) Yes": the number, and what follows; 0 if there is none.
int take_number(std::string_view text, std::string_view& key, std::string_view& rest) {
  std::size_t i = 0;
  int number = 0;
  while (i < text.size() && i < 3 && text[i] >= '0' && text[i] <= '9')
    number = number * 10 + (text[i++] - '0');
  if (i == 0 || i > 2 || i >= text.size() || (text[i] != '.' && text[i] != ')' && text[i] != ':')) return 0;
  key = text.substr(0, i);
  rest = trim(text.substr(i + 1));
  return rest.empty() ? 0 : number;
}

// "(a) Approve", "[q] Quit" and, where `pointed` or a sibling is, "B. PostgreSQL": the letter.
bool take_letter(std::string_view text, std::string_view& key, std::string_view& rest) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const bool round = text.size() > 4 && text[0] == '(' && text[2] == ')' && text[3] == ' ';
  const bool square = text.size() > 4 && text[0] == '[' && text[2] == ']' && text[3] == ' ';
  if ((round || square) && is_letter(text[1]) && (round || text[1] != 'x')) {
    key = text.substr(1, 1);
    rest = trim(text.substr(3));
    return !rest.empty();
  }
  if (text.size() > 3 && text[0] >= 'A' && text[0] <= 'J' && text[1] == '.' && text[2] == ' ') {
    key = text.substr(0, 1);
    rest = trim(text.substr(2));
    return !rest.empty();
  }
  return false;
}

struct OptionLine {
  bool pointed = false, bullet = false, letter = false;
  int number = 0;
  int column = 0;  // of the text, behind pointer and number's place
  std::string_view key, text;
};

OptionLine read_option(const ScreenLines& lines, std::size_t i) {
  OptionLine out;
  const Inner& inner = lines.inner(i);
  out.column = inner.column;
  std::string_view text = inner.text;
  if (const std::string_view pointer = starts_with_one(text, kPointers); !pointer.empty()) {
    std::string_view rest = text.substr(pointer.size());
    int column = inner.column + display_width(pointer);
    const std::string_view after = skip_blanks(rest, column);
    // "›1. Yes" is a pointer, too; "*bold*" and ">>>" are not.
    const bool apart = after.size() < rest.size();
    if (!after.empty() && (apart || (after[0] >= '0' && after[0] <= '9'))) {
      out.pointed = true;
      out.bullet = !starts_with_one(pointer, kBullets).empty();
      out.column = column;
      text = after;
      // "❯ ○ SQLite" over "  ○ PostgreSQL".
      if (const std::string_view mark = starts_with_one(text, kRound); !mark.empty()) {
        out.column += display_width(mark);
        text = skip_blanks(text.substr(mark.size()), out.column);
      }
    }
  } else if (const std::string_view round = starts_with_one(text, kRound); !round.empty()) {
    int column = inner.column + display_width(round);
    text = skip_blanks(text.substr(round.size()), column);
    out.column = column;
  }
  std::string_view rest;
  out.number = take_number(text, out.key, rest);
  out.letter = out.number == 0 && take_letter(text, out.key, rest);
  out.text = out.number > 0 || out.letter ? rest : text;
  return out;
}

// Keys that answer a dialog. "esc to interrupt" and "enter to send" are no dialog's.
const RE2& key_hint() {
  static const RE2 re(
      one_of(
          "(?i)",
          {R"(\b(?:enter|return|space|tab|⏎|↵)[:\]]? ?(?:to |= ?)?)"
           R"((?:select|confirm|choose|continue|toggle|submit|apply|accept|approve|proceed|trust|open|review|)"
           R"(set|save|view))",
           R"(\besc(?:ape)?[:\]]? ?(?:to |= ?)?)"
           R"((?:cancel|go back|back|close|dismiss|exit|skip|quit|reject|deny|decline|stop))",
           // written as "Ctrl+c:cancel", "1/3:select"
           R"(\bctrl\+c[:\]] ?(?:cancel|reject|deny))", R"(\b\d[/-]\d[:\]] ?(?:select|choose|pick))", "↑/?↓",
           "⇆", "←/?→", "arrow keys", R"(\(esc\))"}),
      regex_options());
  return re;
}

// A list that shows no pointer in plain text (reverse video): both how to move and how to take are named.
const RE2& list_keys() {
  static const RE2 re(
      one_of(
          "(?im)",
          {// "↑/↓ to navigate … enter to select", on one line or the next
           R"((?:↑ ?/? ?↓|⇆|←/?→|arrow|\btab\b)[^\n]*\s*[^\n]*\b(?:enter|return|space)[:\]]? ?(?:to |= ?)?)"
           R"((?:select|confirm|choose|continue|toggle|submit|apply|accept|open|set|save))",
           // "enter to select … esc", "space: toggle … ↑↓"
           R"(\b(?:enter|return|space)[:\]]? ?(?:to |= ?)?(?:select|confirm|choose|toggle|accept|review))"
           R"([^\n]*\s*[^\n]*(?:↑ ?/? ?↓|\besc\b))",
           R"(\benter[:\]]? ?(?:to )?(?:submit|confirm)[^\n]*\s*[^\n]*)"
           R"(\besc(?:ape)?(?:/ctrl\+c)?[:\]]? ?(?:to )?(?:dismiss|cancel|go back))",
           // any verb, where a sign sets the keys apart: "enter open · ↑/↓"
           R"(\benter(?:/space)?[:\]]? ?(?:to )?\w+(?: \w+)? ?[·•|,;.] [^\n]*(?:↑ ?/ ?↓|←/→))",
           R"(↑ ?/? ?↓[^\n]*(?:  |[·•|,;] ?)enter[:\]]? ?(?:to )?\w+)",
           // signs for the keys, or no sign at all: "⏎ submit · ↑/↓ scroll · ⎋ cancel", "Up/Down models ·
           // Enter use"
           R"([⏎↵␣] ?(?:to )?(?:select|confirm|choose|continue|toggle|submit|apply|accept|next|use)\b[^\n]*(?:↑ ?/ ?↓|⎋))",
           R"(\bup/down (?:to )?\w+ ?[·•|,;] ?enter (?:to )?\w+)",
           // one key alone: "Press Enter to continue", "press [r] to restart", "r to retry", "space to begin"
           R"(\b(?:press|hit) (?:enter|return|space|any key)\b[^\n]{0,6}\bto )"
           R"((?:continue|confirm|proceed|start|open|log ?in|sign ?in|retry|trust|exit))",
           R"(\bpress ['"‘“\[(]?[a-z]['"’”\])]? to[\s│┃]+)"
           R"((?:restart|retry|continue|confirm|proceed|accept|approve|allow|trust|start|update|install|resume|)"
           R"(reload|enable|log ?in|sign ?in)\b)",
           R"((?:^|  )\W{0,3}[a-z] (?:to )?(?:retry|restart)\b)",
           R"(^\W{0,200}(?:space|enter|return|any key) to (?:continue|proceed|start|begin)\W*$)",
           // a field: "Paste your API key"
           R"(^\W{0,8}(?:paste|enter) (?:your|the) (?:[\w-]+ ){0,3})"
           R"((?:code|key|token|password|passphrase|json)\b[^\n]{0,20}$)"}),
      regex_options());
  return re;
}

// "does anyone press Enter to continue there?": a question that names keys on its way is somebody's words.
bool asks_about_keys(std::string_view text, std::string_view found) {
  constexpr std::size_t kBegin = 16;
  const auto at = static_cast<std::size_t>(found.data() - text.data());
  const std::size_t first = text.rfind('\n', at) == std::string_view::npos ? 0 : text.rfind('\n', at) + 1;
  const std::size_t end = std::min(text.find('\n', at), text.size());
  const Inner line = inside_frame(text.substr(first, end - first));
  const std::string_view before = text.substr(first, at - first);
  return line.text.ends_with('?') && trim(before).size() > kBegin && before.ends_with(' ') &&
         std::isalpha(static_cast<unsigned char>(trim(before).back())) != 0;
}

bool says_keys(std::string_view text, const RE2& which) {
  re2::StringPiece keys;
  return which.Match(piece(text), 0, text.size(), RE2::UNANCHORED, &keys, 1) &&
         !asks_about_keys(text, {keys.data(), keys.size()});
}

const RE2& buttons() {
  static const RE2 re(
      R"((?i)^\W{0,6}\[?(?:[a-z][\]:)]? +)?)"
      R"((?:allow(?: once| always)?|approve|accept|confirm|yes|ok|continue|submit|run|trust|proceed|apply|)"
      R"(always allow)(?: \([a-z]\))?)"
      R"((?: {2,}| *[|/│] *| +\[)(?:[^\n]{0,60}(?:  |\] ?|[|/│] *))?(?:[a-z][:)]? )?)"
      R"((?:reject|deny|decline|cancel|no|skip|abort|always|allow always|edit)\b)",
      regex_options());
  return re;
}

const RE2& yes_no() {
  static const RE2 re(
      R"((?i)(?:[\[(]y(?:es)?(?: ?[/|,] ?\w{1,6}){1,4}[\])]|\(y\)es/\(n\)o[^\n]*|\[(?:yes|no)\])\s*[:?>]?\s*$)",
      regex_options());
  return re;
}

std::optional<int> cursor_row(const Screen& screen) {
  if (!screen.cursor_y) return std::nullopt;
  return *screen.cursor_y - screen.first_row;
}

// Options around line `at`, whose text begins in the same column, or whose numbers go on. Blank lines and
// deeper lines (descriptions) between them are fine; a dedent or a frame ends the list.
void gather(const ScreenLines& lines, std::size_t at, std::size_t low, std::size_t high,
            const OptionLine& pointer, Choice& out) {
  const auto same = [&](const OptionLine& o, int number) {
    if (o.pointed || o.text.empty() || o.text.starts_with("⎿") || o.text.starts_with("└")) return false;
    if (pointer.number > 0) return o.number > 0 && o.number == number;
    return o.column == pointer.column && o.number == 0 && o.letter == pointer.letter;
  };
  constexpr std::size_t kGap = 6;  // lines of a description under an option
  std::vector<Choice::Option> above;
  int number = pointer.number;
  std::size_t gap = 0;
  for (std::size_t i = at; i-- > low && gap < kGap;) {
    if (lines.is_frame(i)) break;
    const Inner& inner = lines.inner(i);
    if (inner.text.empty()) {
      // An unnumbered list has no holes: what stands above the blank line is the question.
      if (pointer.number == 0) break;
      ++gap;
      continue;
    }
    const OptionLine option = read_option(lines, i);
    if (same(option, number - 1)) {
      above.push_back({i, option.key, option.text});
      --number;
      gap = 0;
    } else if (option.column < pointer.column - 3 ||
               (pointer.number == 0 && option.column <= pointer.column)) {
      break;
    } else {
      ++gap;
    }
  }
  out.options.assign(above.rbegin(), above.rend());
  out.selected = static_cast<int>(out.options.size());
  out.options.push_back({at, pointer.key, pointer.text});
  number = pointer.number;
  gap = 0;
  bool hole = false;
  for (std::size_t i = at + 1; i < high && gap < kGap; ++i) {
    if (lines.is_frame(i)) break;
    const Inner& inner = lines.inner(i);
    if (inner.text.empty()) {
      ++gap;
      hole = true;
      continue;
    }
    const OptionLine option = read_option(lines, i);
    const bool hint = pointer.number == 0 && says_keys(lines[i], key_hint());
    if (!hint && same(option, number + 1) && (pointer.number > 0 || !hole)) {
      out.options.push_back({i, option.key, option.text});
      ++number;
      gap = 0;
      hole = false;
    } else if (option.column < pointer.column - 3 ||
               (pointer.number == 0 && option.column <= pointer.column)) {
      break;
    } else {
      ++gap;
    }
  }
}

// The dialog around its options: up to the frame or rule above, or two blank lines; down to the end.
void frame_dialog(const ScreenLines& lines, std::size_t low, std::size_t end, std::size_t option_first,
                  Choice& out) {
  constexpr std::size_t kMost = 16;
  std::size_t first = option_first, blanks = 0;
  while (first > low && option_first - first < kMost) {
    if (lines.is_frame(first - 1)) {
      // A frame inside the frame (the command, the diff) belongs to the dialog.
      const Inner& inner = lines.inner(first - 1);
      const bool nested = inner.column > 1 && lines.inner(option_first).column > 1 && first > low + 1;
      if (!nested && !inner.text.starts_with("╌")) break;
    }
    blanks = lines.inner(first - 1).text.empty() ? blanks + 1 : 0;
    if (blanks > 2) break;
    --first;
  }
  out.first = first;
  out.last = end;
}

bool hint_below(const ScreenLines& lines, std::size_t from) {
  std::size_t seen = 0;
  for (std::size_t i = from; i < lines.size() && seen < 6; ++i) {
    if (lines.inner(i).text.empty()) continue;
    if (lines.is_rule(i)) return false;  // what stands below it belongs to something else
    ++seen;
    if (says_keys(lines[i], key_hint())) return true;
  }
  return false;
}

// The keys may stand over the options, in the frame that holds both.
bool hint_in_frame_above(const ScreenLines& lines, std::size_t low, std::size_t at) {
  constexpr std::size_t kMost = 6;
  for (std::size_t i = at; i > low && at - i < kMost; --i) {
    if (trim(lines[i - 1]).starts_with("├")) continue;  // parts of one frame
    if (lines.is_frame(i - 1)) return false;
    if (lines.inner(i - 1).column > 1 && matches(lines[i - 1], key_hint())) return true;
  }
  return false;
}

// Or over a table without a frame, all keys in a few lines: "Navigate: ↑/↓   Resume: Enter".
bool keys_above(const ScreenLines& lines, std::size_t low, std::size_t at) {
  static const RE2 both(R"((?i)↑ ?/ ?↓[^\n]*\benter\b|\benter\b[^\n]*↑ ?/ ?↓)", regex_options());
  constexpr std::size_t kMost = 6;
  for (std::size_t i = at; i > low && at - i < kMost; --i) {
    if (lines.is_frame(i - 1)) return false;
    if (matches(lines[i - 1], both)) return true;
  }
  return false;
}

std::size_t written_after(const ScreenLines& lines, std::size_t from) {
  std::size_t n = 0;
  for (std::size_t i = from; i < lines.size(); ++i) n += lines.inner(i).text.empty() ? 0u : 1u;
  return n;
}

// Lines that may stand under the last option: hints, a status line, a footer.
constexpr std::size_t kBelowOptions = 10;

// The last written line above ends with a question mark.
bool question_above(const ScreenLines& lines, std::size_t low, std::size_t at) {
  while (at > low && lines.inner(at - 1).text.empty()) --at;
  return at > low && lines.inner(at - 1).text.ends_with('?');
}

// One option takes what another refuses: no list in a text has that under a pointer.
bool answer_each_other(const std::vector<Choice::Option>& options) {
  static const RE2 yes(
      R"((?i)^(?:\W{0,3} ?)?(?:yes|allow|approve|accept|proceed|run|trust|continue|log ?in|sign in)\b)",
      regex_options());
  static const RE2 no(
      R"((?i)^(?:\W{0,3} ?)?(?:no|deny|reject|decline|skip|cancel|abort|don.t|stop|exit|quit)\b)",
      regex_options());
  const auto any = [&](const RE2& re) {
    return std::any_of(options.begin(), options.end(), [&](const auto& o) { return matches(o.text, re); });
  };
  return any(yes) && any(no);
}

// A list in a frame that the pane cuts off: the frame is open at the pane's end, and so are its keys.
bool is_cut_list(const ScreenLines& lines, std::size_t low, std::size_t at) {
  constexpr std::size_t kBorder = 3;  // bytes
  std::size_t first = at;
  for (std::size_t i = at; i < lines.size(); ++i) {
    if (lines.is_frame(i) || !trim(lines[i]).starts_with("│")) return false;
  }
  while (first > low && trim(lines[first]).starts_with("│")) --first;
  const std::string_view last = trim(lines[lines.size() - 1]);
  return trim(lines[first]).starts_with("╭") && last.size() > 2 * kBorder && last.ends_with("│");
}

bool find_pointer(const ScreenLines& lines, std::size_t low, std::size_t high, std::optional<int> cursor,
                  bool hidden, bool needs_proof, Choice& out, bool asked = false) {
  for (std::size_t i = high; i-- > low;) {
    const OptionLine pointer = read_option(lines, i);
    if (!pointer.pointed) continue;
    Choice choice;
    gather(lines, i, low, high, pointer, choice);
    if (choice.options.size() < 2) continue;
    const std::size_t last = choice.options.back().line;
    if (written_after(lines, last + 1) > kBelowOptions) continue;
    const bool at_cursor = cursor && *cursor == static_cast<int>(i);
    const std::size_t top = choice.options.front().line;
    const bool hint = hint_below(lines, last + 1) || keys_above(lines, low, top) ||
                      (!needs_proof && hint_in_frame_above(lines, low, top));
    const bool numbered = pointer.number > 0 || pointer.letter;
    // A bullet below a question may begin the answer to it: a paragraph, which ends in a full stop. "Type a
    // response..." is none.
    const std::string_view end = choice.options.back().text;
    const bool paragraph = pointer.bullet && end.ends_with('.') && !end.ends_with("...");
    const bool questioned = choice.options.size() > 2 && !paragraph && question_above(lines, low, top);
    // "Let it use this tool?" over "> Yes", and nothing else: no text goes on like that.
    const bool at_end = question_above(lines, low, top) && written_after(lines, last + 1) == 0;
    const bool answers = written_after(lines, last + 1) <= 2 && answer_each_other(choice.options);
    constexpr std::size_t kLeastCut = 5;
    const bool cut = !needs_proof && hidden && !pointer.bullet && choice.options.size() >= kLeastCut &&
                     is_cut_list(lines, low, top);
    const bool proven = at_cursor || hint || (answers && !pointer.bullet);
    if (needs_proof && !proven && !numbered) continue;
    if (!numbered && !asked &&
        !(hint || (at_cursor && !pointer.bullet) || (answers && !(needs_proof && pointer.bullet)) ||
          (!needs_proof && (at_end || (questioned && hidden))) || cut))
      continue;
    choice.kind = numbered ? Choice::Kind::kNumbers : Choice::Kind::kPointer;
    frame_dialog(lines, low, lines.size(), choice.options.front().line, choice);
    out = std::move(choice);
    return true;
  }
  return false;
}

// The last `n` written lines, as one piece.
std::size_t tail_start(const ScreenLines& lines, std::size_t low, std::size_t high, std::size_t n) {
  std::size_t i = high;
  while (i > low && n > 0) {
    --i;
    if (!lines.inner(i).text.empty()) --n;
  }
  return i;
}

bool find_buttons(const ScreenLines& lines, std::size_t low, Choice& out) {
  for (std::size_t i = lines.size(), from = tail_start(lines, low, lines.size(), 8); i-- > from;) {
    const Inner& inner = lines.inner(i);
    if (inner.text.empty() || !matches(inner.text, buttons())) continue;
    out.kind = Choice::Kind::kButtons;
    std::string_view rest = inner.text;
    while (!rest.empty()) {
      const std::size_t gap = rest.find("  ");
      std::string_view text = trim(rest.substr(0, gap)), key;
      if (!text.empty() && !matches(text, key_hint())) {
        if (text.size() > 4 && text[0] == '[' && text[2] == ']') {
          key = text.substr(1, 1);
          text = trim(text.substr(3));
        } else if (text.size() > 3 && text[0] >= 'a' && text[0] <= 'z' &&
                   (text[1] == ' ' || text[2] == ' ')) {
          // "y allow once", "n: reject"
          const bool sign = text[1] == ':' || text[1] == ')';
          if (text[1] == ' ' || sign) {
            key = text.substr(0, 1);
            text = trim(text.substr(2));
          }
        }
        out.options.push_back({i, key, text});
      }
      if (gap == std::string_view::npos) break;
      rest = rest.substr(gap);
      rest.remove_prefix(std::min(rest.size(), rest.find_first_not_of(' ')));
    }
    frame_dialog(lines, low, lines.size(), i, out);
    return true;
  }
  return false;
}

bool find_yes_no(const ScreenLines& lines, std::size_t low, const Screen& screen, Choice& out) {
  if (lines.size() <= low) return false;
  const std::size_t last = lines.size() - 1;
  const auto row = cursor_row(screen);
  if (row && *row != static_cast<int>(last)) return false;
  if (screen.cursor_x && *screen.cursor_x + 1 < display_width(lines[last])) return false;
  static const RE2 by_itself(R"((?i)^ ?\[(?:yes|no)\]: *$)", regex_options());
  const bool wrapped = last > low && matches(lines[last], by_itself) && matches(lines[last - 1], yes_no());
  if (!wrapped && !matches(lines[last], yes_no())) return false;
  const std::size_t asked = wrapped ? last - 1 : last;
  out.kind = Choice::Kind::kYesNo;
  out.options = {{asked, "y", "Yes"}, {asked, "n", "No"}};
  frame_dialog(lines, low, lines.size(), last, out);
  return true;
}

// An agent of lines asks above its prompt, which is a sign and nothing else: no frame, no footer. Its own, or
// one that no rule knows, in the screen's last line.
bool find_question_over_prompt(const ScreenLines& lines, const Layout& layout, const PromptSpec& prompt,
                               Choice& out) {
  constexpr int kNoFooter = 2;
  const bool bare =
      prompt.footer_lines <= kNoFooter && prompt.boxes.size() == 1 && prompt.boxes.front() == BoxKind::kGlyph;
  const bool last_sign =
      layout.any && layout.box_first == layout.box_last && layout.box_last + 1 == lines.size();
  if ((!bare && !last_sign) || !layout.input.empty()) return false;
  std::size_t end = layout.input_first;
  // A hint at the right edge is none of what was asked.
  constexpr std::size_t kEdge = 24;
  const auto says_nothing = [&](std::string_view line) {
    const std::size_t blanks = line.find_first_not_of(' ');
    return blanks == std::string_view::npos || blanks >= kEdge;
  };
  while (end > 0 && says_nothing(lines[end - 1]) && layout.input_first - end < 3) --end;
  if (end == 0 || !matches(lines[end - 1], yes_no())) return false;
  out.kind = Choice::Kind::kYesNo;
  out.options = {{end - 1, "y", "Yes"}, {end - 1, "n", "No"}};
  frame_dialog(lines, 0, end, end - 1, out);
  return true;
}

// The same where only the screen is known: the last line is a sign alone.
bool find_question_over_sign(const ScreenLines& lines, std::size_t low, Choice& out) {
  static const RE2 sign(R"(^(?:\( O\)|\[[\w -]{1,42}\] ?)?(?:\d{1,3}% ?)?(?:λ ?)?[>❯›!🪿]{1,2}$)",
                        regex_options());
  if (lines.size() < 2 || !matches(lines[lines.size() - 1], sign)) return false;
  std::size_t end = lines.size() - 1;
  while (end > low && lines[end - 1].empty()) --end;
  if (end == low || !matches(lines[end - 1], yes_no())) return false;
  out.kind = Choice::Kind::kYesNo;
  out.options = {{end - 1, "y", "Yes"}, {end - 1, "n", "No"}};
  frame_dialog(lines, low, end, end - 1, out);
  return true;
}

// "1 (●) Yes" over "2 (○) No", "[x] Import" over "[ ] Export": marks tell options where nothing points.
bool find_marks(const ScreenLines& lines, std::size_t low, Choice& out) {
  static const RE2 mark(R"(^(?:[0-9a-z][.)]? +)?(?:\([●○◉◯*• ]\)|\[[xX✓✔* ]\]|[◉◯☐☑☒] )\s*\S)",
                        regex_options());
  std::vector<Choice::Option> found;
  std::size_t gap = 0, filled = std::string_view::npos;
  int column = -1;
  for (std::size_t i = lines.size(); i-- > low && gap < 4;) {
    const Inner& inner = lines.inner(i);
    if (lines.is_frame(i)) {
      if (!found.empty()) break;
      continue;
    }
    if (!matches(inner.text, mark) || (column >= 0 && inner.column != column)) {
      gap += found.empty() ? 0u : 1u;
      continue;
    }
    column = inner.column;
    // A number before a round mark is its key; of several marks the filled one is chosen.
    static const RE2 round(R"(^([0-9])[.)]? +\(([●○◉◯*• ])\) *(\S.*)$)", regex_options());
    re2::StringPiece key, sign, text;
    if (RE2::FullMatch(piece(inner.text), round, &key, &sign, &text)) {
      if (sign == "●" || sign == "◉" || sign == "*" || sign == "•") filled = found.size();
      found.push_back({i, {key.data(), key.size()}, {text.data(), text.size()}});
    } else {
      found.push_back({i, "", inner.text});
    }
    gap = 0;
  }
  if (found.size() < 2 || !hint_below(lines, found.front().line + 1)) return false;
  out.kind = Choice::Kind::kPointer;
  out.options.assign(found.rbegin(), found.rend());
  if (filled < found.size()) out.selected = static_cast<int>(found.size() - 1 - filled);
  frame_dialog(lines, low, lines.size(), out.options.front().line, out);
  return true;
}

// "Yes, proceed    y" over "No, quit    n": each option's key stands behind a gap, and nothing below them.
bool find_keys_behind(const ScreenLines& lines, std::size_t low, Choice& out) {
  static const RE2 keyed(R"(^(\S[^\n]*?) {3,}([a-z0-9]|esc|enter)$)", regex_options());
  std::vector<Choice::Option> found;
  int column = -1;
  for (std::size_t i = lines.size(); i-- > low;) {
    const Inner& inner = lines.inner(i);
    if (found.empty() && (inner.text.empty() || lines.is_frame(i))) continue;
    re2::StringPiece text, key;
    if ((column >= 0 && inner.column != column) || !RE2::FullMatch(piece(inner.text), keyed, &text, &key))
      break;
    column = inner.column;
    found.push_back({i, {key.data(), key.size()}, {text.data(), text.size()}});
  }
  if (found.size() < 2 || !answer_each_other(found)) return false;
  out.kind = Choice::Kind::kPointer;
  out.options.assign(found.rbegin(), found.rend());
  frame_dialog(lines, low, lines.size(), out.options.front().line, out);
  return true;
}

// "● Yes  / ○ No": round marks in one row, of which the filled one is chosen.
bool find_round_row(const ScreenLines& lines, std::size_t low, Choice& out) {
  static const RE2 row(R"(^[●○◉◯] \S[^/]*(?: +/ +[●○◉◯] \S[^/]*)+$)", regex_options());
  for (std::size_t i = lines.size(), from = tail_start(lines, low, lines.size(), 3); i-- > from;) {
    std::string_view rest = lines.inner(i).text;
    if (!matches(rest, row)) continue;
    out.kind = Choice::Kind::kButtons;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('/'), rest.size());
      const std::string_view one = trim(rest.substr(0, end));
      if (one.starts_with("●") || one.starts_with("◉")) out.selected = static_cast<int>(out.options.size());
      out.options.push_back({i, "", trim(one.substr(std::string_view("●").size()))});
      rest = rest.substr(std::min(end + 1, rest.size()));
    }
    frame_dialog(lines, low, lines.size(), i, out);
    return true;
  }
  return false;
}

// Numbered lines in a row without a pointer, or framed lines, above the hint.
void gather_unpointed(const ScreenLines& lines, std::size_t low, std::size_t hint, Choice& out) {
  std::vector<Choice::Option> found;
  int number = 0;
  for (std::size_t i = hint; i-- > low && hint - i < 20;) {
    const OptionLine option = read_option(lines, i);
    if (option.number > 0 && (number == 0 || option.number == number - 1)) {
      found.push_back({i, option.key, option.text});
      number = option.number;
      if (number == 1) break;
    }
  }
  if (number != 1 || found.size() < 2) return;
  out.options.assign(found.rbegin(), found.rend());
}

bool find_keys(const ScreenLines& lines, std::size_t low, Choice& out) {
  const std::size_t from = tail_start(lines, low, lines.size(), 4);
  if (from >= lines.size() || !says_keys(lines.span(from, lines.size()), list_keys())) return false;
  out.kind = Choice::Kind::kKeys;
  gather_unpointed(lines, low, lines.size(), out);
  frame_dialog(lines, low, lines.size(), out.options.empty() ? from : out.options.front().line, out);
  return true;
}

// What stands at work is near the prompt: behind three blank lines begins something older.
std::string_view last_paragraphs(std::string_view text) {
  const std::size_t hole = text.rfind("\n\n\n\n");
  return hole == std::string_view::npos ? text : text.substr(hole);
}

// A spinner's line that is wrapped before its counter ("⠧ Rebooting the humor module..." over "(3s · esc to
// cancel)"), or one that says how to see more ("Press Ctrl+O to show more lines").
bool goes_on(std::string_view line, std::string_view next) {
  static const RE2 spinner(R"(^[ │┃]{0,4}[⠁-⣿◐-◓◜-◡◴-◷✢✳✶✻✽✦⏳⌛⎋⬢⬡.·•◦∙]{1,3} )", regex_options());
  static const RE2 hint(R"(^ {0,4}(?i:press )\S+ to )", regex_options());
  return matches(line, hint) || (trim(next).starts_with("(") && matches(line, spinner));
}

// An agent's line stands alone: no text directly above it, and no sentence of an answer and no end of a turn
// below. Else somebody writes about agents: of 640 lines of agents at work all stood alone.
bool stands_alone(std::string_view text, std::size_t first, std::size_t end, bool above_prompt) {
  static const RE2 later(
      R"((?m)^ {0,8}[A-Za-z][^\n]*(?: [^ \n]+){4,}[.:]$|^ {0,5}[✢✳✶✻✽▣] +\S|^─ Worked for )",
      regex_options());
  const std::string_view begin = trim(text.substr(first, end - first));
  const bool branch = begin.starts_with("└") || begin.starts_with("⎿");  // of the line above
  if (first > 0 && !branch) {
    const std::size_t from = first < 2 ? std::string_view::npos : text.rfind('\n', first - 2);
    const std::size_t start = from == std::string_view::npos ? 0 : from + 1;
    const std::string_view line = text.substr(start, first - 1 - start);
    if (!inside_frame(line).text.empty() && !is_frame_line(line) &&
        !goes_on(line, text.substr(first, end - first)))
      return false;
  }
  std::string_view rest = text.substr(std::min(end, text.size()));
  if (branch && !trim(rest).empty()) return false;
  if (!above_prompt) return true;
  if (rest.starts_with("\n")) rest.remove_prefix(1);
  static const RE2 text_below(R"(^ {0,8}[A-Za-z])", regex_options());
  static const RE2 own_below(R"(^[^\n]*(?:interrupt|cancel|background)|^ *Tip:)", regex_options());
  return !matches(rest, later) && (!matches(rest, text_below) || matches(rest, own_below));
}

bool begins_line(std::string_view text, std::string_view part) {
  return part.data() == text.data() || *(part.data() - 1) == '\n';
}

// A popup of commands or files below what is being typed; in a frame of its own also for a later word.
bool is_popup(const ScreenLines& lines, const Layout& layout) {
  std::size_t below = layout.box_last + 1;
  while (below < lines.size() && lines[below].empty()) ++below;
  if (below < lines.size() && trim(lines[below]).starts_with("╭") && ends_in_name_sign(layout.input))
    return true;
  return !layout.input.empty() && std::string_view("/@!#$?:").find(layout.input[0]) != std::string_view::npos;
}

}  // namespace

const char* name_of(Choice::Kind kind) {
  switch (kind) {
    case Choice::Kind::kNumbers:
      return "choice-numbered";
    case Choice::Kind::kPointer:
      return "choice-pointer";
    case Choice::Kind::kButtons:
      return "choice-buttons";
    case Choice::Kind::kYesNo:
      return "choice-yes-no";
    case Choice::Kind::kKeys:
      return "choice-keys";
    case Choice::Kind::kNone:
      break;
  }
  return "choice";
}

namespace {

// "does anyone press Enter to continue there?" is typed: keys are named at the begin of their line, or behind
// a gap or a dot.
bool names_keys(std::string_view line) {
  constexpr std::size_t kBegin = 16;
  re2::StringPiece found;
  if (!list_keys().Match(piece(line), 0, line.size(), RE2::UNANCHORED, &found, 1)) return false;
  const std::string_view before = line.substr(0, static_cast<std::size_t>(found.data() - line.data()));
  return before.size() <= kBegin || before.find("  ") != std::string_view::npos ||
         before.find("·") != std::string_view::npos || before.find("•") != std::string_view::npos ||
         before.find("|") != std::string_view::npos;
}

// All that stands below the prompt: "Enter to submit · Esc to cancel".
bool footer_answers(const Layout& layout) {
  static const RE2 re(R"((?i)^\W{0,3}(?:press )?enter(?: to|:)? (?:submit|confirm|save)\b[^\n]{0,40})"
                      R"(\besc(?:ape)?(?: to|:)? (?:cancel|dismiss|go back|skip)\W*$)",
                      regex_options());
  const std::string_view footer = trim(layout.region[static_cast<std::size_t>(Region::kFooter)]);
  return !footer.empty() && footer.find('\n') == std::string_view::npos && matches(footer, re);
}

// "Allow command?" over "Yes   Always   No, provide feedback", in the rows of one prompt.
bool asks_over_buttons(std::string_view input) {
  std::size_t end = input.find('\n');
  if (end == std::string_view::npos || !trim(input.substr(0, end)).ends_with('?')) return false;
  while (end != std::string_view::npos) {
    input.remove_prefix(end + 1);
    end = input.find('\n');
    if (matches(input.substr(0, end), buttons())) return true;
  }
  return false;
}

}  // namespace

Choice find_choice(const ScreenLines& lines, const Layout& layout, const PromptSpec& prompt,
                   const Screen& screen, bool asked) {
  Choice out;
  const std::size_t n = lines.size();
  const auto row = cursor_row(screen);
  constexpr std::size_t kAskedLines = 60;  // then it may be higher than what tells that it waits
  const std::size_t reach = asked ? kAskedLines : kChoiceLines;
  const std::size_t low = n > reach ? n - reach : 0;
  const bool hidden = screen.cursor_visible == false;
  // What looked like some prompt may be the pointer on an option.
  if (layout.any && find_pointer(lines, low, n, row, hidden, false, out)) {
    if (out.options.back().line >= layout.box_first) return out;
    out = {};
  }
  if (layout.has_box) {
    const bool typed_in = screen.cursor_visible.value_or(true) && row && layout.box_holds(*row);
    const bool popup = is_popup(lines, layout);
    // A field with its keys below it, in the frame in which one types elsewhere; or keys alone, in the last
    // row between bars that another agent asks between.
    const std::size_t keys_at = layout.input.rfind('\n');
    const bool rows = prompt.glyphs.empty() && !prompt.boxes.empty() && keys_at != std::string::npos;
    const bool one_row = layout.any && !layout.input.empty() && keys_at == std::string::npos && !typed_in;
    if ((rows || one_row) && names_keys(std::string_view(layout.input).substr(keys_at + 1))) {
      out.kind = Choice::Kind::kKeys;
      out.first = rows ? layout.box_first + 1 : low;
      out.last = layout.box_last;
      return out;
    }
    // The same without a frame: below the field stands nothing but its keys.
    if (footer_answers(layout)) {
      out.kind = Choice::Kind::kKeys;
      frame_dialog(lines, low, n, layout.box_first, out);
      return out;
    }
    // Some agents ask inside the frame in which one types elsewhere.
    if (prompt.glyphs.empty() && layout.box_last > layout.box_first + 2 &&
        find_pointer(lines, layout.box_first + 1, layout.box_last, row, hidden, true, out)) {
      out.first = std::max(out.first, layout.box_first + 1);
      out.last = layout.box_last;
      return out;
    }
    if (find_question_over_prompt(lines, layout, prompt, out)) return out;
    // What completes a command is never numbered: below the command as it was sent stands what it asks.
    if (popup && !typed_in && find_pointer(lines, layout.box_last + 1, n, row, hidden, true, out) &&
        out.kind == Choice::Kind::kNumbers)
      return out;
    out = {};
    if (popup || typed_in) return out;
    if (find_pointer(lines, layout.box_last + 1, n, row, hidden, true, out)) return out;
    // A dialog drawn with the prompt's bar ("▌ Yes (y)  Always (a)  No (n)"): nobody types there.
    const std::size_t typed = layout.input.empty() ? n : layout.input_first;
    if (!typed_in && asks_over_buttons(layout.input) && find_buttons(lines, typed, out)) {
      frame_dialog(lines, low, n, typed, out);
      return out;
    }
    if ((typed + 1 == n || one_row) && matches(layout.input, buttons()) && find_buttons(lines, typed, out)) {
      frame_dialog(lines, low, n, typed, out);
      return out;
    }
    if (prompt.glyphs.empty() && find_keys(lines, layout.box_last + 1, out) && out.options.empty())
      out.first = layout.box_first;
    return out;
  }
  if (asked && find_question_over_sign(lines, low, out)) return out;
  if (find_pointer(lines, low, n, row, hidden, false, out)) return out;
  if (find_marks(lines, low, out)) return out;
  if (find_round_row(lines, low, out)) return out;
  if (find_buttons(lines, low, out)) return out;
  if (find_yes_no(lines, low, screen, out)) return out;
  if (find_keys_behind(lines, low, out)) return out;
  if (find_keys(lines, low, out) && !(asked && out.options.empty())) return out;
  Choice pointed;
  if (asked && find_pointer(lines, low, n, row, hidden, false, pointed, true)) return pointed;
  return out;
}

bool covers_prompt(const ScreenLines& lines, const Layout& layout, const Screen& screen) {
  static const RE2 esc(
      R"((?i)^\W{0,2}(?:press )?esc(?:ape)?(?:/ctrl\+c)?(?: to)? (?:go back|close|return)\W*$)",
      regex_options());
  // A window without a frame, drawn into the prompt's own lines: two keys, of which the other closes it.
  // Where it is narrower than the prompt, what it covers stands out at its left ("Aut  Press Enter to open,
  // …").
  static const RE2 keys(
      R"((?i)^(?:\S{1,8} {2,})?press \S+ to \w+(?: \w+)?,? (?:or )?(?:any other key|esc(?:ape)?) to (?:close|dismiss|cancel|go back|skip)\W*$)",
      regex_options());
  // Where one types what an earlier message is searched by, in place of the prompt or below it.
  static const RE2 search(R"((?i)^\(?(?:reverse|bck)-i-search\b|^\(r:\) )", regex_options());
  if (!layout.has_box || lines.size() == 0) return false;
  // A window's frame crosses the prompt's rules: what stands between them is the window's.
  if (lines[layout.box_first].find("─ ╭─") != std::string_view::npos &&
      lines[layout.box_last].find("─ ╰─") != std::string_view::npos)
    return true;
  const auto row = cursor_row(screen);
  const bool typed_in = row && layout.box_holds(*row);
  constexpr std::size_t kFound = 3;  // below it stands what is found, which looks like a prompt
  for (std::size_t i = layout.box_first - (layout.any ? std::min(kFound, layout.box_first) : 0);
       i < lines.size(); ++i) {
    const std::string_view text = lines.inner(i).text;
    if (matches(text, search) || (!typed_in && matches(text, keys))) return true;
  }
  if (typed_in || layout.box_last + 1 >= lines.size()) return false;
  std::size_t last = lines.size() - 1;  // within its frame, if it has one
  while (last > layout.box_last && (lines.is_frame(last) || lines.inner(last).text.empty())) --last;
  return last > layout.box_last && matches(lines.inner(last).text, esc);
}

namespace {

bool is_framed(std::string_view line) {
  int column = 0;
  const std::string_view text = skip_blanks(line, column);
  return text.starts_with("│") || text.starts_with("┃") || text.starts_with("║") || text.starts_with("╰") ||
         text.starts_with("└");
}

}  // namespace

Choice find_way_out(const ScreenLines& lines) {
  static const RE2 esc(
      one_of("(?im)", {R"(^[\s│┃─]*(?:[^\n]*[·•|,;/.] *)?(?:press )?esc(?:ape)?[: ]* ?(?:to[\s│┃·•]+)?)"
                       R"((?:cancels?|close|go back|back|dismiss|exit|quit)\W*$)",
                       R"(\S {2,}↓$)",  // a list that goes on
                       R"(^[\s│┃]*(?:tab|enter|space) [·•|] esc\W*$)",
                       R"([·•|,;] *esc (?:to )?(?:close|cancel|back|exit|dismiss)[\s│┃─)]*$)",
                       R"(\(type to (?:filter|search)\)[\s│┃]*$)",
                       R"(^[\s│┃]*ctrl\+[a-z] {1,3}(?:to )?(?:quit|exit|cancel)\W*$)"}),
      regex_options());
  // The title of a window over the screen: "Status          esc".
  static const RE2 titled(R"((?m)^[\s│┃]*[A-Z][\w ]{2,30} {8,}esc *$)", regex_options());
  Choice out;
  const std::size_t n = lines.size();
  std::size_t from = tail_start(lines, 0, n, 3);
  if (from >= n) return out;
  const bool named = matches(lines.span(from, n), esc) || matches(lines.span(0, n), titled);
  if (!named) {
    // A frame near the end, closed or cut off, that names its keys at its top.
    const std::size_t low = n > kChoiceLines ? n - kChoiceLines : 0;
    std::size_t last = n;
    while (last > from && !is_framed(lines[last - 1])) --last;
    if (last == from) return out;
    while (from > low && is_framed(lines[from - 1])) --from;
    if (!says_keys(lines.span(from, last), list_keys())) return out;
  }
  out.kind = Choice::Kind::kKeys;
  frame_dialog(lines, 0, n, from, out);
  return out;
}

bool lists_commands(const ScreenLines& lines, const Choice& choice) {
  static const RE2 command(R"(^/[a-z][\w:-]{0,40}(?:  |$))", regex_options());
  // Keys that no dialog has: what is typed above the list is completed by them.
  static const RE2 completes(R"((?i)[,·•|] *tab (?:to )?complete\b)", regex_options());
  if (matches(lines.span(choice.first, choice.last), completes)) return true;
  constexpr std::size_t kLeast = 4;
  const std::size_t n = lines.size();
  std::size_t run = 0;
  // What a greeting lists above the dialog is none of it.
  const std::size_t low = std::max(choice.first, n > kChoiceLines ? n - kChoiceLines : 0);
  for (std::size_t i = low; i < n && run < kLeast; ++i)
    run = matches(read_option(lines, i).text, command) ? run + 1 : 0;
  return run >= kLeast;
}

bool is_searched(const ScreenLines& lines, const Choice& choice) {
  static const RE2 re(R"((?i)type to (?:search|filter)|⌕|\bsearch(?:…|\.\.\.|:))", regex_options());
  return matches(lines.span(choice.first, choice.last), re);
}

std::string_view subject_of(std::string_view dialog) {
  struct Word {
    const char* subject;
    const char* regex;
  };
  // In this order: a question about trust names the folder's files, one about a limit names plans.
  static constexpr std::array<Word, 7> kWords = {{
      {"limit",
       R"((?i)(usage|rate|quota|session|weekly|daily|5-hour)[- ](limit|quota)\b[^?]*\b(reached|exceeded|resets?|hit)|limit reached|quota exceeded|reached your [^\n]*limit|hit your [^\n]*limit)"},
      {"trust", R"((?i)\btrust(ed|ing)?\b|safety check)"},
      {"login",
       R"((?i)\blog(?:ging)? ?in\b|\bsign(?:ing)? ?in\b|authenticat|\bapi key|\baccount\b|select provider|connect a provider)"},
      {"edit",
       R"((?i)(make|apply|accept) (this|these|the following|the)? ?(edit|change|diff|patch)|\b(edit|overwrite|create|write|modify|patch|update)(ing)? (to )?(this |the )?(file\b|[^\s]+\.\w{1,5}\b)|\bapply_patch\b|\bWriteFile\b)"},
      {"command",
       R"((?i)\b(run|execute|allow|approve|approval|permission|proceed|command|bash|shell|tool call|network access)\b)"},
      {"plan", R"((?i)\b(this|the|proposed) plan\b|plan mode|start implementation|implement this)"},
      {"question", R"(\?[ \t│┃]*$)"},
  }};
  static const std::unique_ptr<RE2::Set> set = [] {
    auto out = std::make_unique<RE2::Set>(regex_options(), RE2::UNANCHORED);
    for (const Word& word : kWords) out->Add(std::string("(?m)") + word.regex, nullptr);
    out->Compile();
    return out;
  }();
  std::vector<int> found;
  if (!set->Match(piece(dialog), &found) || found.empty()) return "choice";
  return kWords[static_cast<std::size_t>(*std::min_element(found.begin(), found.end()))].subject;
}

namespace {

// One sign of three bytes again and again, as nearly every border: nothing is said in it.
bool says_nothing(std::string_view border) {
  return border.size() % 3 == 0 && border.size() > 3 &&
         border.substr(3) == border.substr(0, border.size() - 3);
}

}  // namespace

std::optional<Activity> find_activity(const ScreenLines& lines, const Layout& layout) {
  // In transcript's reach: a spinner begins the line and a way to stop it, a counter or dots end it.
  static const RE2 above(
      one_of(
          "(?m)^[ │┃▌]{0,4}",
          {// "✻ Brewing… (12s · esc to interrupt)", the spinner or not
           R"((?:[⠁-⣿◐-◓◜-◡◴-◷✢✳✶✻✽✦∙◉◎○⏳⌛⎋⬢⬡|/\\≡=*·•◦.+x✺✹✸-]{1,3} {1,20})?)"
           R"((?:[A-Z…][^\n✢✳✶✻✽⠁-⣿]*?[( ]|\()(?:\d+[hms] ?){1,3}[^\n)]{0,60})"
           R"(\b(?i:esc|ctrl\+c)\b[^\n)]{0,20}\)?)",
           // "⠧ Rebooting the humor module  esc to cancel"
           R"([⠁-⣿◐-◓◜-◡◴-◷✢✶✻✽⎋]{1,3} {1,3}\S[^\n]*(?:\(|  )(?i:press )?)"
           R"((?i:esc|ctrl\+c|⎋)(?: to)? (?:twice to )?(?i:interrupt|cancel|stop)[^\n]{0,40})",
           // a sign that turns in ASCII, with dots: "| Downloading... (3s · ↑ 791 tokens · esc to interrupt)"
           R"([|/\\≡=*·•◦.-]{1,2} {1,3}\S[^\n]*(?:…|\.\.\.) ?)"
           R"(\(?(?:\d+[hms] ?)*[^\n)]{0,40}(?i:esc) to (?i:interrupt|cancel|stop)\)?)",
           // "⠇ Press Esc to cancel", "⠇ Thinking...", "⬢ Reading a file"
           R"([⠁-⣿⬡⬢]{1,3} {1,3}(?:(?i:press )?(?i:esc)\b[^\n]*|[A-Z][^\n]*(?:…|\.\.\.)[^\n]*|)"
           R"([A-Z]\w+ing\b[^\n]{0,50}))",
           R"(⎋ ?[A-Z]\w+(?:…|\.\.\.)[^\n]*)",
           R"([·✢✳✶✻✽*●⏺∗] \S[^\n]{0,60}… ?\((?:\d+[hms] ?)+ · [^\n]*tokens[^\n]*\))",
           // "✻ Waiting for the network · will retry in 2m 2s"
           R"([⠁-⣿◐-◓·✢✳✶✻✽∗]{1,3} \S[^\n]{0,80}\bretry(?:ing)? in (?:\d+[hms] ?){1,3}[^\n]*)",
           // "⣿⣿⣿  ( 3s • esc to interrupt )"
           R"([⠁-⣿]{1,4} {1,3}\( ?\d+[ms][^\n]*)",
           // below a tool: "⎿ Running… (3s) · esc to interrupt"
           R"([└⎿] {1,3}[A-Z]\w+(?:…|\.\.\.) ?\((?:\d+[hms] ?){1,3}\)? ?[(·|] ?)"
           R"((?i:esc|ctrl\+c) to (?i:interrupt|cancel|stop)\)?)",
           // its counter in a second column, wrapped: "| Digging (3s · ↑ 7 tokens ·" over " ...    esc to
           // interrupt)"
           R"([⠁-⣿|/\\-] {1,3}[A-Z]\w{2,} ?\(\d+[hms] · [^\n)]{0,40}\n[ .…]{2,20}[^\n()]{0,20})"
           R"((?i:esc|ctrl\+c) to (?i:interrupt|cancel|stop)\))"},
          R"([ \t│┃]*$)"),
      regex_options());
  // Outside of it: the agent's own lines. "Esc/Ctrl+C to interrupt" among other keys stands there always.
  static const RE2 own(
      one_of(
          "(?im)",
          {R"((?:^|[^\w/+])(?:esc|ctrl\+c)(?: again| esc)?(?: to)? (?:interrupt|cancel turn|stop))"
           R"((?:\)|$|  | ·| \||,|;| -))",
           R"([A-Z][^\n]*(?:…|\.\.\.) {1,3}esc to cancel\b)", R"(ctrl\+c to[\s│┃]+stop)",
           R"([⠁-⣿] (?:working|thinking|running|streaming|generating|reading|executing|loading))",
           R"([◉◎○●∙◐-◓] (?:working|thinking|running|executing|compacting)\b[^\n]*\besc\b)", "^ *[■⬝]{4}"}),
      regex_options());
  // In the box one types, too: there a hint stands apart from what is written.
  static const RE2 in_box(
      one_of(
          "(?im)",
          {R"((?:^[\s│┃]*|  )(?:(?:press )?(?:esc|ctrl\+c)(?: again| esc)?(?: to)? )"
           R"((?:interrupt|cancel turn|stop)(?:\)|$|  | ·| \||,|;| -)|ctrl\+c to[\s│┃]+stop|)"
           R"([⠁-⣿] (?:(?:press )?esc to|working|thinking|running|streaming|generating|reading|executing|loading)))",
           "^ *[■⬝]{4}"}),
      regex_options());
  static const RE2 border(
      R"([⠁-⣿◐-◓]|^ *[╰└─][ ─]{0,3}\S{1,4} (?i:thinking|streaming|running|working)\b[^\n]*─)",
      regex_options());
  static const RE2 compacting(R"((?i)compact|compress|summariz)", regex_options());
  static const RE2 retrying(R"((?i)\bretry|reconnect|attempt \d)", regex_options());
  const auto found = [&](std::string_view text, const RE2& re, const char* where) -> std::optional<Activity> {
    const re2::StringPiece all = piece(text);
    std::size_t from = 0;
    re2::StringPiece match;
    while (from < text.size() && re.Match(all, from, all.size(), RE2::UNANCHORED, &match, 1)) {
      const auto first = static_cast<std::size_t>(match.data() - text.data());
      from = std::max(from + 1, first + match.size());
      if (&re == &above && !stands_alone(text, first, from, layout.has_box)) continue;
      const std::string_view line = trim(std::string_view(match.data(), match.size()));
      return Activity{line, where, matches(line, compacting), matches(line, retrying)};
    }
    return std::nullopt;
  };
  const auto region = [&](Region r) { return layout.region[static_cast<std::size_t>(r)]; };
  if (!layout.has_box) return found(region(Region::kBottom), above, "bottom");
  if (auto a = found(last_paragraphs(region(Region::kAbove)), above, "above")) return a;
  // Further in, it is what an answer quotes that the message follows.
  if (auto a = found(layout.over_queue, above, "above what is queued");
      a && begins_line(layout.over_queue, a->line))
    return a;
  if (auto a = found(region(Region::kFooter), own, "footer")) return a;
  if (layout.box_last > layout.box_first) {
    const auto on_border = [&](std::size_t i) {
      return says_nothing(lines[i]) ? std::nullopt : found(lines[i], border, "border");
    };
    if (auto a = on_border(layout.box_first); a && lines.is_rule(layout.box_first)) return a;
    if (auto a = on_border(layout.box_last); a && lines.is_frame(layout.box_last)) return a;
    if (auto a = found(lines.span(layout.box_first + 1, layout.box_last), in_box, "input")) return a;
  }
  return std::nullopt;
}

bool is_of_command(std::string_view sentence) {
  static const RE2 re(R"((?i)\busage: +`?/[a-z]|\bunknown (?:slash )?command:? +[`'"]?/[a-z])",
                      regex_options());
  return matches(sentence, re);
}

bool counts_background(const Layout& layout) {
  static const RE2 re(
      R"((?i)(?:^|[·•|,(] *|  )[1-9]\d? (?:background|bg) (?:tasks?|shells?|terminals?|jobs?|process(?:es)?|commands?)\b)",
      regex_options());
  return matches(layout.region[static_cast<std::size_t>(Region::kFooter)], re);
}

bool nothing_drawn(const Screen& screen, const ScreenLines& lines) {
  const std::size_t n = lines.size();
  if (n == 0) return true;
  if (screen.alternate || screen.cursor_visible == false) return false;
  const auto row = cursor_row(screen);
  if (row && *row < static_cast<int>(n) - 1) return false;
  constexpr std::size_t kMessages = 10;
  for (std::size_t i = n; i-- > 0 && n - i <= kMessages;) {
    if (is_prompt_line(lines[i])) return true;
    if (lines.is_frame(i)) return false;
  }
  return false;
}

}  // namespace orc
