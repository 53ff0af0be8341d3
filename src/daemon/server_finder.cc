// SPDX-License-Identifier: Apache-2.0
#include "server_finder.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace orc {
namespace {

bool has(const std::vector<ServerAddress>& servers, const ServerAddress& server) {
  return std::ranges::find(servers, server.key(), &ServerAddress::key) != servers.end();
}

}  // namespace

std::optional<std::vector<ServerAddress>> ServerFinder::look(const PlanRequest& request,
                                                             const Settings& settings,
                                                             const std::vector<ServerAddress>& known) {
  const auto now = Steady::now();
  if (now < due_ || !finds_servers(request, settings)) return std::nullopt;
  due_ = now + kEvery;
  auto servers = choose_servers(request, settings);
  if (!servers || same_servers(*servers, known)) return std::nullopt;
  keep_connections(known, *servers);
  for (const ServerAddress& s : *servers) {
    if (!has(known, s)) log_.info("server found: {}", s.key());
  }
  for (const ServerAddress& s : known) {
    if (!has(*servers, s)) log_.info("server gone: {}", s.key());
  }
  return std::move(*servers);
}

}  // namespace orc
