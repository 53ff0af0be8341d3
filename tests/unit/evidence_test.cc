// SPDX-License-Identifier: Apache-2.0
// The maker of evidence over fakes: what the gate and the fingerprint hang on, riders, single looks, sources.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <mutex>

#include "support/corpus.h"
#include "support/fakes.h"
#include "support/manual_clock.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/check/as_round.h"
#include "tmux_orc/check/check_round.h"
#include "tmux_orc/evidence/keys.h"
#include "tmux_orc/evidence/process_witness.h"
#include "tmux_orc/evidence/record.h"

namespace orc {
namespace {

// Another value for a member of any type.
void change(std::string& text) { text += "x"; }
void change(std::vector<Process>& tree) { tree.push_back({0, 7, "x", "x"}); }
void change(bool& value) { value = !value; }
void change(OwnState& value) { value = OwnState::kBusy; }
void change(ProcessEvidence& value) { value = ProcessEvidence::kOpaque; }
void change(Motion& value) { value = Motion::kMoves; }
template <typename T>
void change(std::optional<T>& value) {
  value = value ? static_cast<T>(*value + 1) : T{};
}
template <typename T>
requires std::is_integral_v<T>
void change(T& value) { ++value; }

TEST(Keys, EveryMemberCountsWhereTheListSaysSo) {
  const PaneEvidence plain;
  for (std::size_t wanted = 0; wanted < std::size(kEvidenceMembers); ++wanted) {
    PaneEvidence other = plain;
    std::size_t i = 0;
    for_each_member(other, [&](const EvidenceMember&, auto& value) {
      if (i++ == wanted) change(value);
    });
    const EvidenceMember& member = kEvidenceMembers[wanted];
    EXPECT_EQ(gate_of(other, 0).key != gate_of(plain, 0).key, (member.roles & kGate) != 0) << wanted;
    EXPECT_EQ(fingerprint(other) != fingerprint(plain), (member.roles & kVerdict) != 0) << wanted;
  }
  EXPECT_NE(gate_of(plain, 1), gate_of(plain, 0)) << "the sources' stamps";
}

TEST(Keys, TextsDoNotRunIntoEachOther) {
  PaneEvidence a, b;
  a.title = "ab";
  b.title = "a";
  b.agent_option = "b";
  EXPECT_NE(gate_of(a, 0), gate_of(b, 0));
  a.agent_hint = "x";
  b.text = "x";
  EXPECT_NE(fingerprint(a), fingerprint(b));
}

TEST(Record, HoldsWhateverAVerdictMayDependOn) {
  for (const test::CorpusScreen& s : test::corpus()) {
    const auto j = nlohmann::json::parse(to_record(s.screen).dump());
    const PaneEvidence again = from_record(j, test::builtin_classifier()->processes());
    if (!s.screen.process_tree.empty() || s.screen.processes == ProcessEvidence::kUnknown) {
      EXPECT_EQ(fingerprint(again), fingerprint(s.screen)) << s.name;
    }
  }
}

TEST(Record, ASuspendedAgentStaysSo) {
  PaneEvidence e;
  e.process_tree = {{0, 1, "bash", "-bash"}, {1, 2, "claude", "claude", 'T'}};
  const auto j = nlohmann::json::parse(to_record(e).dump());
  EXPECT_EQ(from_record(j, test::builtin_classifier()->processes()).processes, ProcessEvidence::kSuspended);
}

TEST(LowerPart, IsWhatARoundAsksForFirst) {
  PaneEvidence whole;
  for (int i = 0; i < 40; ++i) whole.text += "row " + std::to_string(i) + "\n";
  whole.height = 40;
  whole.cursor_y = 35;
  const PaneEvidence part = lower_part(whole);
  EXPECT_EQ(part.first_row, 35 - kLiveRows);
  EXPECT_EQ(part.text, test::rows_below(whole.text, part.first_row));
  EXPECT_EQ(lower_part(part), part);
}

// A server of panes that tmux is not needed for.
class FakeLister final : public PaneLister {
 public:
  Result<Listing> list(Deadline, const Batch& riders, const std::function<void()>& on_sent) override {
    if (on_sent) on_sent();
    Listing out = answer(riders);
    out.panes = panes;
    return out;
  }
  Result<Listing> list_one(PaneId pane, Deadline, const Batch& riders) override {
    Listing out = answer(riders);
    for (const PaneRef& p : panes) {
      if (p.key.pane == pane) out.panes.push_back(p);
    }
    if (out.panes.empty()) return fail(ErrorKind::kCommand, "there is no such pane");
    return out;
  }
  std::vector<PaneRef> panes;
  std::map<std::string, std::string> screens;  // by target

