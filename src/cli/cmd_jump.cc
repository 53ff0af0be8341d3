// SPDX-License-Identifier: Apache-2.0
// tmux-orc next, tmux-orc jump: takes the person's tmux client to a pane.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent_filter.h"
#include "command.h"
#include "setup.h"
#include "status_source.h"
#include "tmux_orc/aggregate/aggregator.h"
#include "tmux_orc/base/files.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/figures/json.h"
#include "tmux_orc/notify/mutes.h"
#include "tmux_orc/tui/jump.h"

namespace orc::cli {
namespace {

struct JumpOptions {
  std::string pane, client;
  AgentFilter filter;
  bool back = false;
};

// Everything a jump needs to know, read once.
struct JumpSetup {
  Paths paths;
  PlannedServers planned;
  tui::Seat seat;
};

Result<JumpSetup> make_jump_setup(const Globals& globals, const JumpOptions& o) {
  ORC_TRY(paths, paths_of(globals));
  ORC_TRY(planned, plan_servers(plan_request(globals, {}), *paths));
  return JumpSetup{std::move(*paths), std::move(*planned), tui::own_seat(o.client)};
}

// Where the person came from, newest last: [{"socket": "/tmp/...", "pane": "%3"}].
class JumpTrail {
 public:
  explicit JumpTrail(const Paths& paths) : folder_(paths.root), file_(paths.root + "/jumps.json") {
    const auto text = read_file(file_);
    const auto j = text ? parse_json(*text) : tl::unexpected(text.error());
    if (j && j->is_array()) trail_ = *j;
  }
  void push(const std::string& socket, const std::string& pane) {
    trail_.push_back({{"socket", socket}, {"pane", pane}});
    while (trail_.size() > kMost) trail_.erase(trail_.begin());
  }
  // The newest of this server; "" if there is none.
  std::string pop(const std::string& socket) {
    for (std::size_t i = trail_.size(); i-- > 0;) {
      const auto& step = trail_[i];
      if (!step.is_object() || step.value("socket", "") != socket) continue;
      const std::string pane = step.value("pane", "");
      trail_.erase(trail_.begin() + static_cast<std::ptrdiff_t>(i));
      return pane;
    }
    return "";
  }
  void save() const {  // a convenience: a disk that is full costs the way back, not the jump
    if (make_private_folder(folder_))
      static_cast<void>(write_file_atomically(file_, dump(trail_) + "\n", false));
  }

 private:
  static constexpr std::size_t kMost = 50;
  const std::string folder_, file_;
  nlohmann::ordered_json trail_ = nlohmann::ordered_json::array();
};

// Jumps; outside of tmux this process becomes the client that shows the pane.
int go(const JumpSetup& setup, const ServerAddress& server, PaneId pane, JumpTrail* trail) {
  const auto jumped = tui::jump_to(server, setup.planned.tmux_binary, pane, setup.seat);
  if (!jumped) return report(jumped.error());
  if (trail != nullptr && !jumped->from.empty() && jumped->from != fmt::format("%{}", pane)) {
    trail->push(server.socket_path, jumped->from);
    trail->save();
  }
  if (jumped->attach.empty()) return kOk;
  if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDOUT_FILENO) != 1)
    return report({ErrorKind::kUnavailable, fmt::format("not in tmux, and no terminal to show it: {}",
                                                        fmt::join(jumped->attach, " "))});
  std::vector<std::string> words = jumped->attach;
  std::vector<char*> argv;
  for (std::string& w : words) argv.push_back(w.data());
  argv.push_back(nullptr);
  ::execv(argv[0], argv.data());
  return report({ErrorKind::kIo, "cannot start " + words[0]});
}

int jump(const Globals& globals, const JumpOptions& o) {
  const auto setup = make_jump_setup(globals, o);
  if (!setup) return report(setup.error());
  JumpTrail trail(setup->paths);
  // A number on the server that we are in, or that is named, needs no look at all.
  const bool named = !globals.socket_name.empty() || !globals.socket_path.empty();
  if (const auto id = pane_number(o.pane); id && (named || !setup->seat.socket.empty())) {
    const ServerAddress server =
        named ? setup->planned.servers.front() : resolve_server("", setup->seat.socket);
    return go(*setup, server, *id, &trail);
  }
  const auto snapshot = latest_snapshot(globals, setup->paths);
  if (!snapshot) return report(snapshot.error());
  const auto agent = agent_named(*snapshot, o.pane, "");
  if (!agent) return report(agent.error());
  const auto server = tui::server_named(agent->pane.server_name, setup->planned.servers);
  if (!server) return report(server.error());
  return go(*setup, *server, agent->pane.key.pane, &trail);
}

