// SPDX-License-Identifier: Apache-2.0
// A pane's screen under the built-in rules: the verdict, and what a dialog asks. Whatever stands there, both
// are bounded, printable, the same at the next look, and what `explain` says.
#include <algorithm>
#include <cstdlib>
#include <memory>

#include "entries.h"
#include "require.h"
#include "tmux_orc/base/ask_text.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/classify/classifier.h"

namespace orc::fuzz {
namespace {

const Classifier& builtin() {
  static const std::unique_ptr<Classifier> classifier = [] {
    auto rules = load_rules("");
    ORC_REQUIRE(rules.has_value());
    auto built = Classifier::build(std::move(*rules));
    ORC_REQUIRE(built.has_value());
    return std::move(*built);
  }();
  return *classifier;
}

// One line of words that may be shown anywhere.
void require_plain(std::string_view text, std::size_t most) {
  ORC_REQUIRE(text.size() <= most);
  ORC_REQUIRE(printable(text) == text);
}

void require_bounded(const Ask& ask) {
  require_plain(ask.title, 310);
  ORC_REQUIRE(ask.subject.size() <= 2100);
  for (const std::string_view line : split_lines(ask.subject)) require_plain(line, 2100);
  ORC_REQUIRE(ask.options.size() <= 16);
  ORC_REQUIRE(ask.selected < static_cast<int>(ask.options.size()));
  for (const AskOption& option : ask.options) {
    require_plain(option.key, 40);
    require_plain(option.text, 210);
  }
  require_plain(ask_text(ask), 4 * kAskColumns + 16);
}

}  // namespace

void read_screen(std::string_view data) {
  // Four bytes choose who it is, where the cursor stands and how large the pane is.
  const auto byte = [&](std::size_t i) { return i < data.size() ? static_cast<unsigned char>(data[i]) : 0u; };
  const auto& agents = builtin().agents();
  const unsigned who = byte(0), flags = byte(1);
  Screen screen;
  screen.height = 6 + static_cast<int>(byte(2) % 50);
  screen.width = 20 + static_cast<int>(byte(2)) % 180;
  if (who % 32 < agents.size()) screen.agent_hint = agents[who % 32].agent;
  screen.processes = static_cast<ProcessEvidence>(who / 32 % 4);
  screen.dead = (flags & 15) == 15;
  screen.cursor_visible = (flags & 16) != 0;
  screen.alternate = (flags & 32) != 0;
  screen.agent_seen_before = (flags & 64) != 0;
  screen.cursor_y = static_cast<int>(byte(3)) % screen.height;
  screen.cursor_x = static_cast<int>(byte(3) / 4) % screen.width;
  data.remove_prefix(std::min<std::size_t>(4, data.size()));
  // The first line is the title, when it is marked as one.
  if (data.starts_with('\x02')) {
    const std::size_t end = std::min(data.find('\n'), data.size());
    screen.title = data.substr(1, end - 1);
    data.remove_prefix(std::min(end + 1, data.size()));
  }
  screen.text = data;

  const Classified first = builtin().classify(screen);
  const Verdict& v = first.verdict;
  ORC_REQUIRE(v.confidence >= 0 && v.confidence <= 1);
  ORC_REQUIRE(!v.rule.empty());
  ORC_REQUIRE(v == builtin().classify(screen).verdict);
  ORC_REQUIRE(v == builtin().explain(screen).verdict);
  if (v.asks) require_bounded(*v.asks);
  require_plain(v.reset_phrase, 100);
  require_plain(asks_text(v), 4 * kAskColumns + 16);
}

}  // namespace orc::fuzz
