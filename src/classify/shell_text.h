// SPDX-License-Identifier: Apache-2.0
// What a shell's own lines look like: its prompt, the command that started an agent, the word it prints when
// a program was killed. Pure, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "layout.h"
#include "tmux_orc/base/evidence.h"

namespace orc {

// A line that begins with a shell prompt ("dev@box:/srv# ", "~/src $ "), whatever was typed behind it.
bool is_prompt_line(std::string_view line);

// A line that is a prompt and nothing else.
bool is_empty_prompt(std::string_view line);

// What was typed behind the shell's prompt that line `i` begins with: of the makes above, or a sign alone
// under a line that says where one is (starship, pure). Nothing where no prompt is.
std::optional<std::string_view> command_on(const ScreenLines& lines, std::size_t i);

// Regex of a shell's prompt with the agent's command behind it (multi-line).
std::string launch_regex(const AgentProcess& agent);

// The same with one of the words behind it that make it run one task without a prompt.
std::string headless_regex(const AgentProcess& agent);

// A line with "Killed", "Segmentation fault" or the like directly before a prompt line. The word may stand
// over what is left of the agent's screen.
struct Killed {
  std::string word;
  std::size_t line = 0;
};
std::optional<Killed> find_killed(const ScreenLines& lines);

// What a runtime wrote of its end directly before the last prompt: "panicked", "out of memory", a trace of
// Python. No other command was typed between.
std::optional<std::string> find_crash_report(const ScreenLines& lines);

// The last command that was typed before line `end`, and the one before the last prompt, which a report is
// of.
std::optional<std::string_view> command_before(const ScreenLines& lines, std::size_t end);
std::optional<std::string_view> last_command(const ScreenLines& lines);

// The shell waits for a command: the cursor stands right behind a prompt, or, where the cursor is not known,
// the screen's last line is an empty prompt or a killed-word stands before a prompt.
bool shell_in_front(const Screen& screen, const ScreenLines& lines);

// What tmux writes at the end of a dead pane, and the exit status, or 128 + signal, in it.
bool is_dead_pane(const ScreenLines& lines);
std::optional<int> dead_pane_status(const ScreenLines& lines);

// A pager's or an editor's last line.
bool is_viewer(const ScreenLines& lines);
// A command that prints no screen of an agent: ls, cd, git status and the like.
bool runs_lister(std::string_view command);
// The last command on a prompt line shows a file: cat, less, tail, vim, git and the like.
bool runs_viewer(const ScreenLines& lines);

}  // namespace orc
