// SPDX-License-Identifier: Apache-2.0
// The command line's words: what a person meant who mistyped a command or an option. Thread-safe.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace orc::cli {

// "tmux-orc help status" as "tmux-orc status --help".
std::vector<std::string> with_help_command(std::vector<std::string> words);
// Why `help` cannot be given of these words: one of them names no command; "" if all do.
std::string unknown_topic(const CLI::App& app, const std::vector<std::string>& words);

// The command that was chosen: "perf watch"; "" for none.
std::string chosen_command(const CLI::App& app);

// What to say of words that could not be understood, in a line or more.
std::string parse_problem(const CLI::App& app, const std::vector<std::string>& words,
                          const CLI::ParseError& error);

}  // namespace orc::cli
