// SPDX-License-Identifier: Apache-2.0
// CheckRound over fakes: recorded screens stand in panes 1..n of a server that is not there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/corpus.h"
#include "support/fakes.h"
#include "support/manual_clock.h"
#include "tmux_orc/check/check_round.h"
#include "tmux_orc/evidence/process_witness.h"

namespace orc {
namespace {

using test::corpus;
using test::CorpusScreen;
using test::describe;
using testing::IsEmpty;
using testing::SizeIs;

// Some hundred recorded screens with everything a round asks for.
// What runs as the agent: its process need not have its name.
std::string program_of(const std::string& agent) {
  for (const AgentProcess& p : test::builtin_classifier()->processes()) {
    if (p.agent == agent && !p.names.empty()) return p.names.front();
  }
  return agent;
}

class World {
 public:
  explicit World(std::size_t most = 400) {
    // Spread over all agents: every third screen or so. Not of stopped agents, which are looked at in each
    // round: they go on without drawing.
    std::vector<const CorpusScreen*> all;
    for (const CorpusScreen& c : corpus()) {
      if (c.screen.processes != ProcessEvidence::kSuspended) all.push_back(&c);
    }
    const std::size_t step = std::max<std::size_t>(1, all.size() / most);
    for (std::size_t i = 0; i < all.size() && panes.size() < most; i += step) add(*all[i]);
  }
  explicit World(const std::vector<CorpusScreen>& screens) {
    for (const CorpusScreen& s : screens) add(s);
  }

  std::vector<PaneTask> tasks(Observer& observer) {
    std::vector<PaneTask> out;
    for (const PaneRef& pane : panes) {
      PaneTask task;
      task.pane = &pane;
      task.observer = &observer;
      task.listed_s = kListed_s;
      out.push_back(std::move(task));
    }
    return out;
  }

  static constexpr std::int64_t kListed_s = 2000;
  std::vector<PaneRef> panes;
  std::vector<const CorpusScreen*> source;  // valid as long as what the world was made of
  std::vector<std::string> seen_agents;
  test::FakeScreenReader reader;
  test::FakeProcessSource processes;

 private:
  void add(const CorpusScreen& s) {
    const auto id = static_cast<PaneId>(panes.size() + 1);
    PaneRef pane;
    pane.key = {1, id};
    PaneFacts& f = pane.facts;
    f.pid = static_cast<int>(id) * 10;
    f.width = s.screen.width;
    f.height = s.screen.height;
    f.activity_s = 1000;
    f.cursor_x = s.screen.cursor_x.value_or(0);
    f.cursor_y = s.screen.cursor_y.value_or(0);
    f.cursor_visible = s.screen.cursor_visible.value_or(true);
    f.alternate = s.screen.alternate;
    f.dead = s.screen.dead;
    f.dead_status = s.screen.dead_status;
    f.title = s.screen.title;
    panes.push_back(pane);
    source.push_back(&s);
    seen_agents.push_back(s.screen.seen_agent);
    reader.screens[id] = s.screen.text;
    auto& tree = processes.trees[f.pid];
    tree.push_back({0, f.pid, "bash", "-bash"});
    if (s.screen.processes == ProcessEvidence::kAgent || s.screen.processes == ProcessEvidence::kSuspended) {
      const std::string program = program_of(s.screen.agent_hint);
      tree.push_back({1, f.pid + 1, program, program});
      if (s.screen.processes == ProcessEvidence::kSuspended) tree.back().state = 'T';
    } else if (s.screen.processes == ProcessEvidence::kOther) {
      tree.push_back({1, f.pid + 1, "vim", "vim"});
    } else if (s.screen.processes == ProcessEvidence::kApart) {
      const std::string program = program_of(s.screen.agent_hint);
      tree.push_back({1, f.pid + 1, "vim", "vim"});
      tree.push_back({2, f.pid + 2, program, program});
      tree.back().standing = Standing::kApart;
    } else if (s.screen.processes == ProcessEvidence::kOpaque) {
      tree.push_back({1, f.pid + 1, "ssh", "ssh host"});
    } else if (s.screen.processes == ProcessEvidence::kUnknown) {
      tree.clear();
    }
  }
};

// An observer of a world, with a memory of its own.
struct Eyes {
  explicit Eyes(World& world)
      : witness(world.processes, test::builtin_classifier()->processes()),
        observer(nullptr, world.reader, {&witness}, seen) {
    for (std::size_t i = 0; i < world.panes.size(); ++i) {
      if (!world.seen_agents[i].empty()) seen.restore(world.panes[i].key, world.seen_agents[i]);
    }
  }
  SeenAgents seen;
  ProcessWitness witness;
  Observer observer;
};

// One checker with its own cache, as a monitor holds it.
class Checker {
 public:
  Checker(World& world, std::unique_ptr<Executor> executor, CheckOptions options)
      : world_(world),
        eyes_(world),
        executor_(std::move(executor)),
        round_(*test::builtin_classifier(), cache_, eyes_.seen, *executor_, clock_, options) {}

