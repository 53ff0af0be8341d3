// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/base/ask_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "tmux_orc/base/text.h"

namespace orc {
namespace {

std::string first_line(const std::string& text, bool* more) {
  const std::size_t end = text.find('\n');
  *more = end != std::string::npos;
  std::string line = printable(trim(text.substr(0, end)));
  std::replace(line.begin(), line.end(), '`', '\'');
  return line;
}

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

// "make all", "FOO=1 make", "/bin/ls"; not "Edit hello.py".
bool is_command(const std::string& line) {
  const std::string word = line.substr(0, line.find(' '));
  return !word.empty() && (word.find_first_of("=/") != std::string::npos || !is_upper(word[0]));
}

bool names_a_file(std::string_view line) {
  const std::size_t dot = line.rfind('.');
  return line.find('/') != std::string_view::npos ||
         (dot != std::string_view::npos && dot + 1 < line.size() && line[dot + 1] != ' ' &&
          dot + 7 > line.size());
}

std::string base_name(const std::string& line) {
  const std::size_t cut = line.find_last_of("/ ");
  return cut == std::string::npos ? line : line.substr(cut + 1);
}

// What is worth saying beside the question: a file, a folder, or what the dialog is headed with.
std::string subject_of(const Ask& ask, bool* more) {
  std::string line = first_line(ask.subject, more);
  if (ask.kind != "edit") return line;
  for (const std::string_view other : split_lines(ask.subject)) {
    if (!names_a_file(other)) continue;
    bool rest = false;
    line = first_line(std::string(other), &rest);
    *more = false;
    return ask.title.find(base_name(line)) == std::string::npos ? line : std::string();
  }
  return line;
}

// Between backticks, with a sign where something was left out.
std::string quoted(const std::string& text, bool more, int columns) {
  if (columns < 6) return {};
  std::string shown = fit_width(text, columns - (more ? 4 : 2));
  return fmt::format("`{}{}`", shown, more && !shown.ends_with("…") ? " …" : "");
}

}  // namespace

std::string ask_text(const Ask& ask, int columns) {
  const std::string title = printable(ask.title);
  if (ask.kind == "error" || ask.kind == "limit" || ask.subject.empty()) return fit_width(title, columns);
  bool more = false;
  const std::string subject = subject_of(ask, &more);
  if (ask.kind == "command" && is_command(subject))
    return fmt::format("run {}?", quoted(subject, more, columns - 5));
  const bool tells_more = ask.kind == "command" || ask.kind == "edit" || ask.kind == "trust";
  if (!tells_more || subject.empty()) return fit_width(title, columns);
  if (title.empty()) return quoted(subject, more, columns);
  const int left = columns - display_width(title) - 1;
  // Half a word of the subject helps nobody.
  if (left < 12) return fit_width(title, columns);
  return title + " " + quoted(subject, more, left);
}

std::string asks_text(const Verdict& verdict, int columns) {
  return verdict.asks ? ask_text(*verdict.asks, columns) : std::string();
}

std::string waits_text(const std::string& detail, const std::string& asks) {
  if (!asks.empty()) return "waits for a person: " + asks;
  return detail.empty() ? "waits for a person" : fmt::format("waits for a person ({})", detail);
}

}  // namespace orc
