// SPDX-License-Identifier: Apache-2.0
// PaneHand on a real server: a message reaches an idle agent's empty prompt and nothing else, whatever the
// pane runs and whenever somebody else types.
#include "tmux_orc/act/pane_hand.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <thread>

#include "test_server.h"

namespace orc::test {
namespace {

using Outcome = PaneHand::Outcome;

std::shared_ptr<const Classifier> classifier() {
  auto built = Classifier::build(*load_rules(""));
  return std::shared_ptr<const Classifier>(std::move(*built));
}

class Hand : public ::testing::Test {
 protected:
  struct Agent {
    PaneId pane;
    std::string log;
  };
  Agent scripted(const std::string& state) {
    const std::string log = dir_.file("agent" + std::to_string(count_++));
    std::ofstream(log).flush();
    const PaneId pane = server_.window({"python3", ORC_SCRIPTED_AGENT, log, state});
    const char* mark = state == "dialog" ? "Do you want to proceed?" : "? for shortcuts";
    EXPECT_TRUE(wait_until([&] { return server_.capture(pane).find(mark) != std::string::npos; }));
    return {pane, log};
  }
  static std::string read(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::shared_ptr<LiveServer> live() const {
    LookSettings look;
    look.agents = classifier()->processes();
    return std::make_shared<LiveServer>(server_.address(), look, processes_, std::make_shared<SeenAgents>(),
                                        clock_);
  }
  // What a snapshot would say of the pane.
  PaneRef ref(PaneId pane) const {
    PaneRef out;
    out.key.pane = pane;
    std::string said;
    if (server_.try_tmux({"display-message", "-p", "-t", pane_name(pane), "#{pane_pid} #{session_id}"},
                         &said))
      std::sscanf(said.c_str(), "%d $%d", &out.facts.pid, &out.session_id);
    return out;
  }
  Outcome deliver(PaneId pane, const std::string& text, std::string* why = nullptr) {
    std::string reason;
    const Outcome outcome = hand_.deliver(
        ref(pane), text, [] { return Result<void>(); }, why != nullptr ? why : &reason);
    return outcome;
  }

  TestServer server_{100, 30};
  TempDir dir_;
  int count_ = 0;
  const ProcSource processes_;
  const SystemClock clock_;
  const PaneHand hand_{live(), classifier()};
};

TEST_F(Hand, AnIdleAgentIsTold) {
  const Agent agent = scripted("idle");
  std::string why;
  ASSERT_EQ(
      deliver(agent.pane,
              "Agents report now\n- s:1.0 (x): waits; for $(you)\n- 'quotes' \"and\" `ticks` #{pane_id}",
              &why),
      Outcome::kDelivered)
      << why;
  // Bracketed, whole, once, and then Enter.
  EXPECT_EQ(read(agent.log),
            "\x1b[200~Agents report now\r- s:1.0 (x): waits; for $(you)\r- 'quotes' \"and\" `ticks` "
            "#{pane_id}\x1b[201~\r");
  ASSERT_EQ(deliver(agent.pane, "and again"), Outcome::kDelivered);
  EXPECT_EQ(server_.tmux({"list-buffers"}), "") << "no buffer is left";
}

TEST_F(Hand, ASpaceOfNoWidthBehindTheTextIsNoDraft) {
  const Agent agent = scripted("marked");
  std::string why;
  ASSERT_EQ(deliver(agent.pane, "go on", &why), Outcome::kDelivered) << why;
  EXPECT_EQ(read(agent.log), "\x1b[200~go on\x1b[201~\r");
}

TEST_F(Hand, WhatIsSuggestedIsNoDraft) {
  const Agent agent = scripted("suggests");
  std::string why;
  ASSERT_EQ(deliver(agent.pane, "go on", &why), Outcome::kDelivered) << why;
  EXPECT_EQ(read(agent.log), "\x1b[200~go on\x1b[201~\r");
}

TEST_F(Hand, DraftsDialogsAndModesAreLeftAlone) {
  for (const char* state : {"draft", "moved", "dialog"}) {
    const Agent agent = scripted(state);
    std::string why;
    EXPECT_EQ(deliver(agent.pane, "text", &why), Outcome::kNotNow) << state;
    EXPECT_EQ(read(agent.log), "") << state;
  }
  const Agent idle = scripted("idle");
  server_.tmux({"copy-mode", "-t", pane_name(idle.pane)});
  EXPECT_EQ(deliver(idle.pane, "text"), Outcome::kNotNow);
  server_.tmux({"send-keys", "-t", pane_name(idle.pane), "-X", "cancel"});
  EXPECT_EQ(read(idle.log), "");
  EXPECT_EQ(deliver(9999, "text"), Outcome::kNotNow) << "a pane that is not there";
}

// Panes that must never get a byte: their programs would show it, run it or swallow it.
TEST_F(Hand, NotOneByteReachesAWrongPaneInAThousandRounds) {
  const std::string file = dir_.file("text");
  std::ofstream(file) << "line one\nline two\n";
  std::vector<PaneId> wrong = {server_.window({"bash", "--norc", "-i"}), server_.window({"python3", "-q"}),
                               server_.window({"vi", file}), server_.window({"less", file}),
                               server_.window({"cat"})};
  const Agent draft = scripted("draft"), dialog = scripted("dialog"), idle = scripted("idle");
  wrong.push_back(draft.pane);
  wrong.push_back(dialog.pane);
  ASSERT_TRUE(wait_until([&] {
    return server_.capture(wrong[1]).find(">>>") != std::string::npos &&
           server_.capture(wrong[0]).find("bash-") != std::string::npos &&
           server_.capture(wrong[2]).find("line two") != std::string::npos &&
           server_.capture(wrong[3]).find("line two") != std::string::npos;
  }));
  const auto state_of = [&](PaneId pane) {
    return server_.capture(pane, {"-S-100"}) +
           server_.tmux({"display-message", "-p", "-t", pane_name(pane),
                         "#{cursor_x} #{cursor_y} #{history_size} #{pane_current_command}"});
  };
  std::vector<std::string> before;
  for (const PaneId pane : wrong) before.push_back(state_of(pane));

  std::mt19937 random(11);
  int delivered = 0;
  for (int round = 0; round < 1000; ++round) {
    // One round in twenty goes to the agent that may be told, so that the test shows deliveries as well.
    if (random() % 20 == 0) {
      if (random() % 3 == 0) server_.tmux({"copy-mode", "-t", pane_name(idle.pane)});
      const bool in_mode =
          server_.tmux({"display-message", "-p", "-t", pane_name(idle.pane), "#{pane_in_mode}"}) == "1";
      const Outcome outcome = deliver(idle.pane, "message " + std::to_string(round));
      EXPECT_EQ(outcome, in_mode ? Outcome::kNotNow : Outcome::kDelivered) << "round " << round;
      delivered += outcome == Outcome::kDelivered ? 1 : 0;
      if (in_mode) server_.tmux({"send-keys", "-t", pane_name(idle.pane), "-X", "cancel"});
    } else {
      const PaneId pane = wrong[random() % wrong.size()];
      ASSERT_EQ(deliver(pane, "rm -rf this\nand that"), Outcome::kNotNow) << "round " << round;
    }
  }
  EXPECT_GT(delivered, 10);
  for (std::size_t i = 0; i < wrong.size(); ++i) EXPECT_EQ(state_of(wrong[i]), before[i]) << "pane " << i;
  EXPECT_EQ(read(draft.log) + read(dialog.log), "");
  const std::string told = read(idle.log);
  std::size_t pastes = 0;
  for (std::size_t at = told.find("\x1b[200~"); at != std::string::npos; at = told.find("\x1b[200~", at + 1))
    ++pastes;
  EXPECT_EQ(pastes, static_cast<std::size_t>(delivered));
}

// One pane whose programs change all the time: a shell, an agent, an agent that is suspended and taken back.
// A message goes to the agent, whole and once, or nowhere; never to the shell.
TEST_F(Hand, WhateverRunsThereAtThatMoment) {
  const std::string log = dir_.file("agent"), ran = dir_.file("ran"), rc = dir_.file("rc");
  std::ofstream(log).flush();
  std::ofstream(rc) << "trap 'echo \"$BASH_COMMAND\" >>" << ran << "' DEBUG\nPS1='bash- $ '\n"
                    << "set -m\n";
  const PaneId pane = server_.window({"bash", "--noprofile", "--rcfile", rc, "-i"});
  ASSERT_TRUE(wait_until([&] { return server_.capture(pane).find("bash-") != std::string::npos; }));
  const std::string start = fmt::format("python3 {} {} idle", ORC_SCRIPTED_AGENT, log);
  std::mt19937 random(5);
  std::vector<std::string> delivered, refused;
  for (int round = 0; round < 40; ++round) {
    const char* keys[] = {"C-z", "C-c", nullptr, nullptr};
    // Not by the screen: one that was ended at a bad moment leaves its prompt there.
    const bool shell =
        server_.tmux({"display-message", "-p", "-t", pane_name(pane), "#{pane_current_command}"})
            .starts_with("bash");
    if (shell) {  // typed anew, since a Ctrl-C may still be on its way to the agent
      server_.tmux({"send-keys", "-t", pane_name(pane), "C-c"});
      server_.tmux({"send-keys", "-t", pane_name(pane), "-l", random() % 2 == 0 ? "fg || " + start : start});
      server_.tmux({"send-keys", "-t", pane_name(pane), "Enter"});
      if (random() % 3 != 0) {
        wait_until([&] { return server_.capture(pane).find("? for shortcuts") != std::string::npos; });
      }
    } else if (const char* key = keys[random() % 4]; key != nullptr) {
      server_.tmux({"send-keys", "-t", pane_name(pane), key});
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 150'000));
    const std::string text = fmt::format("message-{}.", round);
    const Outcome outcome = deliver(pane, text);
    if (outcome == Outcome::kDelivered) delivered.push_back(text);
    if (outcome == Outcome::kNotNow) refused.push_back(text);
  }
  const std::string got = read(log);
  for (const std::string& text : delivered)
    EXPECT_NE(got.find("\x1b[200~" + text + "\x1b[201~\r"), std::string::npos) << text;
  for (const std::string& text : refused) EXPECT_EQ(got.find(text), std::string::npos) << text;
  EXPECT_EQ(read(ran).find("message-"), std::string::npos) << read(ran);
  EXPECT_GT(delivered.size(), 5u);
  EXPECT_GT(refused.size(), 5u);
}

// Somebody types into the idle agent at the same moment: either the message goes in before, or it waits; the
// two never mix into one prompt that is then submitted.
TEST_F(Hand, SomebodyTypingAtTheSameMoment) {
  std::mt19937 random(7);
  for (int round = 0; round < 15; ++round) {
    const Agent agent = scripted("idle");
    std::jthread typist([&] {
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 40000));
      server_.try_tmux({"send-keys", "-t", pane_name(agent.pane), "-l", "hello"});
    });
    deliver(agent.pane, "Agents report");
    typist.join();
    const std::string bytes = read(agent.log);
    const std::size_t typed = bytes.find("hello"), enter = bytes.find('\r'), paste = bytes.find("\x1b[200~");
    if (typed != std::string::npos && enter != std::string::npos && paste != std::string::npos) {
      EXPECT_TRUE(typed > enter) << "typed text was submitted with the message in round " << round;
    }
    server_.tmux({"kill-pane", "-t", pane_name(agent.pane)});
  }
}

TEST_F(Hand, ARestartIsTypedOnlyIntoAShell) {
  std::string why;
  const PaneId shell = server_.window({"bash", "--norc", "-i"});
  ASSERT_TRUE(wait_until([&] { return server_.capture(shell).find("bash-") != std::string::npos; }));
  EXPECT_EQ(hand_.restart(ref(shell), "echo back-$((40+2))", true, &why), Outcome::kDelivered);
  EXPECT_EQ(why, "dry run");
  EXPECT_EQ(server_.capture(shell).find("echo"), std::string::npos);
  EXPECT_EQ(hand_.restart(ref(shell), "echo back-$((40+2))", false, &why), Outcome::kDelivered) << why;
  EXPECT_TRUE(wait_until([&] { return server_.capture(shell).find("back-42") != std::string::npos; }));
  // A prompt over the lower line of a killed agent's box, and one over its words.
  server_.tmux({"send-keys", "-t", pane_name(shell), "-l", "clear; printf '\\n──────────────────\\e[2;1H'"});
  server_.tmux({"send-keys", "-t", pane_name(shell), "Enter"});
  const auto drawn = [&] {
    const std::string screen = server_.capture(shell);
    return screen.find("clear") == std::string::npos && screen.find("────") != std::string::npos;
  };
  ASSERT_TRUE(wait_until(drawn));
  EXPECT_EQ(hand_.restart(ref(shell), "echo back-$((40+3))", false, &why), Outcome::kDelivered) << why;
  EXPECT_TRUE(wait_until([&] { return server_.capture(shell).find("back-43") != std::string::npos; }));
  server_.tmux(
      {"send-keys", "-t", pane_name(shell), "-l", "clear; printf '\\n────────── a word ────\\e[2;1H'"});
  server_.tmux({"send-keys", "-t", pane_name(shell), "Enter"});
  ASSERT_TRUE(wait_until(drawn));
  EXPECT_EQ(hand_.restart(ref(shell), "echo no", true, &why), Outcome::kNotNow);
  const Agent alive = scripted("idle");
  EXPECT_EQ(hand_.restart(ref(alive.pane), "echo no", false, &why), Outcome::kNotNow);
  EXPECT_EQ(read(alive.log), "");
}

TEST_F(Hand, NothingGoesWhereInputIsSharedOrOff) {
  const Agent agent = scripted("idle");
  server_.tmux({"set-option", "-w", "-t", pane_name(agent.pane), "synchronize-panes", "on"});
  std::string why;
  EXPECT_EQ(deliver(agent.pane, "text", &why), Outcome::kNotNow);
  EXPECT_NE(why.find("synchronize-panes"), std::string::npos) << why;
  server_.tmux({"set-option", "-w", "-t", pane_name(agent.pane), "synchronize-panes", "off"});
  server_.tmux({"select-pane", "-d", "-t", pane_name(agent.pane)});
  EXPECT_EQ(deliver(agent.pane, "text", &why), Outcome::kNotNow);
  server_.tmux({"select-pane", "-e", "-t", pane_name(agent.pane)});
  PaneRef other = ref(agent.pane);
  ++other.facts.pid;
  EXPECT_EQ(hand_.deliver(
                other, "text", [] { return Result<void>(); }, &why),
            Outcome::kNotNow)
      << "another program's pane";
  EXPECT_EQ(read(agent.log), "");
  EXPECT_EQ(deliver(agent.pane, "text", &why), Outcome::kDelivered) << why;
}

// The next program comes to the front in the moment between our last look and tmux's own: this tmux puts it
// there whenever it is asked to touch the pane for the Nth time. Screen, cursor and pid are as they were.
TEST_F(Hand, TheProgramThatComesBetweenGetsNoByte) {
  const std::string agent_log = dir_.file("agent"), cat_log = dir_.file("cat"), state = dir_.file("state"),
                    nth = dir_.file("nth"), tmux = dir_.file("tmux");
  std::ofstream(agent_log).flush();
  const PaneId pane = server_.window({"python3", ORC_TWO_PROGRAMS, agent_log, cat_log, state}, "two");
  const auto in_front = [&](const char* who) { return wait_until([&] { return read(state) == who; }); };
  ASSERT_TRUE(in_front("agent"));
  ASSERT_TRUE(wait_until([&] { return server_.capture(pane).find("? for shortcuts") != std::string::npos; }));
  const int driver = ref(pane).facts.pid;
  std::ofstream(tmux) << fmt::format(
      "#!/bin/bash\n"
      "case \"$*\" in *if-shell*)\n"
      "  n=$(($(cat {0}) - 1))\n"
      "  echo $n >{0}\n"
      "  if [ $n = 0 ]; then kill -USR1 {1}; while [ \"$(cat {2})\" != cat ]; do sleep 0.01; done; fi\n"
      "esac\n"
      "exec tmux \"$@\"\n",
      nth, driver, state);
  std::filesystem::permissions(tmux, std::filesystem::perms(0755));
  LookSettings look;
  look.agents = classifier()->processes();
  look.tmux_binary = tmux;
  const PaneHand hand(std::make_shared<LiveServer>(server_.address(), look, processes_,
                                                   std::make_shared<SeenAgents>(), clock_),
                      classifier());
  const auto at_touch = [&](int n) {
    std::ofstream(nth) << n;
    std::string why;
    const auto outcome = hand.deliver(
        ref(pane), "rm -rf this", [] { return Result<void>(); }, &why);
    return std::pair(outcome, why);
  };
  for (int i = 0; i < 5; ++i) {  // the paste
    EXPECT_EQ(at_touch(1), std::pair(Outcome::kNotNow, std::string("something moved in the pane")));
    EXPECT_EQ(read(state), "cat") << "the moment was not met";
    EXPECT_EQ(read(agent_log) + read(cat_log), "");
    ::kill(driver, SIGUSR2);
    ASSERT_TRUE(in_front("agent"));
  }
  // Enter: the text stands in the agent's prompt.
  EXPECT_NE(at_touch(2).first, Outcome::kDelivered);
  EXPECT_EQ(read(state), "cat");
  EXPECT_EQ(read(cat_log), "");
  EXPECT_EQ(read(agent_log), "\x1b[200~rm -rf this\x1b[201~");
  ::kill(driver, SIGUSR2);
  ASSERT_TRUE(in_front("agent"));
  server_.tmux({"send-keys", "-t", pane_name(pane), "Enter"});
  const auto taken = [&] { return server_.capture(pane).find("Noted") != std::string::npos; };
  ASSERT_TRUE(wait_until(taken));
  const auto [outcome, why] = at_touch(99);
  EXPECT_EQ(outcome, Outcome::kDelivered) << why << ": it would be told if nobody came between";
}

TEST_F(Hand, AHalfTypedCommandAQuestionAndAScriptAreNoPrompt) {
  std::string why;
  const PaneId shell = server_.window({"bash", "--norc", "-i"});
  ASSERT_TRUE(wait_until([&] { return server_.capture(shell).find("bash-") != std::string::npos; }));
  server_.tmux({"send-keys", "-t", pane_name(shell), "-l", "echo DRAFT "});
  ASSERT_TRUE(wait_until([&] { return server_.capture(shell).find("DRAFT") != std::string::npos; }));
  EXPECT_EQ(hand_.restart(ref(shell), "echo no", false, &why), Outcome::kNotNow);
  const PaneId asking = server_.window({"bash", "-c", "read -p 'Delete everything? $ ' x; sleep 1000"});
  ASSERT_TRUE(wait_until([&] { return server_.capture(asking).find("Delete") != std::string::npos; }));
  EXPECT_EQ(hand_.restart(ref(asking), "echo no", false, &why), Outcome::kNotNow);
  EXPECT_EQ(server_.capture(shell).find("echo no"), std::string::npos);
  EXPECT_EQ(server_.capture(asking).find("echo no"), std::string::npos);
}

}  // namespace
}  // namespace orc::test
