// SPDX-License-Identifier: Apache-2.0
// tmux-orc demo: a tmux server with replayed agents that change state, for trying things out.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "command.h"
#include "number.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/bench/private_server.h"
#include "tmux_orc/bench/scene.h"
#include "tmux_orc/daemon/launch.h"
#include "tmux_orc/tmux/spawn.h"

namespace orc::cli {
namespace {

constexpr const char* kServerName = "orc-demo";
constexpr const char* kMark = "@orc_demo";  // a user option that says the server is ours to stop

struct Tmux {
  std::string binary;
  ServerAddress address = resolve_server(kServerName, "");

  Result<std::string> run(std::vector<std::string> words, const std::string& input = "") const {
    std::vector<std::string> argv = {binary, "-L", kServerName};  // by name: tmux makes the socket's folder
    argv.insert(argv.end(), words.begin(), words.end());
    StringSink sink;
    ORC_TRY(done, run_process(argv, input, Steady::now() + std::chrono::seconds(30), sink));
    if (done->status != 0) return fail(ErrorKind::kCommand, std::string(trim(done->errors)));
    return std::string(trim(sink.text));
  }
  bool answers() const { return run({"-N", "list-sessions"}).has_value(); }
  bool running() const {
    const auto mark = run({"-N", "show-options", "-gqv", kMark});
    return mark && *mark == "1";
  }
};

std::vector<PaneScript> demo_panes(int count) {
  std::vector<PaneScript> panes;
  const auto agents = scene_agents();
  for (int i = 0; i < count; ++i) {
    panes.push_back(
        {agents[static_cast<std::size_t>(i) % agents.size()], "working", "life", static_cast<unsigned>(i)});
  }
  return panes;
}

int start_demo(const Tmux& tmux, int count) {
  if (tmux.running()) {
    fmt::print("The demo is running already. See it: tmux-orc -L {0} status, or tmux -L {0} attach\n",
               kServerName);
    return kOk;
  }
  if (tmux.answers()) {
    return report({ErrorKind::kIo, fmt::format("a tmux server {0} runs already, and not a demo: end it with "
                                               "tmux -L {0} kill-server if nobody needs it",
                                               kServerName)});
  }
  auto program = own_program();
  if (!program) return report(program.error());
  const StartPlan plan = plan_panes(demo_panes(count), 120, 40, 4, *program);
  std::vector<std::string> first = {"-f", "/dev/null"};
  first.insert(first.end(), plan.first.begin(), plan.first.end());
  // In one go: a start that is cut short leaves a demo that `demo stop` knows.
  for (const char* word : {";", "set-option", "-g", kMark, "1"}) first.emplace_back(word);
  if (auto ok = tmux.run(first); !ok) return report(ok.error());
  std::string script;
  for (const auto& command : plan.others) {
    if (auto ok = append_quoted(script, command); !ok) return report(ok.error());
  }
  if (!script.empty()) {
    if (auto ok = tmux.run({"source-file", "-"}, script); !ok) return report(ok.error());
  }
  fmt::print(
      "{} replayed agents run on the tmux server {} (its own socket: {}).\n"
      "  tmux-orc -L {} status              who needs a person\n"
      "  tmux-orc -L {} monitor --interval 2  what changes\n"
      "  tmux -L {} attach                  look at them\n"
      "  tmux-orc demo stop                       end it\n",
      count, kServerName, tmux.address.socket_path, kServerName, kServerName, kServerName);
  return kOk;
}

int stop_demo(const Tmux& tmux) {
  if (!tmux.running()) {
    fmt::print("No demo is running.\n");
    return kOk;
  }
  const auto pid = tmux.run({"-N", "display-message", "-p", "#{pid}"});
  if (auto ok = tmux.run({"kill-server"}); !ok) return report(ok.error());
  // Until it is gone: a start right after would meet a server that is closing down.
  for (int i = 0; pid && i < 500 && ::kill(std::atoi(pid->c_str()), 0) == 0; ++i) ::usleep(10'000);
  fmt::print("The demo has ended.\n");
  return kOk;
}

int with_tmux(const std::function<int(const Tmux&)>& action) {
  auto binary = find_tmux();
  if (!binary) return report(binary.error());
  return action(Tmux{*binary});
}

void add_demo(CLI::App& app, Globals&, Action& action) {
  auto* sub =
      app.add_subcommand("demo", "A tmux server with replayed agents that change state, to try things out");
  sub->require_subcommand(1);
  sub->footer("Example: tmux-orc demo start && tmux-orc -L orc-demo status");
  auto count = std::make_shared<int>(8);
  auto* start_cmd = sub->add_subcommand("start", "Start it");
  takes_whole(start_cmd->add_option("--agents", *count, "how many agents"), 1, 1000)->capture_default_str();
  start_cmd->callback([count, &action] {
    action = [count] { return with_tmux([count](const Tmux& t) { return start_demo(t, *count); }); };
  });
  sub->add_subcommand("stop", "End it")->callback([&action] {
    action = [] { return with_tmux(stop_demo); };
  });
}

const Registration kDemo(40, add_demo, {{"demo", kNoServer | kNoJson}});

}  // namespace
}  // namespace orc::cli
