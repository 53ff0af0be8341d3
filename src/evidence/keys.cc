// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/evidence/keys.h"

#include <algorithm>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "tmux_orc/base/text.h"

namespace orc {
namespace {

// A hash of values of any member's type. Texts come with their length: "a" and "bc" are not "ab" and "c".
class Print {
 public:
  explicit Print(std::uint64_t start = fnv1a("")) : hash_(start) {}
  template <typename T>
  requires(std::is_integral_v<T> || std::is_enum_v<T>) void add(T value) {
    // One step a number, not one a byte: the gate is made of every pane in every round.
    hash_ = (hash_ ^ static_cast<std::uint64_t>(value)) * 0x9E3779B97F4A7C15ull;
    hash_ ^= hash_ >> 32;
  }
  void add(double age_s) { add(static_cast<int>(std::min(age_s, kOldProcess_s))); }
  void add(const std::string& text) { hash_ = quick_hash(text, hash_); }
  template <typename T>
  void add(const std::optional<T>& value) {
    add(value.has_value());
    if (value) add(*value);
  }
  void add(const std::vector<Process>& tree) {
    add(tree.size());
    for (const Process& p : tree) {
      add(p.pid);
      add(p.comm);
      add(p.args);
      add(p.state);
    }
  }
  std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_;
};

std::uint64_t print_of(const PaneEvidence& evidence, EvidenceRole role, std::uint64_t start) {
  Print print(start);
  for_each_member(evidence, [&](const EvidenceMember& member, const auto& value) {
    if ((member.roles & role) != 0) print.add(value);
  });
  return print.value();
}

}  // namespace

void take_facts(const PaneRef& pane, PaneEvidence& e) {
  const auto& [window, pid, width, height, activity_s, history, cursor_x, cursor_y, cursor_visible, alternate,
               dead, dead_status, title] = pane.facts;
  e.window = window;
  e.pid = pid;
  e.width = width;
  e.height = height;
  e.activity_s = activity_s;
  e.history = history;
  e.cursor_x = cursor_x;
  e.cursor_y = cursor_y;
  e.cursor_visible = cursor_visible;
  e.alternate = alternate;
  e.dead = dead;
  e.dead_status = dead_status;
  e.title = title;
  e.agent_option = pane.agent_option;
}

Gate gate_of(const PaneEvidence& listed, std::uint64_t stamps) {
  return {print_of(listed, kGate, stamps), listed.activity_s};
}

std::uint64_t fingerprint(const PaneEvidence& evidence) { return print_of(evidence, kVerdict, fnv1a("")); }

std::uint64_t live_print(const PaneEvidence& e) {
  return quick_hash(rows_from(e.text, e.first_row, first_live_row(e.cursor_y.value_or(0), e.height)), 0);
}

void settle_agent(PaneEvidence& e) {
  e.agent_seen_before = !e.seen_agent.empty();
  if (e.agent_hint.empty() && e.agent_option != "?") e.agent_hint = e.agent_option;
  if (e.agent_hint.empty()) e.agent_hint = e.seen_agent;
}

PaneEvidence lower_part(const PaneEvidence& whole) {
  PaneEvidence part = whole;
  const int first = first_live_row(whole.cursor_y.value_or(0), whole.height);
  part.text = rows_from(whole.text, whole.first_row, first);
  part.first_row = std::max(whole.first_row, first);
  return part;
}

}  // namespace orc
