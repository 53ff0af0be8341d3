// SPDX-License-Identifier: Apache-2.0
#include "server_cpu.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <utility>

namespace orc {

double ServerCpu::since_last(int pid) {
  double ns = 0;
  std::ifstream in(fmt::format("/proc/{}/schedstat", pid));
  if (pid <= 0 || !(in >> ns)) return 0;
  const auto [it, is_new] = used_.try_emplace(pid, ns / 1e9);
  const double before = std::exchange(it->second, ns / 1e9);
  if (used_.size() > 64) used_.clear();  // servers that are long gone
  return is_new ? 0 : std::max(0.0, ns / 1e9 - before);
}

}  // namespace orc
