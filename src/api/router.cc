// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/api/router.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace orc {

const ApiRoute* Router::find(const std::string& method, const std::string& path) const {
  for (const ApiRoute& r : routes_) {
    if (r.path == path && r.method == method) return &r;
  }
  return nullptr;
}

ApiResponse Router::refusal(const std::string& path) const {
  std::vector<std::string> allowed;
  for (const ApiRoute& r : routes_) {
    if (r.path != path) continue;
    allowed.push_back(r.method);
    if (r.method == "GET") allowed.emplace_back("HEAD");
  }
  if (allowed.empty()) return {404, R"({"error":"no such path"})"};
  return {405,
          R"({"error":"method not allowed here"})",
          "application/json",
          {{"Allow", fmt::format("{}", fmt::join(allowed, ", "))}}};
}

}  // namespace orc