 private:
  std::string screen_of(const std::string& target) const {
    const auto found = screens.find(target);
    return found == screens.end() ? "" : found->second;
  }
  // Runs the riders as tmux would.
  Listing answer(const Batch& riders) const {
    Listing out;
    out.server = 1;
    out.listed_s = 2000;
    for (const Command& c : riders) {
      if (c[0] == "capturep") {
        const int first = c.size() > 2 ? std::atoi(c[2].c_str() + 2) : 0;
        out.rest += test::rows_below(screen_of(c[1].substr(4)), first);
      } else {
        out.rest += c.back() + "\n";
      }
    }
    return out;
  }
};

class CollectEvidence final : public EvidenceSink {
 public:
  void on_evidence(std::size_t index, PaneEvidence e) override { seen[index] = std::move(e); }
  void commit() override {}
  void rollback() override { seen.clear(); }
  void on_gone(std::size_t) override {}
  void on_failed(std::size_t, const Error&) override {}
  std::map<std::size_t, PaneEvidence> seen;
};

// The agent's own word, as a second source would bring it: here a map, there a file or a socket.
class OwnWord final : public EvidenceSource {
 public:
  void say(int pid, const std::string& word) {
    const std::lock_guard lock(mutex_);
    words_[pid] = {word, ++count_};
  }
  std::uint64_t stamp(const Subject& s) const override {
    const std::lock_guard lock(mutex_);
    const auto found = words_.find(s.pid);
    return found == words_.end() ? 0 : found->second.second;
  }
  void add(const Subject& s, PaneEvidence& e) const override {
    const std::lock_guard lock(mutex_);
    if (const auto found = words_.find(s.pid); found != words_.end()) e.agent_hint = found->second.first;
  }

 private:
  mutable std::mutex mutex_;
  std::uint64_t count_ = 0;
  std::map<int, std::pair<std::string, std::uint64_t>> words_;
};

class Observing : public testing::Test {
 protected:
  void SetUp() override {
    PaneRef pane;
    pane.key = {1, 5};
    pane.facts.pid = 50;
    pane.facts.height = 40;
    pane.facts.width = 80;
    pane.facts.cursor_y = 39;
    pane.facts.activity_s = 1000;
    pane.facts.title = "title";
    pane.agent_option = "codex";
    lister_.panes = {pane};
    std::string text;
    for (int i = 0; i < 40; ++i) text += "row " + std::to_string(i) + "\n";
    lister_.screens["5"] = text;
    reader_.screens[5] = text;
    processes_.trees[50] = {{0, 50, "bash", "-bash"}, {1, 51, "claude", "claude"}};
  }
  PaneRef& pane() { return lister_.panes[0]; }
  PaneEvidence observe(Rows rows) {
    CollectEvidence sink;
    const Wanted wanted{3, &pane(), nullptr};
    observer_.observe({&wanted, 1}, rows, Steady::now() + std::chrono::seconds(10), sink);
    return sink.seen.at(3);
  }
  Result<Observer::Look> observe_one(PaneId id = 5) {
    return observer_.observe_one(id, Steady::now() + std::chrono::seconds(10));
  }
  Result<Listing> list() { return observer_.list(Steady::now() + std::chrono::seconds(10)); }