  // Outcomes by task. Fails the test if a task has none or two.
  std::vector<Outcome> run() {
    auto tasks = world_.tasks(eyes_.observer);
    std::vector<Outcome> out(tasks.size());
    std::vector<int> count(tasks.size(), 0);
    figures = round_.run(tasks, Steady::now() + std::chrono::seconds(60), [&](std::span<Outcome> bulk) {
      for (Outcome& o : bulk) {
        ++count.at(o.index);
        out[o.index] = std::move(o);
      }
    });
    for (std::size_t i = 0; i < count.size(); ++i) EXPECT_EQ(count[i], 1) << "task " << i;
    return out;
  }
  CheckRound& round() { return round_; }
  SeenAgents& seen() { return eyes_.seen; }
  Observer& observer() { return eyes_.observer; }

  CheckFigures figures;
  test::ManualClock clock_;

 private:
  World& world_;
  Eyes eyes_;
  std::unique_ptr<Executor> executor_;
  VerdictCache cache_{{true, 30, 5000, EvictionStrategy::kLru}};
  CheckRound round_;
};

constexpr CheckOptions kSync{1, true}, kAsync{64, true};

void expect_same(const World& world, const std::vector<Outcome>& a, const std::vector<Outcome>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].kind, b[i].kind) << world.source[i]->name;
    EXPECT_EQ(a[i].verdict, b[i].verdict)
        << world.source[i]->name << ": " << describe(a[i].verdict) << " and " << describe(b[i].verdict);
  }
}

TEST(CheckRound, SyncAndAsyncGiveIdenticalVerdicts) {
  World world;
  ASSERT_GT(world.panes.size(), 300u);
  const auto sync = Checker(world, make_inline_executor(), kSync).run();
  EXPECT_EQ(world.reader.largest_batch(), 1u);
  expect_same(world, sync, Checker(world, make_arena_executor(4), kAsync).run());
  EXPECT_GT(world.reader.largest_batch(), 1u);
  EXPECT_LE(world.reader.largest_batch(), 64u);
}

TEST(CheckRound, PartialCapturesGiveTheVerdictsOfWholeOnes) {
  World world;
  expect_same(world, Checker(world, make_inline_executor(), {64, false}).run(),
              Checker(world, make_inline_executor(), kAsync).run());
}

TEST(CheckRound, GivesEveryScreensOwnVerdict) {
  World world;
  const auto outcomes = Checker(world, make_arena_executor(3), {64, false}).run();
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    Screen screen = world.source[i]->screen;
    if (!screen.cursor_y) continue;  // a round always knows it
    const Verdict direct = test::builtin_classifier()->classify(screen).verdict;
    EXPECT_EQ(outcomes[i].verdict.state, direct.state) << world.source[i]->name;
    EXPECT_EQ(outcomes[i].verdict.agent, direct.agent) << world.source[i]->name;
  }
}

