// SPDX-License-Identifier: Apache-2.0
// PaneEvidence: what is known of one pane at one moment, whoever found it out, and the one list of its
// members from which the change gate, the fingerprint and the records on disk are made (src/evidence). Plain
// data.
//
// A new member: add it to the struct, to ORC_EVIDENCE_MEMBERS in the same place, and say in kEvidenceMembers
// what it is for. Forgetting one of these does not compile.
#pragma once

#include <array>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "tmux_orc/base/model.h"
#include "tmux_orc/base/own_word.h"

namespace orc {

// What two looks at a pane say of each other, where nothing better is known of its agent.
enum class Motion { kUnknown, kMoves, kStill };

struct PaneEvidence {
  // What its server lists of the pane; see PaneFacts. A record may not know the cursor.
  std::uint32_t window = 0;
  int pid = 0;
  int width = 0;  // 0 = unknown
  int height = 0;
  std::int64_t activity_s = 0;
  std::int64_t history = 0;
  std::optional<int> cursor_x, cursor_y;  // row counts from the top of the pane
  std::optional<bool> cursor_visible;
  bool alternate = false;
  bool dead = false;
  std::optional<int> dead_status;
  std::string title;
  std::string agent_option;  // @orc_agent; "?": none, but its window's name marks an agent
  // The capture.
  std::string text;   // as capture-pane gives it: lines ended by '\n'
  int first_row = 0;  // row of the first line in `text`; above 0 when only the lower part was asked for
  std::optional<bool>
      dim_at_cursor;  // what stands at the cursor is drawn dim; where it was asked and can be told
  // Processes.
  std::vector<Process> process_tree;  // as far as it was read; empty: unknown
  ProcessEvidence processes = ProcessEvidence::kUnknown;
  std::string program;                // what runs in the pane where that is no agent we know
  int agent_pid = 0;                  // the agent's process, 0 if none was found
  std::optional<double> agent_age_s;  // since it began; above kOldProcess_s it says no more
  bool headless = false;  // it runs one task without a prompt (exec, --print): at work until it ends
  // The agent's own word; see OwnWord.
  OwnState own_state = OwnState::kNone;
  std::string own_word, own_detail;
  bool own_settled = false;
  // Memory.
  std::string seen_agent;            // the agent that was alive in this pane earlier, "" if none was
  Motion motion = Motion::kUnknown;  // of the rows around the cursor, where a verdict hangs on it
  // Who it is, from the above or the command line; empty: from the text.
  std::string agent_hint;
  bool agent_seen_before = false;  // there is a seen_agent
  bool partial() const { return first_row > 0; }
  friend bool operator==(const PaneEvidence&, const PaneEvidence&) = default;
};

// The classifier's name for what it judges.
using Screen = PaneEvidence;

// What a member is for: bits.
enum EvidenceRole : unsigned {
  kDerived = 0,  // follows from others, or serves people
  kGate = 1,     // known from the listing alone: while all of these are equal there is no need to look
  kVerdict = 2,  // a verdict may depend on it
};

struct EvidenceMember {
  const char* key;  // in a record; "" = not kept there
  unsigned roles;
};

// In the struct's order.
inline constexpr EvidenceMember kEvidenceMembers[] = {
    {"", kGate},                             // window
    {"", kGate},                             // pid
    {"cols", kGate | kVerdict},              // width
    {"rows", kGate | kVerdict},              // height
    {"", kGate},                             // activity_s
    {"history_size", kGate},                 // history
    {"cursor_x", kGate | kVerdict},          //
    {"cursor_y", kGate | kVerdict},          //
    {"cursor_flag", kGate | kVerdict},       // cursor_visible
    {"alternate_on", kGate | kVerdict},      // alternate
    {"pane_dead", kGate | kVerdict},         // dead
    {"pane_dead_status", kGate | kVerdict},  // dead_status
    {"pane_title", kGate | kVerdict},        // title
    {"agent_option", kGate},                 // decides agent_hint
    {"capture_text", kVerdict},              // text
    {"first_row", kVerdict},                 //
    {"dim_at_cursor", kVerdict},             //
    {"process_tree", kDerived},              // decides processes, agent_pid, agent_hint
    {"", kVerdict},                          // processes
    {"", kVerdict},                          // program
    {"", kDerived},                          // agent_pid
    {"agent_age_s", kVerdict},               // agent_age_s
    {"", kVerdict},                          // headless
    {"own_state", kVerdict},                 //
    {"own_word", kVerdict},                  //
    {"own_detail", kVerdict},                //
    {"own_settled", kVerdict},               //
    {"seen_agent", kDerived},                // decides agent_hint, agent_seen_before
    {"motion", kVerdict},                    //
    {"", kVerdict},                          // agent_hint
    {"", kVerdict},                          // agent_seen_before
};

// All members of the evidence as a tuple of references. One list of names for both lines: one that does not
// name every member does not compile, and neither does a table of another length.
#define ORC_EVIDENCE_MEMBERS                                                                              \
  window, pid, width, height, activity_s, history, cursor_x, cursor_y, cursor_visible, alternate, dead,   \
      dead_status, title, agent_option, text, first_row, dim_at_cursor, process_tree, processes, program, \
      agent_pid, agent_age_s, headless, own_state, own_word, own_detail, own_settled, seen_agent, motion, \
      agent_hint, agent_seen_before

template <typename Evidence>
constexpr auto members_of(Evidence& evidence) {
  auto& [ORC_EVIDENCE_MEMBERS] = evidence;
  return std::tie(ORC_EVIDENCE_MEMBERS);
}
#undef ORC_EVIDENCE_MEMBERS

static_assert(std::tuple_size_v<decltype(members_of(std::declval<PaneEvidence&>()))> ==
                  std::size(kEvidenceMembers),
              "kEvidenceMembers must say of each member of PaneEvidence what it is for");

// visit(const EvidenceMember&, member&) for each.
template <typename Evidence, typename Visit>
constexpr void for_each_member(Evidence& evidence, Visit&& visit) {
  std::apply(
      [&](auto&... member) {
        std::size_t i = 0;
        (visit(kEvidenceMembers[i++], member), ...);
      },
      members_of(evidence));
}

// The verdicts that hang on motion: where they were given, it is watched.
inline constexpr const char* kNothingKnownRule = "builtin/no-rule";
inline constexpr const char* kMovesRule = "builtin/screen-moves";
inline constexpr const char* kStillRule = "builtin/screen-still";

// A first, partial capture holds this many rows above the cursor and everything below it: enough for most
// verdicts.
inline constexpr int kLiveRows = 22;

// The first row of the live region. It stands around the cursor, which agents keep in their prompt or leave
// below it.
int first_live_row(int cursor_y, int height);
// `text`, whose first line is row `first_row`, from row `from` on.
std::string_view rows_from(std::string_view text, int first_row, int from);

// A process this old is as old as any: its age opens no cache again.
inline constexpr double kOldProcess_s = 600;  // the most of monitoring.starting_time

// What must be equal, and old enough, for a look to be skipped: see VerdictCache::unchanged().
struct Gate {
  std::uint64_t key = 0;        // of all kGate members and the stamps of the sources
  std::int64_t activity_s = 0;  // of the pane's window
  friend bool operator==(const Gate&, const Gate&) = default;
};

}  // namespace orc
