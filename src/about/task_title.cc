// SPDX-License-Identifier: Apache-2.0
#include "task_title.h"

#include <absl/strings/str_split.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tmux_orc/base/text.h"

namespace orc {
namespace {

constexpr int kLongestTask = 120;  // columns

// Agents that give their work a title of their own. Others show nothing but themselves (gemini, qwen), the
// folder (pi), or what the person typed first (cline, copilot), which is no title.
struct TitleForm {
  std::string_view agent;
  std::vector<std::string_view> names;  // parts between " | " that are no task
};
const std::vector<TitleForm>& forms() {
  static const std::vector<TitleForm> kForms = {
      {"claude", {"Claude Code", "claude"}},
      {"codex", {"codex", "Action Required"}},
      {"droid", {"Droid", "New Session"}},
      {"kilo", {"Kilo CLI"}},
      {"letta", {"Letta Code"}},
      {"omp", {"omp"}},
      {"opencode", {"OC", "OpenCode"}},
  };
  return kForms;
}

// Spinners, stars and the like, with what makes them text or a picture.
bool is_mark(char32_t c) {
  return c == U' ' || (c >= 0x2190 && c <= 0x2BFF) || c == 0xFE0E || c == 0xFE0F ||
         (c >= 0x1F300 && c <= 0x1FAFF);
}

std::string_view without_marks(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t here = at;
    if (!is_mark(utf8_next(text, at))) return text.substr(here);
  }
  return {};
}

std::string_view without_prefix(std::string_view text, std::string_view prefix) {
  if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
  return text;
}

// "π > topic", at work "π ⠧ topic"; "[ ! ] Action Required".
std::string_view without_sign(std::string_view part) {
  part = without_marks(part);
  part = without_marks(without_prefix(part, "π "));
  part = without_prefix(part, "> ");
  for (const std::string_view sign : {"[ ! ] ", "[ . ] "}) part = without_prefix(part, sign);
  return trim(part);
}

}  // namespace

std::string task_of_title(std::string_view title, std::string_view agent, std::string_view folder_name) {
  const auto form =
      std::find_if(forms().begin(), forms().end(), [&](const TitleForm& f) { return f.agent == agent; });
  if (form == forms().end()) return "";
  const std::string clean = printable(title.substr(0, 2048));
  std::string task;
  const std::vector<std::string> parts = absl::StrSplit(clean, " | ");
  for (const std::string& raw : parts) {
    const std::string_view part = without_sign(raw);
    const bool is_name = std::any_of(form->names.begin(), form->names.end(),
                                     [&](std::string_view name) { return name == part; });
    if (part.empty() || is_name || part == folder_name) continue;
    task += (task.empty() ? "" : " | ") + std::string(part);
  }
  // A terminal's title from before the agent set one says who and where: the shell's, the machine's.
  if (task.find_first_of(" \t") == std::string::npos && task == trim(clean)) return "";
  return fit_width(task, kLongestTask);
}

}  // namespace orc
