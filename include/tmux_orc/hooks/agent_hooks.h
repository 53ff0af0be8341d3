// SPDX-License-Identifier: Apache-2.0
// AgentHooks: the few lines in an agent's own settings that make it call `tmux-orc hook` when a turn begins,
// ends or asks. What is added and what is removed is a matter of texts here: no I/O. Thread-safe.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tmux_orc/base/result.h"

namespace orc {

struct AgentHooks {
  enum class Kind {
    kSettings,  // an entry an event in a JSON document that the user keeps, too
    kFile,      // a file of its own
  };
  std::string agent;
  Kind kind = Kind::kSettings;
  std::string folder_variable;  // names the agent's folder; "" if it has none
  std::string folder;           // below HOME, where the variable is not set
  std::string file;             // below that folder
  std::vector<std::string> events;
  std::string note;  // what else the user has to do, "" if nothing
};

// Those whose hooks were tried with the agent itself.
const std::vector<AgentHooks>& agents_with_hooks();
// kInvalid, with the names of those that have them.
Result<AgentHooks> hooks_of(std::string_view agent);

// The agent's file; `variable` is the environment. kInvalid where no folder is known.
using Variable = std::function<std::string(const char*)>;
Result<std::string> folder_of_agent(const AgentHooks& hooks, const Variable& variable);

// The shell's line that an agent runs, of the program at this path: silent, and no error when it is gone.
std::string hook_line(const std::string& program);

// The file with the hooks that call the program, and without any older ones of ours; "" stands for no file.
// kInvalid for a file that is not understood: it must be left alone.
Result<std::string> with_hooks(const AgentHooks& hooks, const std::string& text, const std::string& program);
// The file without them; "" where nothing else was in it.
Result<std::string> without_hooks(const AgentHooks& hooks, const std::string& text);
// How many of the events have a hook of ours.
Result<std::size_t> count_hooks(const AgentHooks& hooks, const std::string& text);

// What changed, line by line, as `diff -u` shows it; "" if nothing did.
std::string line_diff(const std::string& before, const std::string& after);

}  // namespace orc