TEST(CheckRound, GoneAndFailedPanesSaySo) {
  World world(100);
  world.reader.screens.erase(3);
  world.reader.failing[5] = {ErrorKind::kTimeout, "too slow"};
  world.reader.failing[6] = {ErrorKind::kProtocol, "nonsense"};
  Checker checker(world, make_arena_executor(2), kAsync);
  const auto outcomes = checker.run();
  EXPECT_EQ(outcomes[2].kind, Outcome::Kind::kGone);
  EXPECT_EQ(outcomes[4].kind, Outcome::Kind::kFailed);
  EXPECT_EQ(outcomes[4].error, "too slow");
  EXPECT_EQ(outcomes[5].kind, Outcome::Kind::kFailed);
  EXPECT_EQ(checker.figures.timeouts, 1u);
  EXPECT_EQ(checker.figures.errors, 1u);
  for (const std::size_t i : {0u, 1u, 3u, 6u}) EXPECT_EQ(outcomes[i].kind, Outcome::Kind::kVerdict);
}

TEST(CheckRound, RolledBackCapturesCountForNothing) {
  World world(100);
  const auto expected = Checker(world, make_inline_executor(), kAsync).run();
  world.reader.rollbacks = 2;
  Checker checker(world, make_inline_executor(), kAsync);
  const auto outcomes = checker.run();
  expect_same(world, expected, outcomes);
  // Nothing of the rolled back text may have come into the cache.
  expect_same(world, expected, checker.run());
}

TEST(CheckRound, UnchangedPanesAreNotRead) {
  World world(60);
  Checker checker(world, make_arena_executor(2), kAsync);
  const auto first = checker.run();
  const std::size_t reads = world.reader.seen().size(), looks = world.processes.reads;
  EXPECT_THAT(checker.figures.changed, SizeIs(60));
  const auto second = checker.run();
  EXPECT_EQ(world.reader.seen().size(), reads);
  EXPECT_EQ(world.processes.reads, looks);
  EXPECT_THAT(checker.figures.changed, IsEmpty());
  EXPECT_EQ(checker.figures.captures, 0u);
  expect_same(world, first, second);
  for (const Outcome& o : second) EXPECT_TRUE(o.from_cache);
}

TEST(CheckRound, OnlyWhatChangedIsReadAgain) {
  World world(60);
  Checker checker(world, make_inline_executor(), kAsync);
  checker.run();
  const std::size_t reads = world.reader.seen().size();
  ++world.panes[7].facts.cursor_x;
  checker.run();
  EXPECT_THAT(checker.figures.changed, testing::ElementsAre(7));
  for (std::size_t i = reads; i < world.reader.seen().size(); ++i) EXPECT_EQ(world.reader.seen()[i].pane, 8u);
}

TEST(CheckRound, ARecentOutputMeansAnotherLook) {
  World world(20);
  for (PaneRef& pane : world.panes) pane.facts.activity_s = World::kListed_s;  // the listing's own second
  Checker checker(world, make_inline_executor(), kAsync);
  checker.run();
  checker.run();
  EXPECT_THAT(checker.figures.changed, SizeIs(20));
}

TEST(CheckRound, TheSameTextNeedsNoClassification) {
  World world(20);
  for (PaneRef& pane : world.panes) pane.facts.activity_s = World::kListed_s;
  Checker checker(world, make_inline_executor(), {64, false});
  const auto first = checker.run();
  checker.run();  // that an agent was seen before is new evidence once
  const auto third = checker.run();
  expect_same(world, first, third);
  for (const Outcome& o : third) EXPECT_TRUE(o.from_cache);
}

TEST(CheckRound, NeedsMoreLeadsToASecondWholeRead) {
  World world(1000);
  Checker checker(world, make_inline_executor(), kSync);
  checker.run();
  ASSERT_GT(checker.figures.partial_retries, 0u)
      << "no recorded screen needs its upper part: choose other screens";
  std::map<PaneId, std::vector<CaptureRequest>> rows;
  for (const CaptureRequest& r : world.reader.seen()) rows[r.pane].push_back(r);
  std::size_t twice = 0;
  for (const auto& [pane, reads] : rows) {
    ASSERT_LE(reads.size(), 2u);
    if (reads.size() < 2) continue;
    ++twice;
    EXPECT_TRUE(reads[0].first_row > 0 || reads[1].styled);
    EXPECT_EQ(reads[1].first_row, 0);
  }
  EXPECT_EQ(twice, checker.figures.partial_retries);
  EXPECT_EQ(checker.figures.captures, world.panes.size() + twice);
}

