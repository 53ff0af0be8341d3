// SPDX-License-Identifier: Apache-2.0
// Aggregator: the verdict stream of a round -> Snapshot, transitions, counts. SnapshotBoard hands the latest
// Snapshot to any thread. Thread-safety: an Aggregator belongs to the round's thread; SnapshotBoard is free.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tmux_orc/aggregate/stillness.h"
#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/model.h"
#include "tmux_orc/base/mutex.h"

namespace orc {

struct AggregateSettings {
  // Working to idle, and alive to exited or crashed, count only when a second look, this long after the
  // first, sees it too. 0: at once.
  double confirm_s = 1.0;
  // A server that is not reached so many looks in a row: nothing is known of its agents any more. Looks that
  // follow faster than kMissGap_s are one: five pulses a second must not give up within one.
  int max_failures = 3;
  // At work, and nothing moved but spinners and clocks for so long: stuck. 0: never.
  double stuck_s = 900;
};

// A usage limit that a pane told of, and the words.
struct KnownLimit {
  std::string phrase;
  std::int64_t resets_at_ms = 0;
  friend bool operator==(const KnownLimit&, const KnownLimit&) = default;
};

// What is known of one pane: kept over a restart, so that `since` stays true and nothing is told twice.
struct RememberedPane {
  AgentStatus status;
  bool is_agent = false;
  std::string seen_agent;  // an agent that was alive in it, "" if none
  std::vector<KnownLimit> limits = {};
  std::int64_t worked_ms = 0;
  std::int64_t seen_ms = 0;
  Stillness::Memory stillness = {};
  bool is_of_earlier_run = false;  // this process has not seen it yet
};

// The wall clock and the time since the boot at one moment: both on, the one says whether the other was set.
struct ClockReading {
  std::int64_t wall_ms = 0, uptime_ms = 0;  // 0: not known
  friend bool operator==(const ClockReading&, const ClockReading&) = default;
};

class Aggregator {
 public:
  static constexpr double kMissGap_s = 2;
  // A change between two looks that are no further apart is known to the moment; one between others, or that
  // nobody saw, only within bounds. The longest pause between two pulses, and what a look may take.
  static constexpr double kExact_s = 2.5;
  // The wall clock was set if it went so much more or less than time did. What is smaller matters to nobody.
  static constexpr std::int64_t kStep_ms = 2000;

  Aggregator(AggregateSettings settings, const Clock& clock) : settings_(settings), clock_(clock) {}

  // If the wall clock was set since the last round, all that is known goes along: how long a state lasts is
  // measured by the steady time.
  void begin_round();
  // By how much it was set in all, since this was asked last.
  std::int64_t take_clock_step() { return std::exchange(clock_step_ms_, 0); }
  // The round's panes and their outcomes; outcomes may come in pieces and in any order.
  void take(std::span<const PaneRef* const> panes, std::span<Outcome> outcomes);
  // This life of a server could not be listed in this round.
  void miss(ServerId life) { missed_.push_back(life); }
  // `listed`: the servers whose listing succeeded. Known panes of those that were not in the round are gone;
  // of the others nothing is known, so nothing is said.
  std::shared_ptr<Snapshot> finish_round(const std::vector<ServerId>& listed, RoundFigures figures,
                                         std::vector<ServerFigures> servers);

  // Somebody has seen how this pane's turn ended. False if it is not done.
  bool mark_seen(const PaneKey& pane);

  std::vector<RememberedPane> remembered() const;
  // When it was remembered; handed over before the panes, since their stamps are of that clock.
  ClockReading clock_reading() const { return read_; }
  void restore_clock(const ClockReading& reading);
  void restore(const RememberedPane& pane);

  // The panes with a change that waits for its second look.
  std::vector<PaneKey> doubtful() const;
  // When the earliest of those that were read in the last round wants it; nothing if there is none.
  std::optional<Steady::time_point> confirm_due() const;

 private:
  // Since when a state lasts, and whether that is known to the moment.
  struct Began {
    std::int64_t ms = 0;
    bool exact = false;
  };
  struct Known {
    AgentStatus status;
    std::uint64_t round = 0;                           // last round in which the pane was there
    std::uint64_t judged_round = 0;                    // last round that gave a verdict of it
    std::optional<Steady::time_point> judged_at;       // and when; not known after a restart
    std::optional<Steady::time_point> doubtful_since;  // a change seen once, waiting for its second look
    State doubtful_state = State::kUnknown;
    Began doubtful_began;
    Stillness stillness;  // while it is at work
    bool is_agent = false;
    std::vector<KnownLimit> limits;  // the latest phrases that told of one
    std::int64_t worked_ms = 0;      // when it was last seen at work
    std::int64_t seen_ms = 0;        // when it was judged last
    // While its server is not reached: what was told of it before.
    struct Before {
      Verdict verdict;
      std::int64_t since_ms = 0;
      bool since_exact = false;
      bool done = false;
    };
    std::optional<Before> before_loss;
  };
  std::int64_t step_since(const ClockReading& before) const;
  void follow_clock();
  void take_limit(Known& known, const Verdict& from, std::int64_t printed_ms);
  void take_view(Known& known, const PaneRef& pane) const;
  void take_verdict(const PaneRef& pane, Verdict verdict);
  void take_motion(const PaneKey& pane, const Outcome& outcome);
  Began began_now(const Known& known, const PaneRef& pane, State state) const;
  bool wants_second_look(Known& known, const Verdict& verdict, const Began& began);
  void change(Known& known, const PaneRef& pane, Verdict verdict, Began began);
  void lose(Known& known);
  void find_again(Known& known, const PaneRef& pane, Verdict verdict);
  void count_misses(const std::vector<ServerId>& listed);
  void drop_gone(const std::vector<ServerId>& listed);

  const AggregateSettings settings_;
  const Clock& clock_;
  std::uint64_t round_ = 0;
  std::int64_t now_ms_ = 0;  // of this round
  ClockReading read_;        // in this round
  std::int64_t clock_step_ms_ = 0, restored_step_ms_ = 0;
  std::unordered_map<PaneKey, Known> known_;
  std::vector<Transition> transitions_;
  std::vector<ServerId> missed_;  // in this round
  struct Misses {
    int looks = 0;  // in a row
    Steady::time_point last;
  };
  std::map<ServerId, Misses> misses_;
};

// The lock is held for a pointer's copy. std::atomic<std::shared_ptr> holds one as long, and libstdc++ 12
// ends that of a load with relaxed order, which is a data race.
class SnapshotBoard {
 public:
  void publish(std::shared_ptr<const Snapshot> snapshot) {
    MutexLock lock(mutex_);
    latest_.swap(snapshot);  // the old one is the caller's to free, behind the lock
  }
  std::shared_ptr<const Snapshot> latest() const {  // null before the first round
    MutexLock lock(mutex_);
    return latest_;
  }

 private:
  mutable Mutex mutex_;
  std::shared_ptr<const Snapshot> latest_ ORC_GUARDED_BY(mutex_);
};

// The order people want: who needs a person first (waiting, crashed, error, rate_limited ...), then by place.
int attention_rank(State state);
// Of one agent, another scale: done stands right behind waiting, stuck behind rate_limited.
int attention_rank(const AgentStatus& agent);

}  // namespace orc
