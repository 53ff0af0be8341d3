// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "command.h"
#include "parse.h"
#include "tmux_orc/bench/latency.h"
#include "tmux_orc/bench/replay.h"
#include "tmux_orc/daemon/service.h"
#include "tmux_orc/figures/json.h"
#include "version.h"

namespace orc::cli {

namespace {

void add_globals(CLI::App& app, Globals& g, bool wants_json) {
  app.add_option("-L", g.socket_name, "tmux server by socket name, as in tmux")->type_name("NAME");
  app.add_option("-S", g.socket_path, "tmux server by socket path, as in tmux")->type_name("PATH");
  app.add_option("--config", g.config_path, "configuration file (default ~/.tmux-orchestrator/config.yaml)")
      ->type_name("FILE");
  app.add_option("--environment", g.environment, "instance of the monitor (default $TMUX_ORC_ENV, else blue)")
      ->type_name("NAME");
  app.add_flag("--json", g.json, "machine-readable output");
  app.add_flag("-v,--verbose", g.verbose, "say more");
  app.set_version_flag("-V,--version", wants_json ? dump(version_json(), 2) : version_text());
}

int run(int argc, char** argv) {
  CLI::App app{"Watches AI coding agents in tmux: who works, who waits for a person, who is stuck or gone."};
  app.name("tmux-orc");
  app.require_subcommand(0, 1);
  app.fallthrough();  // global options may stand behind the subcommand
  app.footer("Example: tmux-orc demo start && tmux-orc -L orc-demo status");
  Globals globals;
  Action action = [&globals] { return run_top(globals); };
  const std::vector<std::string> words = with_help_command({argv + 1, argv + argc});
  const bool wants_json = std::ranges::find(words, "--json") != words.end();
  if (wants_json) report_errors_as_json();
  add_globals(app, globals, wants_json);
  add_commands(app, globals, action);
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));  // it takes them from the end
  } catch (const CLI::Success& e) {
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    const std::string problem = parse_problem(app, words, e);
    const std::string of = chosen_command(app);
    return report({ErrorKind::kInvalid, fmt::format("{}`tmux-orc{}{} --help` shows how it is used.", problem,
                                                    of.empty() ? "" : " ", of)});
  }
  if (const std::string why = refusal(chosen_command(app), globals); !why.empty())
    return report({ErrorKind::kInvalid, why});
  return action();
}

// The signals of `monitor run` are blocked before anything else is done: a SIGHUP that comes while the
// options are read is a reload like any other, not the end.
void block_daemon_signals(int argc, char** argv) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::string_view(argv[i]) != "monitor" || std::string_view(argv[i + 1]) != "run") continue;
    const sigset_t signals = daemon_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  }
}

// Cron jobs and units may come without it.
void find_home() {
  if (std::getenv("HOME") != nullptr) return;
  if (const passwd* user = ::getpwuid(::getuid()); user != nullptr && user->pw_dir != nullptr)
    ::setenv("HOME", user->pw_dir, 0);
}

}  // namespace
}  // namespace orc::cli

int main(int argc, char** argv) {
  // A pane of the demo or the benchmark: no option parsing, it must start fast.
  if (orc::is_replay(argc, argv)) return orc::run_replay(argc, argv);
  if (orc::is_stamp(argc, argv)) return orc::run_stamp(argc, argv);
  orc::cli::block_daemon_signals(argc, argv);
  orc::cli::find_home();
  try {
    return orc::cli::run(argc, argv);
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "tmux-orc: out of memory (`ulimit -v`?)\n");
  } catch (const std::system_error& e) {
    if (e.code() == std::errc::resource_unavailable_try_again)
      fmt::print(
          stderr,
          "tmux-orc: no thread can be started: out of memory or processes (`ulimit -v`, `ulimit -u`?)\n");
    else
      fmt::print(stderr, "tmux-orc: internal error: {}\n", e.what());
  } catch (const std::exception& e) {
    fmt::print(stderr, "tmux-orc: internal error: {}\n", e.what());
  }
  return orc::cli::kFailure;
}
