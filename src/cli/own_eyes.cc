// SPDX-License-Identifier: Apache-2.0
#include "own_eyes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "setup.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/daemon/memory_file.h"

namespace orc::cli {
namespace {

// What the last monitor knew of panes in which an agent was alive.
std::shared_ptr<SeenAgents> remembered(const Paths& paths) {
  auto seen = std::make_shared<SeenAgents>();
  if (const auto memory = load_memory(paths.memory_file())) {
    for (const RememberedPane& p : memory->panes) {
      if (!p.seen_agent.empty()) seen->restore(p.status.pane.key, p.seen_agent);
    }
  }
  return seen;
}

}  // namespace

OwnEyes::OwnEyes(Paths paths, Plan plan)
    : paths_(std::move(paths)),
      plan_(std::move(plan)),
      seen_(remembered(paths_)),
      deadline_(Steady::now() + first_round_time(plan_)) {}

Result<std::unique_ptr<OwnEyes>> OwnEyes::open(const Globals& globals) {
  ORC_TRY(paths, paths_of(globals));
  ORC_TRY(plan, make_plan(plan_request(globals, {}), *paths));
  return std::unique_ptr<OwnEyes>(new OwnEyes(std::move(*paths), std::move(*plan)));
}

Result<std::optional<PaneId>> OwnEyes::number_of(LiveServer& server, const std::string& pane) const {
  ORC_TRY(listing, server.lister.list(deadline_));
  const auto found = std::find_if(listing->panes.begin(), listing->panes.end(),
                                  [&](const PaneRef& p) { return p.is_called(pane); });
  return found == listing->panes.end() ? std::nullopt : std::optional(found->key.pane);
}

// A server that is not reached hides nothing: the pane may be on another.
Result<OwnEyes::Found> OwnEyes::find(const std::string& pane, const std::string& server) {
  std::vector<std::string> of;
  Found found;
  std::size_t asked = 0;
  std::optional<Error> problem;
  for (const ServerAddress& address : plan_.servers) {
    if (!server.empty() && address.name != server) continue;
    ++asked;
    auto live = std::make_shared<LiveServer>(address, look_settings(plan_.options, *plan_.classifier),
                                             processes_, seen_, clock_);
    const auto id = number_of(*live, pane);
    if (!id) {
      problem = id.error();
    } else if (*id) {
      of.push_back(address.name);
      found = {std::move(live), **id};
    }
  }
  if (of.size() == 1) return found;
  if (of.size() > 1)
    return fail(ErrorKind::kInvalid, fmt::format("more than one server has a pane {}: say --server; {}",
                                                 printable(pane), fmt::join(of, ", ")));
  if (asked == 0)
    return fail(ErrorKind::kInvalid, fmt::format("no server is called '{}'", printable(server)));
  if (problem) return tl::unexpected(*problem);
  return fail(ErrorKind::kInvalid,
              fmt::format("no pane '{}' on {}; `tmux-orc status` lists them (%N or session:window.pane)",
                          printable(pane), asked == 1 ? "this server" : "any server"));
}

}  // namespace orc::cli
