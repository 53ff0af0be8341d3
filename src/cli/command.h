// SPDX-License-Identifier: Apache-2.0
// Commands of the tmux-orc program: each file registers its own with CLI11, at start, by a Registration. Exit
// codes: 0 done, 1 the answer is "no" (see the command), 2 wrong use or bad input, 3 no server or tmux, 4
// internal or I/O error.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tmux_orc/base/result.h"
#include "tmux_orc/daemon/plan.h"

namespace orc::cli {

inline constexpr int kOk = 0, kNo = 1, kUsage = 2, kUnavailable = 3, kFailure = 4;

struct Globals {
  std::string socket_name, socket_path, config_path, environment;
  bool json = false;
  bool verbose = false;
};

// What main() runs after parsing: set by the chosen subcommand's callback.
using Action = std::function<int()>;
using AddCommand = void (*)(CLI::App& app, Globals& globals, Action& action);

// Global options that have no meaning for a command, and are refused with it.
enum Refused : unsigned { kTakesAll = 0, kNoServer = 1, kNoJson = 2 };
// {"rules check", kNoJson}: for that command and those below it.
using Refusals = std::vector<std::pair<std::string, unsigned>>;

// A file's commands: `const Registration kStatus(10, add_status);`. `place` orders them in --help; what adds
// to another's command stands behind it.
class Registration {
 public:
  Registration(int place, AddCommand add, Refusals refused = {});
};
void add_commands(CLI::App& app, Globals& globals, Action& action);
// Why these global options do not go with the command that was chosen ("config show"); empty if they do.
std::string refusal(const std::string& command, const Globals& globals);

// Prints "tmux-orc: message" to standard error and gives the exit code that fits the error. With --json the
// error is an object on standard output too.
int report(const Error& error);
void report_errors_as_json();

// `monitor`'s subcommands for the daemon.
void add_daemon_commands(CLI::App& monitor, Globals& globals, Action& action,
                         std::shared_ptr<RunFlags> flags);
// What the program's name alone does: the cockpit.
int run_top(const Globals& globals);

}  // namespace orc::cli
