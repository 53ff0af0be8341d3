#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <string_view>

#include "command.h"
#include "replay.h"
#include "tmux_orc/daemon/service.h"
#include "version.h"

namespace orc::cli {

namespace {

void add_globals(CLI::App& app, Globals& g) {
  app.add_option("-L", g.socket_name, "tmux server by socket name, as in tmux")->type_name("NAME");
  app.add_option("-S", g.socket_path, "tmux server by socket path, as in tmux")->type_name("PATH");
  app.add_option("--config", g.config_path, "configuration file (default ~/.tmux-orchestrator/config.yaml)")
      ->type_name("FILE");
  app.add_option("--environment", g.environment, "instance of the monitor (default $TMUX_ORC_ENV, else blue)")
      ->type_name("NAME");
  app.add_flag("--json", g.json, "machine-readable output");
  app.add_flag("-v,--verbose", g.verbose, "say more");
  app.set_version_flag("--version", version_text());
}

int run(int argc, char** argv) {
  CLI::App app{"Watches AI coding agents in tmux: who works, who waits for a person, who is stuck or gone."};
  app.name("tmux-orc");
  app.require_subcommand(0, 1);
  app.fallthrough();  // global options may stand behind the subcommand
  app.footer("Example: tmux-orc demo start && tmux-orc -L orc-demo status");
  Globals globals;
  Action action = [&globals] { return run_top(globals); };
  add_globals(app, globals);
  add_top(app, globals, action);
  add_status(app, globals, action);
  add_monitor(app, globals, action);
  add_benchmark(app, globals, action);
  add_demo(app, globals, action);
  add_classify(app, globals, action);
  add_explain(app, globals, action);
  add_record(app, globals, action);
  add_rules(app, globals, action);
  add_health(app, globals, action);
  add_doctor(app, globals, action);
  add_perf(app, globals, action);
  add_cache(app, globals, action);
  add_config(app, globals, action);
  add_environments(app, globals, action);
  add_notify(app, globals, action);
  add_reports(app, globals, action);
  add_completion(app, globals, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    app.exit(e);
    return app.got_subcommand("health") ? kHealthUsage : kUsage;
  }
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

}  // namespace
}  // namespace orc::cli

int main(int argc, char** argv) {
  // A pane of the demo or the benchmark: no option parsing, it must start fast.
  if (orc::cli::is_replay(argc, argv)) return orc::cli::run_replay(argc, argv);
  orc::cli::block_daemon_signals(argc, argv);
  try {
    return orc::cli::run(argc, argv);
  } catch (const std::exception& e) {
    fmt::print(stderr, "tmux-orc: internal error: {}\n", e.what());
    return orc::cli::kFailure;
  }
}
