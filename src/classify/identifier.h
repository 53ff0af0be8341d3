// SPDX-License-Identifier: Apache-2.0
// Identifier: which agents a screen's text points to, in one pass for all of them. Patterns that look at the
// screen, its last lines or the title stand in one RE2::Set for all agents; those that need an agent's own
// layout (footer, bottom) are left to it, and only where they could decide. Thread-safe once built.
#pragma once

#include <array>
#include <memory>
#include <string_view>
#include <vector>

#include "compiled_agent.h"
#include "layout.h"
#include "tmux_orc/base/result.h"

namespace orc {

class Identifier {
 public:
  static Result<std::unique_ptr<Identifier>> build(const std::vector<std::unique_ptr<CompiledAgent>>& agents);

  struct Score {
    int all = 0, title = 0;
    bool own = false;  // something matched that no extended agent shows as well
  };
  // One score an agent, in the order of build().
  void score(const ScreenLines& lines, std::string_view title, std::vector<Score>& out) const;

 private:
  struct Owner {
    std::size_t agent = 0;
    int weight = 0;
    bool inherited = false;
  };
  struct Shared {
    LazySet set;
    std::vector<Owner> owners;
  };
  void run(Region region, std::string_view text, std::vector<Score>& out) const;

  std::array<Shared, kRegionCount> shared_;
  std::size_t agents_ = 0;
};

}  // namespace orc