// A message whose cursor was moved to its begin reads like a suggestion; how it is drawn tells them apart.
TEST(CheckRound, ADraftBehindTheCursorIsToldFromASuggestionByItsStyle) {
  const auto drafted = std::find_if(corpus().begin(), corpus().end(), [](const CorpusScreen& s) {
    return s.name.starts_with("claude/005-draft-text-typed");
  });
  ASSERT_NE(drafted, corpus().end());
  for (const auto& [style, state] : {std::pair{"\x1b[39m", State::kDraft}, std::pair{"\x1b[2m", State::kIdle},
                                     std::pair{"\x1b[38;5;244m", State::kIdle}}) {
    for (const CheckOptions options : {kSync, CheckOptions{64, true}}) {
      World world(std::vector<CorpusScreen>{*drafted});
      world.reader.style = style;
      world.panes[0].facts.cursor_x = 2;
      Checker checker(world, make_inline_executor(), options);
      const Verdict verdict = checker.run()[0].verdict;
      EXPECT_EQ(verdict.state, state) << style << verdict.rule;
      std::vector<bool> styled;
      for (const CaptureRequest& r : world.reader.seen()) styled.push_back(r.styled);
      EXPECT_EQ(styled, (std::vector<bool>{false, true})) << "asked once, where a verdict hangs on it";
      checker.run();
      EXPECT_THAT(world.reader.seen(), SizeIs(2)) << "nothing changed";
    }
  }
  World world(std::vector<CorpusScreen>{*drafted});  // with its cursor at the end there is nothing to ask
  Checker(world, make_inline_executor(), kSync).run();
  for (const CaptureRequest& r : world.reader.seen()) EXPECT_FALSE(r.styled);
}

TEST(CheckRound, PartialCapturesAreAskedForOnlyWhenAllowed) {
  World world(200);
  Checker(world, make_inline_executor(), {64, false}).run();
  for (const CaptureRequest& r : world.reader.seen()) EXPECT_EQ(r.first_row, 0);
}

TEST(CheckRound, EarlyCapturesAreNotReadAgain) {
  World world(10);
  const auto expected = Checker(world, make_inline_executor(), {64, false}).run();
  Checker checker(world, make_inline_executor(), {64, false});
  auto tasks = world.tasks(checker.observer());
  std::unordered_map<PaneId, Observer::Early> early;
  for (const PaneRef& pane : world.panes) {
    early[pane.key.pane].capture = Capture{0, 0, pane.facts.height, world.reader.screens.at(pane.key.pane)};
  }
  checker.observer().take_early(std::move(early));
  const std::size_t reads = world.reader.seen().size();
  std::vector<Outcome> outcomes(tasks.size());
  checker.round().run(tasks, Steady::now() + std::chrono::seconds(60), [&](std::span<Outcome> bulk) {
    for (Outcome& o : bulk) outcomes[o.index] = o;
  });
  EXPECT_EQ(world.reader.seen().size(), reads);
  expect_same(world, expected, outcomes);
}

World idle_claude() {
  return World(
      std::vector<CorpusScreen>{*std::find_if(corpus().begin(), corpus().end(), [](const CorpusScreen& s) {
        return s.label == "idle" && s.screen.processes == ProcessEvidence::kAgent &&
               s.name.starts_with("claude/");
      })});
}

