// SPDX-License-Identifier: Apache-2.0
#include "shell_text.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <cctype>
#include <string>

#include "compiled_agent.h"
#include "tmux_orc/base/text.h"

namespace orc {
namespace {

bool matches_line(std::string_view line, const RE2& re) { return RE2::PartialMatch(piece(line), re); }

// A bare "# " is a Markdown heading more often than a prompt, so a bare sign counts only as "$ ", "% " or "λ
// ".
const std::string& prompt_pattern() {
  static const std::string pattern =
      one_of(R"((?:\([^)\n]{1,40}\) ?)?)",  // "(venv) "
             {// "user@host:path# ", "[user@host path]$ ", "bash-5.2$ ", "~/src % "
              R"(\[?[\w.-]+@[\w.-]+(?:[: ][^\n#$%]{0,200})?\]? ?[#$%])",
              R"((?:ba|z|da|k)?sh-[\d.]+[#$]|[~/][^\s#$%]{0,200} ?[#$%❯])",
              // fish's "user@host ~/src> ", "~/src main ❯ ", zsh's "host% "
              R"([\w.-]+@[\w.-]+ [~/][^\s>]{0,200}>|[~/][^\s#$%❯]{0,200} [^\n#$%❯]{0,60}❯)",
              R"([A-Za-z][\w.-]{0,60}%)",
              // a frame's second line ("╰─$ ", "└─❯ "), powerline's arrow, "➜  repo git:(main) ✗ "
              R"([╰└]─{1,3}[$#%❯➤λ])", R"([^\n\x{e0b0}]{0,120}(?:\x{e0b0}[^\n\x{e0b0}]{0,80}){0,8}\x{e0b0})",
              R"(➜ .{0,80}|[$%λ])"},
             "(?: |$)");
  return pattern;
}

// Starship's second line: the sign alone, under a line that says where one is ("src on main via v3.11").
const RE2& starship_regex() {
  static const RE2 re(R"(^[❯➜λ](?: |$))", regex_options());
  return re;
}

bool says_where(std::string_view line) {
  static const RE2 re(
      R"(^(?:[~/.]?[\w.~/-]{1,80}|[\w.-]+@[\w.-]+[^\n]{0,80}|╭─[^\n]*|┌─[^\n]*) (?:on|in|via|at) +\S|^[~/][\w.~/-]{0,80}(?: [\w./-]{1,40}\*?)?(?: [⇡⇣]+)?(?: \d+[hms])*$)",
      regex_options());
  return matches_line(line, re);
}

const RE2& prompt_regex() {
  static const RE2 re("^" + prompt_pattern(), regex_options());
  return re;
}

std::string names_regex(const AgentProcess& agent) {
  std::string names;
  for (const auto& list : {agent.names, agent.paths}) {
    for (const std::string& name : list) names += (names.empty() ? "" : "|") + RE2::QuoteMeta(name);
  }
  return names;
}

// Each of those begins with a word, a path, a bracket or a sign, powerline's apart, and has a sign: nearly no
// line of an agent's screen, and to look is a tenth of what the regex costs.
bool may_be_prompt(std::string_view line) {
  constexpr std::string_view kArrow = "\xEE\x82\xB0";
  if (line.empty()) return false;
  const auto has = [&](char c) { return line.find(c) != std::string_view::npos; };
  const auto first = static_cast<unsigned char>(line[0]);
  if (std::isalnum(first) != 0 || std::string_view("([~/._-$%").find(line[0]) != std::string_view::npos) {
    if (has('$') || has('#') || has('%') || has('>')) return true;
    return line.find("❯") != std::string_view::npos || line.find(kArrow) != std::string_view::npos;
  }
  if (line.starts_with("λ >")) return false;  // an agent's own
  for (const std::string_view sign : {"╰─", "└─", "➜", "❯", "λ"}) {
    if (line.starts_with(sign)) return true;
  }
  return has(kArrow[0]) && line.find(kArrow) != std::string_view::npos;
}

}  // namespace

bool is_prompt_line(std::string_view line) {
  return may_be_prompt(line) && RE2::PartialMatch(piece(line), prompt_regex());
}

bool is_empty_prompt(std::string_view line) {
  re2::StringPiece rest = piece(line);
  if (!may_be_prompt(line) || !RE2::Consume(&rest, prompt_regex())) return false;
  return trim({rest.data(), rest.size()}).empty();
}

// "#" alone in the last line is root's prompt where none is set, and then "# ls" above it is one, too.
bool is_under_bare_root(const ScreenLines& lines, std::size_t i) {
  return lines[lines.size() - 1] == "#" && (lines[i] == "#" || lines[i].starts_with("# "));
}

std::optional<std::string_view> command_on(const ScreenLines& lines, std::size_t i) {
  if (is_under_bare_root(lines, i)) return lines[i].substr(1);
  if (!may_be_prompt(lines[i])) return std::nullopt;
  re2::StringPiece rest = piece(lines[i]);
  const bool under_where = i > 0 && RE2::PartialMatch(rest, starship_regex()) && says_where(lines[i - 1]) &&
                           RE2::Consume(&rest, starship_regex());
  if (!under_where && !RE2::Consume(&rest, prompt_regex())) return std::nullopt;
  return std::string_view(rest.data(), rest.size());
}

std::string launch_regex(const AgentProcess& agent) {
  return fmt::format(
      R"((?m)^{} *(?:(?:sudo|npx|bunx|pnpm|dlx|exec|env|time|uvx|-y|--yes|[A-Z_]+=\S*) +)*(?:\S*/)?(?:{})(?:@\S+)?(?:\s|$))",
      prompt_pattern(), names_regex(agent));
}

std::string headless_regex(const AgentProcess& agent) {
  std::string words;
  for (const std::string& word : agent.headless) words += (words.empty() ? "" : "|") + RE2::QuoteMeta(word);
  return fmt::format(R"({}(?:[^\n]*\s)?(?:{})(?:\s|$))", launch_regex(agent), words);
}

std::optional<Killed> find_killed(const ScreenLines& lines) {
  static const RE2 word(
      R"((Killed|Terminated|Segmentation fault|Aborted|Bus error|Illegal instruction|Trace/breakpoint trap|core dumped|zsh: (?:killed|terminated|segmentation fault|abort|bus error)|terminated by signal SIG\w+))",
      regex_options());
  for (std::size_t i = lines.size(); i-- > 1;) {
    if (!command_on(lines, i)) continue;
    std::string found;
    if (RE2::PartialMatch(piece(lines[i - 1]), word, &found)) return Killed{found, i - 1};
  }
  return std::nullopt;
}

namespace {

// The last prompt's line that nothing was typed at; the number of lines if there is none.
std::size_t last_empty_prompt(const ScreenLines& lines) {
  for (std::size_t i = lines.size(); i-- > 0;) {
    if (lines[i].empty()) continue;
    return is_empty_prompt(lines[i]) ? i : lines.size();
  }
  return lines.size();
}

}  // namespace

std::optional<std::string> find_crash_report(const ScreenLines& lines) {
  static const RE2 report(
      one_of(
          "^",
          {// Node and Bun
           R"((?:FATAL ERROR: .*(heap out of memory)|(?:panic\(.*\): |oh no: )(Segmentation fault|Bun has crashed).*))",
           // Rust, by itself and by color-eyre
           R"((?:thread '.*' (?:\(\d+\) )?|The application )(panicked)\b.*)",
           R"((Traceback) \(most recent call last\):)"}),
      regex_options());
  constexpr std::size_t kLongest = 40;
  const std::size_t end = last_empty_prompt(lines);
  if (end == lines.size()) return std::nullopt;
  for (std::size_t i = end; i-- > 0 && end - i < kLongest;) {
    if (is_prompt_line(lines[i]) || lines.is_frame(i)) return std::nullopt;
    std::string heap, bun, rust, python;
    if (!RE2::FullMatch(piece(lines[i]), report, &heap, &bun, &rust, &python)) continue;
    return heap + bun + rust + python;
  }
  return std::nullopt;
}

std::optional<std::string_view> last_command(const ScreenLines& lines) {
  return command_before(lines, last_empty_prompt(lines));
}

std::optional<std::string_view> command_before(const ScreenLines& lines, std::size_t end) {
  // Bun's report names its program.
  static const RE2 args(R"re(^Args: "([^"]+)")re", regex_options());
  for (std::size_t i = std::min(end, lines.size()); i-- > 0;) {
    re2::StringPiece program;
    if (RE2::PartialMatch(piece(lines[i]), args, &program))
      return std::string_view(program.data(), program.size());
    const auto command = command_on(lines, i);
    if (command && !trim(*command).empty()) return command;
  }
  return std::nullopt;
}

bool shell_in_front(const Screen& screen, const ScreenLines& lines) {
  if (lines.size() == 0) return false;
  if (screen.cursor_y && screen.cursor_x) {
    const int row = *screen.cursor_y - screen.first_row;
    if (row >= 0 && row < static_cast<int>(lines.size())) {
      const std::string_view line = lines[static_cast<std::size_t>(row)];
      const auto command = command_on(lines, static_cast<std::size_t>(row));
      if (!command) return false;
      // The cursor right behind the prompt or behind what was typed after it: not in front of it.
      const int prompt_width = display_width(line.substr(0, line.size() - command->size()));
      return *screen.cursor_x >= prompt_width - 1;
    }
  }
  return is_empty_prompt(lines[lines.size() - 1]) || find_killed(lines).has_value();
}

bool is_dead_pane(const ScreenLines& lines) {
  return lines.size() > 0 && lines[lines.size() - 1].starts_with("Pane is dead");
}

std::optional<int> dead_pane_status(const ScreenLines& lines) {
  static const RE2 dead(R"(^Pane is dead \((status|signal) (\d+),)", regex_options());
  std::string kind;
  int number = 0;
  if (!is_dead_pane(lines) || !RE2::PartialMatch(piece(lines[lines.size() - 1]), dead, &kind, &number))
    return std::nullopt;
  return kind == "signal" ? 128 + number : number;
}

bool is_viewer(const ScreenLines& lines) {
  if (lines.size() == 0) return false;
  static const RE2 last(
      one_of("^",
             {// less, more, man
              R"(.*\(END\)|:|--More--.*|Manual page .*)",
              R"((?:\S+ )?lines \d+-\d+.*|\S+ \(file \d+ of \d+\).*)",
              // vim: its modes, the file that it opened, and where the cursor is
              R"(-- (?:INSERT|NORMAL|VISUAL|REPLACE).*|"[^"]+" (?:\[[^\]]*\] ?)?\d+(?:L| lines?), .*)",
              R"(.* \d+,\d+(?:-\d+)? +(?:All|Top|Bot|\d+%))"}),
      regex_options());
  return RE2::FullMatch(piece(trim(lines[lines.size() - 1])), last);
}

bool runs_lister(std::string_view command) {
  static const RE2 lister(
      R"(^ *(?:ls|ll|la|cd|pwd|date|whoami|which|mkdir|rm|cp|mv|touch|git (?:status|add|commit|push|pull|switch|checkout|branch|fetch|stash))(?: [^|;&<>`$()]*)?$)",
      regex_options());
  return RE2::PartialMatch(piece(command), lister);
}

bool runs_viewer(const ScreenLines& lines) {
  static const RE2 viewer(
      R"(^ *(?:sudo +)?(?:cat|less|more|most|tail|head|bat|batcat|vi|vim|nvim|view|nano|emacs|git|diff|grep|rg|man|watch|tac|sed|awk|strings|printf|echo)\b)",
      regex_options());
  for (std::size_t i = lines.size(); i-- > 0;) {
    const auto command = command_on(lines, i);
    if (!command || trim(*command).empty()) continue;
    return RE2::PartialMatch(piece(*command), viewer);
  }
  return false;
}

}  // namespace orc
