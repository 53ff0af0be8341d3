// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "tmux_orc/tmux/host.h"

namespace orc {
namespace {

class ThisHost final : public Host {
 public:
  bool is_here() const override { return true; }
  std::string key() const override { return ""; }
  Result<void> ready(Deadline) override { return {}; }
  Deadline limit(Deadline deadline) const override {
    return std::min(deadline, Steady::now() + std::chrono::seconds(5));
  }
  std::ptrdiff_t most_at_once() const override { return std::numeric_limits<int>::max(); }
  std::vector<std::string> argv(const std::vector<std::string>& command) const override { return command; }
  std::string forward(const std::string& socket_path) const override { return socket_path; }
  std::string by_hand(const std::string& command, Typed) const override { return command; }
};

}  // namespace

std::shared_ptr<Host> this_host() {
  static const auto host = std::make_shared<ThisHost>();
  return host;
}

}  // namespace orc
