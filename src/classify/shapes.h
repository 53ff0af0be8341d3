// SPDX-License-Identifier: Apache-2.0
// Shapes: what a screen says without words that only one agent uses. A pointer on one of several options asks
// a person; a spinner with an elapsed counter is at work. Pure, thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "layout.h"
#include "tmux_orc/base/evidence.h"

namespace orc {

// Where a choice is looked for, from the end of the screen. Not above kLiveRows: a partial capture has them.
inline constexpr std::size_t kChoiceLines = 22;

struct Choice {
  enum class Kind { kNone, kPointer, kNumbers, kButtons, kYesNo, kKeys };
  Kind kind = Kind::kNone;
  std::size_t first = 0, last = 0;  // lines of the dialog: what it is about, options, key hints
  struct Option {
    std::size_t line = 0;
    std::string_view key, text;  // "2" or "y"; "" where it has none
  };
  std::vector<Option> options;  // empty where only the keys are named
  int selected = -1;            // index in options
  bool found() const { return kind != Kind::kNone; }
};

// `layout` as found for the agent: a choice stands below its prompt box, inside of it, or there is no box.
// `asked`: that a person is waited for is known, so a pointer needs no proof.
Choice find_choice(const ScreenLines& lines, const Layout& layout, const PromptSpec& prompt,
                   const Screen& screen, bool asked = false);
const char* name_of(Choice::Kind kind);

// Where nothing better is known of a screen without a prompt: its last lines name the key that leaves it
// ("tab · esc", "Esc to close").
Choice find_way_out(const ScreenLines& lines);

// A window over the prompt, whose last line names the key that closes it.
bool covers_prompt(const ScreenLines& lines, const Layout& layout, const Screen& screen);

// A list that one searches by typing: its rows are no words of the agent.
bool is_searched(const ScreenLines& lines, const Choice& choice);

// What a choice is about, by the words of its dialog: command, edit, plan, question, trust, login, limit;
// "choice" where no word tells.
std::string_view subject_of(std::string_view dialog);

// The popup of an agent's commands ("/help   Show help") or of files, whose keys complete what is typed, in a
// pane too low for the prompt above it.
bool lists_commands(const ScreenLines& lines, const Choice& choice);

// An agent at work: the line that says so, or nothing. Looks at the live region only.
struct Activity {
  std::string_view line;
  std::string_view where;  // "above", "above what is queued", "footer", "border", "input"
  bool compacting = false, retrying = false;
};
std::optional<Activity> find_activity(const ScreenLines& lines, const Layout& layout);

// What is said of a command that the person typed ("Error: Usage: /add-dir <directory>"): no turn failed.
bool is_of_command(std::string_view sentence);

// The footer counts what runs in the background ("2 background tasks").
bool counts_background(const Layout& layout);

// Nothing of a program is on the screen yet: it is blank, or ends with a shell's command line and plain
// messages below it, the cursor at the start of the next line.
bool nothing_drawn(const Screen& screen, const ScreenLines& lines);

}  // namespace orc
