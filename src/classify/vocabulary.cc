// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/classify/vocabulary.h"

#include <algorithm>
#include <array>

namespace orc {
namespace {

constexpr auto kLabels = std::to_array<Label>({
    {"starting", "the agent was started and has not drawn its prompt"},
    {"working", "a turn runs: it thinks, writes, runs a tool, tries again"},
    {"compacting", "it shortens its own memory: a kind of working"},
    {"waiting", "a dialog blocks until a person answers"},
    {"idle", "the prompt is empty and no turn runs"},
    {"draft", "text stands in the prompt that nobody has sent"},
    {"menu", "a list that the person opened: idle or waiting is right"},
    {"rate_limited", "a limit, a quota or missing credit stopped the turn"},
    {"error", "another error stopped the turn"},
    {"interrupted", "the person stopped the turn"},
    {"exited", "the agent ended by itself or was quit"},
    {"crashed", "the agent was killed or fell over"},
    {"not_agent", "no agent is in the pane"},
});

constexpr auto kBuiltin = std::to_array<BuiltinVerdict>({
    {"prompt-empty", "idle", "a prompt box without text, and no rule holds"},
    {"prompt-draft", "draft", "a prompt box with text, and no rule holds"},
    {"choice-pointer", "waiting",
     "a pointer stands on one of several options, or marks tell them, and no prompt box below it"},
    {"choice-numbered", "waiting", "numbered options, or ones with letters, one of them pointed at"},
    {"choice-buttons", "waiting", "buttons in one row"},
    {"choice-yes-no", "waiting",
     "a question with (y/n) or the like, the cursor behind it or in an empty bare prompt below"},
    {"choice-keys", "waiting",
     "the keys of a list or a dialog are named, or the one that leaves it, and no prompt box is there"},
    {"choice-limit", "rate_limited", "such a choice, about a limit"},
    {"command-list", "draft", "the popup of commands or files, in a pane too low for the prompt above it"},
    {"activity", "working", "a spinner with a counter, or a key that stops the turn"},
    {"background", "idle", "the footer counts what runs in the background"},
    {"overlay", "idle",
     "a list above the prompt box has the cursor, or a window covers it whose last line names the key that "
     "closes it"},
    {"no-screen-yet", "starting", "the agent's process is there and nothing of its screen"},
    {"launch-line", "starting", "the shell's last line starts an agent"},
    {"screen-moves", "working",
     "nothing else is known of a living agent, and its screen changes between looks"},
    {"screen-still", "idle",
     "nothing else is known of a living agent, and its screen did not change for a minute"},
    {"no-rule", "unknown", "the agent's screen is there, without a prompt box, and no rule holds"},
    {"behind-another-program", "unknown",
     "the agent runs on a terminal of its own behind another program (a recorder, an editor), whose screen "
     "does not tell"},
    {"not-reached", "unknown", "the pane's server was not reached for a while"},
    {"empty-screen", "unknown", "nothing stands on the screen, and processes are not known"},
    {"agent-suspended", "interrupted", "the agent's process is stopped (Ctrl-Z)"},
    {"headless", "working", "it runs one task without a prompt (exec, --print) until it ends"},
    {"farewell", "exited", "the agent's farewell stands above the shell's prompt"},
    {"shell-in-front", "exited", "only a shell is left where an agent was"},
    {"shell-in-its-prompt", "unknown", "a shell writes where the agent's prompt box still stands"},
    {"pane-ended", "exited", "the pane is dead, not by a crash's signal"},
    {"pane-died", "crashed", "the pane is dead by a signal such as KILL or SEGV"},
    {"killed", "crashed", "the shell says that the agent was killed"},
    {"left-open", "crashed", "the agent is gone and left the alternate screen on or the cursor hidden"},
    {"no-agent", "not_agent", "no process and no text of an agent"},
});

}  // namespace

std::span<const Label> labels() { return kLabels; }

bool is_label(std::string_view name) {
  return std::any_of(kLabels.begin(), kLabels.end(), [&](const Label& l) { return l.name == name; });
}

std::span<const BuiltinVerdict> builtin_verdicts() { return kBuiltin; }

}  // namespace orc
