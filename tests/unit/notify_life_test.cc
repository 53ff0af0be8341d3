// SPDX-License-Identifier: Apache-2.0
// Ten thousand rounds of agents that start, work, wait, err, hit limits, quit, crash and vanish, seen by two
// monitors that are restarted, change places and lose sight of the server: what is told is compared with what
// happened.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>

#include "support/manual_clock.h"
#include "tmux_orc/aggregate/aggregator.h"
#include "tmux_orc/notify/notifier.h"

namespace orc {
namespace {

constexpr int kRounds = 10'000, kSlots = 12;
constexpr std::int64_t kIntervalMs = 5000;
// A state lasts longer than all that can hide it: a restart of 3 rounds and a server that is lost for 3 more.
constexpr int kShortest = 8, kLongestHidden = 3;
constexpr ServerId kServer = 1;

struct Episode {
  PaneId pane = 0;
  int from = 0, until = 0;     // rounds
  Verdict verdict;             // none of an agent: the pane is closed
  bool first_of_life = false;  // the agent was started for it
  std::optional<Concern> tells;
  bool hidden = false;  // new to a monitor that had not seen the server since its start
};

// What happens to one window in which people open panes with agents. Written before anybody looks.
class Story {
 public:
  Story(unsigned seed, PaneId first_pane) : random_(seed), pane_(first_pane) {
    add(State::kWorking, false);
    while (episodes_.back().until < kRounds) next();
  }
  std::vector<Episode>& episodes() { return episodes_; }

 private:
  int pick(int most) { return static_cast<int>(random_() % static_cast<unsigned>(most)); }

  void add(State state, bool starts, const std::string& detail = "") {
    Episode e;
    e.pane = pane_;
    e.from = episodes_.empty() ? 0 : episodes_.back().until;
    e.until = e.from + kShortest + pick(40);
    e.verdict = {"claude", state, detail, "claude/x", 0.9};
    e.first_of_life = starts;
    if (state == State::kRateLimited) {
      e.verdict.reset_phrase = "in " + std::to_string((e.until - e.from) * kIntervalMs / 1000) + "s";
    }
    if (starts) worked_ = false;
    worked_ = worked_ || state == State::kWorking || state == State::kWaiting;
    e.tells = concern(state, starts);
    episodes_.push_back(e);
  }

  std::optional<Concern> concern(State state, bool starts) const {
    switch (state) {
      case State::kWaiting:
        return Concern::kWaiting;
      case State::kRateLimited:
        return Concern::kRateLimited;
      case State::kError:
        return Concern::kError;
      case State::kCrashed:
        return Concern::kCrashed;
      case State::kExited:
        return Concern::kMissing;
      case State::kIdle:
        return starts ? Concern::kFresh : worked_ ? std::optional(Concern::kIdle) : std::nullopt;
      default:
        return std::nullopt;
    }
  }

  void close_pane(bool of_live_agent) {
    Episode e;
    e.pane = pane_++;
    e.from = episodes_.back().until;
    e.until = e.from + kShortest + pick(10);
    if (of_live_agent) e.tells = Concern::kMissing;
    episodes_.push_back(e);
    add(pick(2) == 0 ? State::kIdle : State::kWorking, true);  // in a new pane
  }

  void next() {
    const Verdict was = episodes_.back().verdict;
    const int dice = pick(12);
    if (was.state == State::kExited || was.state == State::kCrashed) {
      if (dice < 6) return close_pane(false);
      return add(dice < 9 ? State::kIdle : State::kWorking, true);
    }
    if (was.state == State::kRateLimited) return add(State::kWorking, false);
    if (dice == 0) return close_pane(true);
    if (dice == 1) return add(State::kExited, false);
    if (dice == 2) return add(State::kCrashed, false, "signal 9");
    if (was.state == State::kWaiting)
      return dice == 3 ? add(State::kWaiting, false, was.detail == "edit" ? "command" : "edit")
                       : add(State::kWorking, false);
    if (was.state != State::kWorking) return add(State::kWorking, false);
    if (dice < 6) return add(State::kWaiting, false, dice == 5 ? "edit" : "command");
    if (dice == 6) return add(State::kError, false, "api");
    if (dice == 7) return add(State::kRateLimited, false);
    return add(State::kIdle, false);
  }

  std::mt19937 random_;
  PaneId pane_;
  bool worked_ = false;
  std::vector<Episode> episodes_;
};

NotifySettings tell_everything() {
  NotifySettings s;
  s.startup_grace_s = 0;
  s.escalate_after_s = 0;
  s.pace = {};  // no debounce, no cooldown: the truth can be counted
  NotifyChannel c;
  c.name = "all";
  s.channels = {c};
  s.rules = {{{Concern::kWaiting, Concern::kError, Concern::kRateLimited, Concern::kIdle, Concern::kFresh,
               Concern::kCrashed, Concern::kMissing},
              {},
              true,
              true,
              {"all"}}};
  return s;
}

// One monitor: what a process keeps in memory, and what it finds again after a restart.
class Watcher {
 public:
  explicit Watcher(const Clock& clock) : clock_(clock) { start({}); }
  void restart(const NotifyMemory& stored) {
    const auto remembered = aggregator_->remembered();
    start(stored);
    for (const RememberedPane& p : remembered) aggregator_->restore(p);
  }
  std::vector<Message> look(const std::vector<PaneRef>& panes, const std::vector<Verdict>& verdicts,
                            bool reached, bool active) {
    aggregator_->begin_round();
    std::vector<const PaneRef*> pointers;
    std::vector<Outcome> outcomes;
    for (std::size_t i = 0; reached && i < panes.size(); ++i) {
      pointers.push_back(&panes[i]);
      outcomes.push_back({i, 0, Outcome::Kind::kVerdict, verdicts[i], false, {}});
    }
    aggregator_->take(pointers, outcomes);
    ServerFigures server;
    server.name = "d";
    server.reachable = reached;
    server.life = reached ? kServer : 0;
    const auto listed = reached ? std::vector<ServerId>{kServer} : std::vector<ServerId>{};
    return notifier_->decide(
        *aggregator_->finish_round(listed, {}, {server}), [](const PaneRef&) { return false; }, !active);
  }
  Notifier& notifier() { return *notifier_; }