  FakeLister lister_;
  test::FakeScreenReader reader_;
  test::FakeProcessSource processes_;
  ProcessWitness witness_{processes_, test::builtin_classifier()->processes()};
  OwnWord word_;
  SeenAgents seen_;
  Observer observer_{&lister_, reader_, {&witness_}, seen_};
};

// The property on which everything else stands.
TEST_F(Observing, RoundsRidersAndSingleLooksMakeTheSameEvidence) {
  seen_.restore({1, 5}, "gemini");
  auto look = observe_one();
  ASSERT_TRUE(look) << look.error().message;
  // How it is drawn, a round asks for only where a verdict hangs on it.
  reader_.style.clear();
  EXPECT_EQ(observe(Rows::kStyled), look->evidence);
  look->evidence.dim_at_cursor.reset();
  EXPECT_EQ(observe(Rows::kWhole), look->evidence);
  EXPECT_EQ(observe(Rows::kLive), lower_part(look->evidence));
  for (const Rows rows : {Rows::kLive, Rows::kWhole}) {
    const PaneRef* rider = &pane();
    observer_.ride({&rider, 1}, rows);
    const std::size_t reads = reader_.seen().size();
    ASSERT_TRUE(list());
    EXPECT_EQ(observe(rows), rows == Rows::kWhole ? look->evidence : lower_part(look->evidence));
    EXPECT_EQ(reader_.seen().size(), reads) << "it rode along";
  }
  EXPECT_EQ(look->evidence.agent_hint, "claude");
  EXPECT_EQ(look->evidence.seen_agent, "gemini");
  EXPECT_EQ(look->evidence.agent_pid, 51);
  EXPECT_EQ(look->listed_s, 2000);
}

TEST_F(Observing, HowTheCursorsRowIsDrawnComesWithAStyledLook) {
  reader_.screens[5] = "› summarize the commits\n";
  pane().facts.cursor_x = 2;
  pane().facts.cursor_y = 0;
  EXPECT_EQ(observe(Rows::kStyled).dim_at_cursor, true);
  reader_.style = "\x1b[1m";
  EXPECT_EQ(observe(Rows::kStyled).dim_at_cursor, false);
  EXPECT_EQ(observe(Rows::kStyled).text, "› summarize the commits\n");
  EXPECT_EQ(observe(Rows::kWhole).dim_at_cursor, std::nullopt);
}

TEST_F(Observing, APaneThatIsNotThereIsAnError) {
  const auto look = observe_one(6);
  ASSERT_FALSE(look);
  EXPECT_EQ(look.error().kind, ErrorKind::kCommand);
}

TEST_F(Observing, MoreIsAskedInTheSameBreath) {
  const auto look = observer_.observe_one(5, Steady::now() + std::chrono::seconds(10), "what it says");
  ASSERT_TRUE(look);
  EXPECT_EQ(look->also, "what it says");
  EXPECT_EQ(look->evidence.text, lister_.screens["5"]);
}

TEST_F(Observing, ARidersProcessesCountOnlyForTheSameProcess) {
  const PaneRef* rider = &pane();
  observer_.ride({&rider, 1}, Rows::kLive);
  ASSERT_TRUE(list());
  pane().facts.pid = 60;  // respawned between the sources' look and the listing
  processes_.trees[60] = {{0, 60, "bash", "-bash"}};
  EXPECT_EQ(observe(Rows::kLive).processes, ProcessEvidence::kShellOnly);
}

TEST_F(Observing, ASourcesStampIsPartOfTheGate) {
  Observer two(&lister_, reader_, {&witness_, &word_}, seen_);
  const Gate before = two.gate(pane());
  EXPECT_EQ(two.gate(pane()), before);
  word_.say(50, "busy");
  EXPECT_NE(two.gate(pane()), before);
}

// What a source says between its look at a rider and the round's gate must lead to another look.
TEST_F(Observing, NoWordIsLostBehindARider) {
  Observer two(&lister_, reader_, {&witness_, &word_}, seen_);
  const PaneRef* rider = &pane();
  two.ride({&rider, 1}, Rows::kLive);
  ASSERT_TRUE(two.list(Steady::now() + std::chrono::seconds(10)));
  word_.say(50, "pi");
  const Gate remembered = two.gate(pane());  // under which the round keeps its verdict
  ASSERT_TRUE(two.list(Steady::now() + std::chrono::seconds(10)));
  EXPECT_NE(two.gate(pane()), remembered);
}

// What a second witness costs: the class above, and its place in the list of sources. Rounds, riders, single
// looks and the gate have it from there.
TEST_F(Observing, ASecondSourceReachesTheVerdict) {
  Observer two(&lister_, reader_, {&witness_, &word_}, seen_);
  VerdictCache cache({true, 30, 100, EvictionStrategy::kLru});
  const auto executor = make_inline_executor();
  const test::ManualClock clock;
  CheckRound round(*test::builtin_classifier(), cache, seen_, *executor, clock, {1, true});
  const auto agent = [&] {
    std::vector<PaneTask> tasks = {{&pane(), &two, 2000}};
    std::string found;
    round.run(tasks, Steady::now() + std::chrono::seconds(10), [&](std::span<Outcome> outcomes) {
      for (const Outcome& o : outcomes) found = o.verdict.agent;
    });
    return found;
  };
  EXPECT_EQ(agent(), "claude");
  word_.say(50, "pi");
  EXPECT_EQ(agent(), "pi") << "past the gate, which nothing of tmux's has opened";
}

// ---- motion ----------------------------------------------------------------------------------------------

// An agent of which nothing is known but that its process lives.
class Moving : public Observing {
 protected:
  void SetUp() override {
    Observing::SetUp();
    processes_.trees[50] = {{0, 50, "bash", "-bash"}, {1, 51, "claude", "claude"}};
    pane().facts.alternate = true;
    pane().facts.cursor_y = 5;
    show("an unheard-of screen");
  }
  void show(const std::string& text) {
    std::string rows = text + "\n";
    for (int i = 1; i < 40; ++i) rows += "\n";
    lister_.screens["5"] = reader_.screens[5] = rows;
  }
  // A round `s` seconds later; a look only if the gate is open.
  Verdict after(double s) {
    clock_.advance_ms(static_cast<std::int64_t>(s * 1000));
    std::vector<PaneTask> tasks = {{&pane(), &observer_, 2000}};
    Verdict found;
    const auto figures =
        round_.run(tasks, Steady::now() + std::chrono::seconds(10), [&](std::span<Outcome> outcomes) {
          for (Outcome& o : outcomes) found = std::move(o.verdict);
        });
    looks_ += figures.captures;
    return found;
  }

