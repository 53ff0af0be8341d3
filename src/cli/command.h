// Commands of the tmux-orc program: each file registers one with CLI11. Exit codes: 0 done, 1 the answer is
// "no" (see the command), 2 wrong use or bad input, 3 no server or tmux, 4 internal or I/O error.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "tmux_orc/base/result.h"
#include "tmux_orc/daemon/plan.h"

namespace orc::cli {

inline constexpr int kOk = 0, kNo = 1, kUsage = 2, kUnavailable = 3, kFailure = 4;
inline constexpr int kHealthUsage = 64;  // of `health`, whose 2 means critical

struct Globals {
  std::string socket_name, socket_path, config_path, environment;
  bool json = false;
  bool verbose = false;
};

// What main() runs after parsing: set by the chosen subcommand's callback.
using Action = std::function<int()>;

// Prints "tmux-orc: message" to standard error and gives the exit code that fits the error.
int report(const Error& error);

void add_monitor(CLI::App& app, Globals& globals, Action& action);
void add_daemon_commands(CLI::App& monitor, Globals& globals, Action& action,
                         std::shared_ptr<RunFlags> flags);
void add_status(CLI::App& app, Globals& globals, Action& action);
void add_top(CLI::App& app, Globals& globals, Action& action);
int run_top(const Globals& globals);  // the program's name alone
void add_benchmark(CLI::App& app, Globals& globals, Action& action);
void add_demo(CLI::App& app, Globals& globals, Action& action);
void add_classify(CLI::App& app, Globals& globals, Action& action);
void add_explain(CLI::App& app, Globals& globals, Action& action);
void add_record(CLI::App& app, Globals& globals, Action& action);
void add_rules(CLI::App& app, Globals& globals, Action& action);
void add_health(CLI::App& app, Globals& globals, Action& action);
void add_doctor(CLI::App& app, Globals& globals, Action& action);
void add_perf(CLI::App& app, Globals& globals, Action& action);
void add_cache(CLI::App& app, Globals& globals, Action& action);
void add_config(CLI::App& app, Globals& globals, Action& action);
void add_notify(CLI::App& app, Globals& globals, Action& action);
void add_environments(CLI::App& app, Globals& globals, Action& action);
void add_reports(CLI::App& app, Globals& globals, Action& action);  // after add_perf and add_cache
void add_completion(CLI::App& app, Globals& globals, Action& action);

}  // namespace orc::cli
