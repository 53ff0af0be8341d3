// SPDX-License-Identifier: Apache-2.0
#include "named_pane.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "json_answers.h"
#include "tmux_orc/figures/json.h"

namespace orc {
namespace {

std::string name_of(const LiveServer& server) { return server.link.address().name; }

bool is_of(const PaneRef& p, const std::string& server) {
  return server.empty() || p.server_name == server || fmt::format("{:016x}", p.key.server) == server;
}

}  // namespace

tl::expected<NamedPane, ApiResponse> find_pane(const ServiceState& state, const Eyes& eyes,
                                               const std::string& pane, const std::string& server) {
  NamedPane out;
  const auto snapshot = state.board.latest();
  if (!snapshot) return tl::unexpected(error_answer(503, "no round is done yet"));
  std::vector<std::string> names;
  for (const AgentStatus& a : snapshot->agents) {
    if (!a.pane.is_called(pane) || !is_of(a.pane, server)) continue;
    out.told = a;
    names.push_back(a.pane.server_name);
  }
  const auto id = out.told ? out.told->pane.key.pane : pane_number(pane);
  if (!id) return tl::unexpected(error_answer(404, "no agent is known in this pane: ask for %N"));
  out.pane = *id;
  if (!out.told) {
    for (const ServerFigures& f : snapshot->servers) {
      if (server.empty() || f.name == server || fmt::format("{:016x}", f.life) == server)
        names.push_back(f.name);
    }
  }
  if (names.size() > 1)
    return tl::unexpected(error_answer(409, fmt::format("of which server? {}", fmt::join(names, ", "))));
  for (const auto& s : eyes.servers) {
    if (names.size() == 1 && name_of(*s) == names.front()) out.server = s;
  }
  if (!out.server) return tl::unexpected(error_answer(404, "this server is not watched"));
  return out;
}

}  // namespace orc