TEST(CheckRound, ASuspendedAgentIsNeitherAtWorkNorGone) {
  World world = idle_claude();
  Checker checker(world, make_inline_executor(), kSync);
  EXPECT_EQ(checker.run()[0].verdict.state, State::kIdle);
  for (Process& p : world.processes.trees[10]) p.state = 'T';
  world.reader.screens[1] += "[1]+  Stopped                 claude\ndev@box:~$ \n";
  ++world.panes[0].facts.history;
  const Verdict suspended = checker.run()[0].verdict;
  EXPECT_EQ(describe(suspended), "claude interrupted/suspended by builtin/agent-suspended");
}

TEST(CheckRound, HowAPaneDied) {
  World world = idle_claude();
  Checker checker(world, make_inline_executor(), kSync);
  PaneFacts& f = world.panes[0].facts;
  f.dead = true;
  world.reader.screens[1] += "Pane is dead\n";
  ++f.history;
  EXPECT_EQ(describe(checker.run()[0].verdict), "claude exited/ by builtin/pane-ended")
      << "nobody knows how: no crash, and no success";
  world.processes.ends[10] = 128 + 9;
  ++f.history;
  EXPECT_EQ(describe(checker.run()[0].verdict), "claude crashed/signal 9 by builtin/pane-died")
      << "tmux does not know, the kernel does";
  f.dead_status = 3;
  EXPECT_EQ(describe(checker.run()[0].verdict), "claude exited/status 3 by builtin/pane-ended")
      << "tmux knows";
}

TEST(CheckRound, AnAgentSeenBeforeTurnsItsShellIntoExited) {
  World world = idle_claude();
  Checker checker(world, make_inline_executor(), kSync);
  EXPECT_EQ(checker.run()[0].verdict.agent, "claude");

  const auto quit = [&] {  // and cleared the screen
    world.reader.screens[1] = "dev@box:~$ \n";
    world.processes.trees[10] = {{0, 10, "bash", "-bash"}};
    PaneFacts& f = world.panes[0].facts;
    f.cursor_x = 11;
    f.cursor_y = 0;
    f.alternate = false;
    f.cursor_visible = true;
    f.title = "box";
    ++f.history;
  };
  quit();
  EXPECT_EQ(checker.run()[0].verdict.state, State::kExited);

  Checker fresh(world, make_inline_executor(), kSync);
  EXPECT_EQ(fresh.run()[0].verdict.state, State::kNotAgent);

  checker.seen().keep_only({}, {2});  // another server's panes are all gone
  ++world.panes[0].facts.history;
  EXPECT_EQ(checker.run()[0].verdict.state, State::kExited);
  checker.seen().keep_only({}, {1});  // the pane left the server; a new one with its number was never seen
  ++world.panes[0].facts.history;
  world.reader.screens[1] = "dev@box:~$ \n\n";
  EXPECT_EQ(checker.run()[0].verdict.state, State::kNotAgent);
}

TEST(CheckRound, PanesOfTwoServersAreNotMixedInABatch) {
  World a(40), b(40);
  Eyes of_a(a), of_b(b);
  auto tasks = a.tasks(of_a.observer);
  for (PaneRef& pane : b.panes) pane.key.server = 2;
  for (PaneTask& task : b.tasks(of_b.observer)) tasks.push_back(task);
  VerdictCache cache({true, 30, 5000, EvictionStrategy::kLru});
  const auto executor = make_arena_executor(2);
  const test::ManualClock clock;
  SeenAgents seen;
  CheckRound round(*test::builtin_classifier(), cache, seen, *executor, clock, kAsync);
  std::size_t verdicts = 0;
  round.run(tasks, Steady::now() + std::chrono::seconds(60),
            [&](std::span<Outcome> bulk) { verdicts += bulk.size(); });
  EXPECT_EQ(verdicts, 80u);
  EXPECT_GE(a.reader.seen().size(), 40u);
  EXPECT_GE(b.reader.seen().size(), 40u);
}

TEST(CheckRound, NoPanesAreNoWork) {
  World world(std::vector<CorpusScreen>{});
  Checker checker(world, make_arena_executor(2), kAsync);
  EXPECT_THAT(checker.run(), IsEmpty());
  EXPECT_EQ(checker.figures.captures, 0u);
}

}  // namespace
}  // namespace orc