int back(const JumpSetup& setup) {
  if (setup.seat.socket.empty()) return report({ErrorKind::kInvalid, "outside of tmux there is no way back"});
  JumpTrail trail(setup.paths);
  const ServerAddress server = resolve_server("", setup.seat.socket);
  for (;;) {
    const auto pane = pane_number(trail.pop(server.socket_path));
    trail.save();
    if (!pane) {
      fmt::print("Nowhere to go back to.\n");
      return kNo;
    }
    const auto jumped = tui::jump_to(server, setup.planned.tmux_binary, *pane, setup.seat);
    if (jumped) return kOk;
    if (jumped.error().kind != ErrorKind::kCommand)
      return report(jumped.error());  // a pane that is gone is left out
  }
}

int next(const Globals& globals, const JumpOptions& o) {
  if (auto ok = check(o.filter); !ok) return report(ok.error());
  const auto setup = make_jump_setup(globals, o);
  if (!setup) return report(setup.error());
  if (o.back) return back(*setup);
  const auto snapshot = latest_snapshot(globals, setup->paths);
  if (!snapshot) return report(snapshot.error());
  AgentFilter filter = o.filter;
  filter.needs = filter.states.empty();
  Mutes mutes(setup->paths.mute_file());
  mutes.refresh();
  std::vector<const AgentStatus*> wanted;
  for (const std::size_t i : choose(snapshot->agents, filter)) {
    const AgentStatus& a = snapshot->agents[i];
    if (!mutes.is_muted(a.pane, snapshot->at_ms)) wanted.push_back(&a);
  }
  // As in the cockpit: of the same need, who waits longest comes first.
  std::stable_sort(wanted.begin(), wanted.end(), [](const AgentStatus* a, const AgentStatus* b) {
    return std::pair(attention_rank(*a), a->since_ms) < std::pair(attention_rank(*b), b->since_ms);
  });
  if (wanted.empty()) {
    fmt::print("Nobody needs you.\n");
    return kNo;
  }
  // Where the person is in this order decides who is the next.
  std::size_t choice = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto server = tui::server_named(wanted[i]->pane.server_name, setup->planned.servers);
    if (!server || !server->host->is_here() || setup->seat.socket.empty()) continue;
    const auto shown = tui::shown_pane(*server, setup->planned.tmux_binary, setup->seat);
    if (!shown) return report(shown.error());
    if (shown->empty()) continue;
    for (std::size_t k = 0; k < wanted.size(); ++k) {
      const bool same_server = wanted[k]->pane.server_name == wanted[i]->pane.server_name;
      if (same_server && *shown == fmt::format("%{}", wanted[k]->pane.key.pane))
        choice = (k + 1) % wanted.size();
    }
    break;
  }
  const AgentStatus& agent = *wanted[choice];
  const auto server = tui::server_named(agent.pane.server_name, setup->planned.servers);
  if (!server) return report(server.error());
  JumpTrail trail(setup->paths);
  return go(*setup, *server, agent.pane.key.pane, &trail);
}

void add_jump(CLI::App& app, Globals& globals, Action& action) {
  auto o = std::make_shared<JumpOptions>();
  auto* next_cmd = app.add_subcommand("next", "Go to the pane that needs you most; again: to the one after");
  add_filter_options(*next_cmd, o->filter);
  next_cmd->add_flag("--back", o->back, "to where you were before");
  auto* jump_cmd = app.add_subcommand("jump", "Go to a pane");
  jump_cmd->add_option("PANE", o->pane, "%N or session:window.pane")->required();
  for (auto* sub : {next_cmd, jump_cmd})
    sub->add_option("--client", o->client, "the tmux client that goes there (default: the one you are in)")
        ->type_name("NAME");
  next_cmd->footer(
      "Muted panes are left out. Outside of tmux it attaches.\n"
      "Exit code: 0 gone there, 1 nobody needs you, 2 it cannot be reached from here, 3 no server.\n"
      "Example: tmux bind-key n run-shell -b 'tmux-orc next'");
  jump_cmd->footer(
      "Exit code: 0 gone there, 2 it cannot be reached from here, 4 the pane is gone.\n"
      "Example: tmux-orc jump %12");
  next_cmd->callback([o, &globals, &action] { action = [o, &globals] { return next(globals, *o); }; });
  jump_cmd->callback([o, &globals, &action] { action = [o, &globals] { return jump(globals, *o); }; });
}

const Registration kJump(12, add_jump, {{"next", kNoJson}, {"jump", kNoJson}});

}  // namespace
}  // namespace orc::cli