  test::ManualClock clock_;
  SeenAgents memory_{clock_};
  Observer observer_{&lister_, reader_, {&witness_}, memory_};
  VerdictCache cache_{{true, 1000, 100, EvictionStrategy::kLru}};
  std::unique_ptr<Executor> executor_ = make_inline_executor();
  CheckRound round_{*test::builtin_classifier(), cache_, memory_, *executor_, clock_, {1, true}};
  std::size_t looks_ = 0;
};

TEST_F(Moving, AScreenThatChangesBetweenLooksIsAtWork) {
  EXPECT_EQ(after(0).rule, "builtin/no-rule");
  EXPECT_EQ(after(1).rule, "builtin/no-rule") << "the first look that is watched";
  show("the next line of it");
  ++pane().facts.history;
  const Verdict v = after(1);
  EXPECT_EQ(v.rule, "builtin/screen-moves");
  EXPECT_EQ(v.state, State::kWorking);
  EXPECT_LT(v.confidence, 0.5);
  EXPECT_EQ(after(2).state, State::kWorking) << "between two frames";
  EXPECT_EQ(after(2).state, State::kUnknown) << "it stopped, and nothing says what that means";
}

TEST_F(Moving, OneThatDidNotForAMinuteIsIdle) {
  after(0);
  after(1);
  EXPECT_EQ(after(58).state, State::kUnknown);
  const Verdict v = after(3);
  EXPECT_EQ(v.rule, "builtin/screen-still");
  EXPECT_EQ(v.state, State::kIdle);
  EXPECT_LT(v.confidence, 0.5);
  const std::size_t looks = looks_;
  for (int i = 0; i < 20; ++i) EXPECT_EQ(after(5).state, State::kIdle);
  EXPECT_EQ(looks_, looks) << "what is still costs no look";
}

TEST_F(Moving, TwoLooksFarApartTellNothing) {
  after(0);
  after(1);
  show("something else");
  ++pane().facts.history;
  EXPECT_EQ(after(30).rule, "builtin/no-rule");
}

TEST_F(Moving, WhatIsKnownCountsForMore) {
  after(0);
  after(1);
  show("Run it?\n\n ❯ 1. Yes\n   2. No");
  ++pane().facts.history;
  EXPECT_EQ(after(1).state, State::kWaiting);
  EXPECT_FALSE(memory_.is_watched(pane().key));
  show("an unheard-of screen");
  ++pane().facts.history;
  EXPECT_EQ(after(1).rule, "builtin/no-rule") << "its motion is watched anew";
}

TEST_F(Moving, APaneThatIsGoneIsForgotten) {
  after(0);
  ASSERT_TRUE(memory_.is_watched(pane().key));
  memory_.keep_only({}, {pane().key.server});
  EXPECT_FALSE(memory_.is_watched(pane().key));
}

TEST(AsRound, RecordsWithoutACursorAreJudgedWhole) {
  PaneEvidence e;
  e.text = "a\nb\n";
  EXPECT_EQ(as_round_sees(*test::builtin_classifier(), e), e);
}

}  // namespace
}  // namespace orc