 private:
  void start(const NotifyMemory& stored) {
    aggregator_.emplace(AggregateSettings{0}, clock_);
    notifier_.emplace(tell_everything(), clock_.wall_ms());
    notifier_->restore(stored);
  }
  const Clock& clock_;
  std::optional<Aggregator> aggregator_;
  std::optional<Notifier> notifier_;
};

class LifeTest : public testing::TestWithParam<unsigned> {
 protected:
  LifeTest() {
    for (int i = 0; i < kSlots; ++i) {
      stories_.emplace_back(GetParam() * 100 + static_cast<unsigned>(i), static_cast<PaneId>(i) * 10'000);
      at_.push_back(0);
    }
  }

  void run() {
    std::mt19937 random(GetParam());
    Watcher watchers[2] = {Watcher(clock_), Watcher(clock_)};
    int active = 0, lost = 0, down[2] = {0, 0};
    bool blind[2] = {false, false};  // restarted, and the server not seen yet
    NotifyMemory stored;
    for (int round = 0; round < kRounds; ++round, clock_.advance_ms(kIntervalMs)) {
      advance(round);
      if (round > 0 && random() % 200 == 0) {  // switch-environment
        active = 1 - active;
        if (down[active] == 0) watchers[active].notifier().restore(stored);
      }
      if (round > 0 && random() % 150 == 0)
        down[random() % 2] = 1 + static_cast<int>(random() % kLongestHidden);
      if (lost > 0) --lost;
      if (round > 0 && random() % 200 == 0) lost = static_cast<int>(random() % kLongestHidden);
      for (int w = 0; w < 2; ++w) {
        if (down[w] > 0 && --down[w] == 0) {
          watchers[w].restart(stored);
          blind[w] = true;
        }
        if (down[w] > 0 || blind[w]) note_hidden(round);
        if (down[w] > 0) continue;
        blind[w] = blind[w] && lost > 0;
        const auto messages = watchers[w].look(panes_, verdicts_, lost == 0, w == active);
        if (w == active) stored = watchers[w].notifier().memory();
        for (const Message& m : messages) {
          for (const NotifyItem& item : m.items) told_.push_back({item, round});
        }
      }
    }
  }

  // Each told item belongs to one episode that was there when it was told; each episode is told once.
  void compare() {
    std::map<const Episode*, int> count;
    for (const auto& [item, round] : told_) {
      const Episode* found = find(item, round);
      ASSERT_NE(found, nullptr) << "invented: %" << item.pane.key.pane << " " << to_string(item.concern)
                                << " in round " << round;
      ++count[found];
    }
    std::size_t truth = 0;
    for (Story& story : stories_) {
      for (const Episode& e : story.episodes()) {
        if (!e.tells || e.until + kLongestHidden * 3 > kRounds) continue;
        // A pane that is new after a restart may have been there before.
        if (*e.tells == Concern::kFresh && e.hidden) continue;
        ++truth;
        EXPECT_EQ(count[&e], 1) << "%" << e.pane << " " << to_string(*e.tells) << " from round " << e.from
                                << " until " << e.until;
      }
    }
    EXPECT_GT(truth, 2000u);
  }

 private:
  struct Told {
    NotifyItem item;
    int round;
  };

  void advance(int round) {
    panes_.clear();
    verdicts_.clear();
    for (std::size_t i = 0; i < stories_.size(); ++i) {
      auto& episodes = stories_[i].episodes();
      while (episodes[at_[i]].until <= round) ++at_[i];
      const Episode& e = episodes[at_[i]];
      if (e.verdict.agent.empty()) continue;
      PaneRef pane;
      pane.key = {kServer, e.pane};
      pane.server_name = "d";
      pane.session = "s";
      panes_.push_back(pane);
      verdicts_.push_back(e.verdict);
    }
  }

  void note_hidden(int round) {
    for (std::size_t i = 0; i < stories_.size(); ++i) {
      Episode& e = stories_[i].episodes()[at_[i]];
      if (round - e.from <= 2 * kLongestHidden) e.hidden = true;
    }
  }

  const Episode* find(const NotifyItem& item, int round) {
    for (Story& story : stories_) {
      for (const Episode& e : story.episodes()) {
        const bool same = e.pane == item.pane.key.pane && e.tells == item.concern;
        if (same && e.from <= round && round < e.until) return &e;
      }
    }
    return nullptr;
  }

  test::ManualClock clock_;
  std::vector<Story> stories_;
  std::vector<std::size_t> at_;
  std::vector<PaneRef> panes_;
  std::vector<Verdict> verdicts_;
  std::vector<Told> told_;
};

TEST_P(LifeTest, EveryEventIsToldOnceAndNoneIsInvented) {
  run();
  compare();
}

INSTANTIATE_TEST_SUITE_P(Seeds, LifeTest, testing::Values(1u, 2u, 3u));

}  // namespace
}  // namespace orc
