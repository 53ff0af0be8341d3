// SPDX-License-Identifier: Apache-2.0
#include "terminal.h"

#include <charconv>

#include "programs.h"
#include "tmux_orc/base/text.h"

namespace orc {
namespace {

template <typename T>
bool number(std::string_view word, T& out) {
  return std::from_chars(word.data(), word.data() + word.size(), out).ec == std::errc{};
}

constexpr int kMostAncestors = 64;

// Its nearest ancestor on the pane's terminal, and whether that one is in front and works for it: an idle
// shell in front does not, it has sent the job to the background.
struct Patron {
  bool found = false, in_front = false;
};
Patron patron_of(const TerminalView& view, int pane_pid, const TerminalFacts& pane, int parent) {
  for (int i = 0; i < kMostAncestors && parent > 1; ++i) {
    const auto facts = view.facts(parent);
    if (!facts) return {};
    if (facts->tty == pane.tty) return {true, facts->group == pane.foreground && !view.is_idle_shell(parent)};
    if (parent == pane_pid) return {};
    parent = facts->parent;
  }
  return {};
}

}  // namespace

std::optional<TerminalFacts> parse_stat(std::string_view after_name) {
  constexpr std::size_t kStarted = 19;  // proc(5): field 22, behind pid and name
  const auto words = words_of(after_name, kStarted + 1);
  TerminalFacts f;
  if (words.size() < 6 || !number(words[1], f.parent) || !number(words[2], f.group) ||
      !number(words[4], f.tty) || !number(words[5], f.foreground))
    return std::nullopt;
  f.state = words[0][0];
  if (words.size() > kStarted) number(words[kStarted], f.started);
  return f;
}

Standing standing_of(const TerminalView& view, int pane_pid, int pid, const TerminalFacts& facts) {
  const auto pane = pid == pane_pid ? std::optional(facts) : view.facts(pane_pid);
  if (!pane || pane->tty == 0 || pane->foreground <= 0) return Standing::kUnknown;
  const bool here = facts.tty == pane->tty;
  if (here && facts.group == pane->foreground) return Standing::kFront;
  const Patron patron = patron_of(view, pane_pid, *pane, facts.parent);
  if (!patron.in_front) return here ? Standing::kBehind : Standing::kNowhere;
  if (!here && facts.tty != 0) return Standing::kApart;
  if (view.draws_on(pid, pane->tty)) return Standing::kFront;
  return here ? Standing::kBehind : Standing::kNowhere;
}

}  // namespace orc
