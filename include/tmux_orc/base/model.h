// SPDX-License-Identifier: Apache-2.0
// The values that cross rooms, and nothing else does: PaneRef -> PaneEvidence (evidence.h) -> Verdict ->
// Snapshot.
// All are plain data: copyable, without hidden sharing; a const value may be read from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "tmux_orc/base/about.h"
#include "tmux_orc/base/ask.h"

namespace orc {

// ---- identity ------------------------------------------------------------------------------------------

// A pane id (%N) is unique only within one life of one server; ServerId tells the lives apart.
using PaneId = std::uint32_t;
using ServerId = std::uint64_t;  // hash of socket path, server pid and start time

struct PaneKey {
  ServerId server = 0;
  PaneId pane = 0;
  friend bool operator==(const PaneKey&, const PaneKey&) = default;
  friend auto operator<=>(const PaneKey&, const PaneKey&) = default;
};

// "%5" -> 5; nothing for what is no pane id.
std::optional<PaneId> pane_number(std::string_view text);

// ---- discovery -----------------------------------------------------------------------------------------

// How a process stands to its pane's terminal.
enum class Standing {
  kUnknown,  // not looked at, or it cannot be told
  kFront,    // what is typed goes to it, or to the program that it works for
  kBehind,   // on the terminal, in the background
  kApart,    // on a terminal of its own, which a program in front gave it
  kNowhere,  // on none, or another's in the background: nobody sees it here
};

struct Process {
  int depth = 0;
  int pid = 0;
  std::string comm;
  std::string args;   // words joined by one space; empty for a zombie or a kernel thread
  char state = 0;     // as /proc/PID/stat has it ('T': stopped); 0 = not looked at
  std::string exe{};  // path of the program's file; empty where not looked at or not readable
  Standing standing = Standing::kUnknown;
  std::uint64_t started = 0;  // field 22 of /proc/PID/stat: tells lives of one pid apart; 0 = not looked at
  std::optional<double> age_s{};
  friend bool operator==(const Process&, const Process&) = default;
};

// What one `list-panes` line says of a pane. Everything here is cheap for the server and together forms the
// change gate's key: while it is equal and old enough, the screen is the same.
struct PaneFacts {
  std::uint32_t window = 0;  // @N
  int pid = 0;
  int width = 0;
  int height = 0;
  std::int64_t activity_s = 0;  // window_activity: wall clock, whole seconds
  std::int64_t history = 0;     // lines in the scrollback
  int cursor_x = 0;
  int cursor_y = 0;
  bool cursor_visible = true;
  bool alternate = false;
  bool dead = false;
  std::optional<int> dead_status;  // exit status, or 128 + signal; nothing while tmux does not know it
  std::string title;
  friend bool operator==(const PaneFacts&, const PaneFacts&) = default;
};

enum class Role { kAgent, kPm };

struct PaneRef {
  PaneKey key;
  PaneFacts facts;
  std::string server_name;
  std::string session;
  std::string window_name;
  int window_index = 0;
  int pane_index = 0;
  int session_id = 0;        // $N: unlike the name, one session's alone for the server's life
  std::string agent_option;  // the user option @orc_agent, empty if unset
  Role role = Role::kAgent;
  // Seconds since the window's last output, by the server's own clock; 0 if it does not say.
  std::int64_t quiet_s = 0;
  // Seconds since the last input of an attached client that shows the pane now; nothing if none does.
  std::optional<std::int64_t> viewed_ago_s;
  bool in_mode = false;         // copy mode or another of tmux's: what is typed does not reach the program
  std::string target() const {  // session:window.pane, for people
    return session + ":" + std::to_string(window_index) + "." + std::to_string(pane_index);
  }
  // Whether people mean this pane by `name`: %N, or its target.
  bool is_called(std::string_view name) const;
};

// The order of panes by where they are; refers to `pane`.
inline auto place_of(const PaneRef& pane) {
  return std::tuple<const std::string&, const std::string&, int, int, PaneId>(
      pane.server_name, pane.session, pane.window_index, pane.pane_index, pane.key.pane);
}

// How to recognise one agent among processes. Source: the agent's rule file.
struct AgentProcess {
  std::string agent;
  std::vector<std::string> names;       // base names of the program, or the kernel's comm
  std::vector<std::string> paths;       // parts of a script's path, for node, python and the like
  std::vector<std::string> exe{};       // parts of the program file's own path
  std::vector<std::string> except{};    // what follows the name when it is no agent with a screen: "daemon"
  std::vector<std::string> headless{};  // words behind the name that make it run one task without a prompt
  friend bool operator==(const AgentProcess&, const AgentProcess&) = default;
};

// ---- processes -----------------------------------------------------------------------------------------

// What is known about the processes of a pane.
enum class ProcessEvidence {
  kUnknown,    // not looked at, or unreadable
  kAgent,      // an agent runs in the pane's tree
  kSuspended,  // an agent is there and stopped: a person pressed Ctrl-Z
  kShellOnly,  // nothing but shells
  kOther,      // other programs run, no known agent
  kOpaque,     // a program runs that can hide an agent from us (ssh, docker exec, su ...)
  kApart,      // an agent runs on a terminal of its own, behind another program: may or may not be seen here
};

// ---- verdicts ------------------------------------------------------------------------------------------

// The numbers are stored in the history: new ones go to the end.
enum class State {
  kStarting,
  kWorking,
  kWaiting,
  kIdle,
  kDraft,
  kRateLimited,
  kError,
  kInterrupted,
  kExited,
  kCrashed,
  kNotAgent,
  kUnknown,
};
inline constexpr int kStateCount = 12;

std::string_view to_string(State state);
std::optional<State> state_from_string(std::string_view name);

struct Verdict {
  std::string agent;  // "claude", "codex" ...; empty for not_agent and unknown
  State state = State::kUnknown;
  std::string detail;  // waiting: command, edit, plan, question, trust, login; working: thinking, tool ...
  std::string rule;    // the rule that decided, "<agent>/<rule>" or "builtin/<rule>"
  double confidence = 0;
  std::string reset_phrase{};  // rate_limited: when it ends, as the screen says it; see base/reset_time.h
  std::string note{};          // for people: what they should set so that this is known better; mostly empty
  std::optional<Ask> asks{};   // waiting: what for; error, rate_limited: its sentence
  // What another witness says, who counted less: "own:idle", or the rule that reads the screen; mostly empty.
  std::string against{};
  friend bool operator==(const Verdict&, const Verdict&) = default;
};

// The rule of a verdict on an agent whose server is not reached.
inline constexpr std::string_view kNotReachedRule = "builtin/not-reached";

// One pane's result in one round, on its way from a worker to the aggregator.
struct Outcome {
  std::size_t index = 0;    // position in the round's list of panes
  std::uint64_t round = 0;  // the round that produced it
  // kPartial: the captured part did not suffice; the round captures the pane whole and gives its outcome
  // then.
  enum class Kind { kVerdict, kGone, kFailed, kPartial } kind = Kind::kFailed;
  Verdict verdict;
  bool from_cache = false;
  std::string error;
  // Of an agent at work: what its screen says without spinners, clocks and counters of time; 0: not looked
  // at.
  std::uint64_t motion = 0;
};

// ---- figures of a round --------------------------------------------------------------------------------

struct PhaseTimes {      // milliseconds of wall time
  double list = 0;       // list-panes, asked and parsed
  double processes = 0;  // /proc
  double capture = 0;    // captures and classification together: they overlap
  double aggregate = 0;
  double total = 0;
};

struct LayerFigures {
  std::uint64_t hits = 0, misses = 0, evictions = 0, expiries = 0, entries = 0;
};

struct CacheFigures {
  LayerFigures pane_content;  // is the screen unchanged, so that no capture is needed
  LayerFigures agent_status;  // is the captured text the same, so that no classification is needed
};

struct PoolFigures {
  int max_size = 0;
  int peak = 0;              // most leases out at once in this round
  std::uint64_t opened = 0;  // connections opened in this round
};

struct ServerFigures {
  std::string name;
  std::string transport;  // "native" or "spawn"
  std::string version;    // of tmux
  std::string note;       // why spawn instead of native; why a listing failed
  bool reachable = false;
  std::uint64_t fallbacks = 0;  // from native to spawn, since the last round
  ServerId life = 0;            // of the server that was listed in this round, 0 if none was
  std::size_t strays = 0;       // lines in its listing that are not ours: output of the user's hooks
};

// What one of the two paths did in a round: see Monitor's rollout.
struct PathFigures {
  std::size_t panes = 0, captures = 0;
  double ms = 0;
};

struct RoundFigures {
  std::uint64_t number = 0;
  std::string mode;    // "async" or "sync"
  double rollout = 1;  // fraction of the panes on the async path; 0 in sync mode
  PathFigures async_path, sync_path;
  PhaseTimes phase;
  std::size_t panes = 0, agents = 0, captures = 0, partial_retries = 0, errors = 0, timeouts = 0;
  std::uint64_t bytes = 0;   // bytes of tmux output read
  std::uint64_t spawns = 0;  // processes started
  CacheFigures cache;        // looks of this round; entries: now
  PoolFigures pool;
};

// ---- snapshot ------------------------------------------------------------------------------------------

struct AgentStatus {
  PaneRef pane;
  Verdict verdict;
  std::int64_t since_ms = 0;      // wall clock: in this state since (at the latest)
  bool since_exact = false;       // false: it was so already when first seen
  std::int64_t resets_at_ms = 0;  // rate_limited: when the limit ends, 0 if the screen does not say
  // Its server is not reached: the state is unknown, this is what it was and when that was seen last.
  struct LastSeen {
    State state = State::kUnknown;
    std::int64_t at_ms = 0;
  };
  std::optional<LastSeen> last_seen{};
  bool done = false;     // idle: a turn ended, and nobody has looked at the pane since
  bool watched = false;  // a person is looking at the pane now
  bool stuck = false;    // at work, and for thresholds.stuck nothing moved but spinners and clocks
  About about{};
  std::optional<Usage> usage{};
};

struct Transition {
  std::int64_t at_ms = 0;
  PaneRef pane;
  Verdict from;  // state unknown and agent "" when the pane is new
  Verdict to;
  bool gone = false;  // the pane left the server; `to` repeats the last verdict
};

struct Snapshot {
  std::int64_t at_ms = 0;
  RoundFigures round;
  std::vector<ServerFigures> servers;
  std::vector<AgentStatus> agents;
  std::vector<Transition> transitions;  // of this round
  std::map<State, std::size_t> counts;
  std::size_t done = 0, stuck = 0;  // of the idle, and of those at work
};

}  // namespace orc

template <>
struct std::hash<orc::PaneKey> {
  std::size_t operator()(const orc::PaneKey& k) const noexcept {
    return static_cast<std::size_t>(k.server ^ (k.pane * 0x9E3779B97F4A7C15ull));
  }
};
