// SPDX-License-Identifier: Apache-2.0
// An agent that no rule knows: whether its screen moves says what it does.
#include <gtest/gtest.h>

#include <fstream>

#include "test_server.h"

namespace orc::test {
namespace {

// The system's clock, moved forward by hand, so that a minute need not be waited for.
class ShiftedClock final : public Clock {
 public:
  Steady::time_point steady() const override { return system_.steady() + shift; }
  std::int64_t wall_ms() const override {
    return system_.wall_ms() + std::chrono::duration_cast<std::chrono::milliseconds>(shift).count();
  }
  std::chrono::seconds shift{0};

 private:
  SystemClock system_;
};

TEST(Motion, ScreensThatMoveWorkAndThoseThatStandStillRest) {
  TestServer server;
  TempDir dir;
  // Words that change all the time until the file is there; no prompt, and the cursor hidden.
  const PaneId pane =
      server.window({"python3", "-c",
                     "import os, sys, time\n"
                     "n = 0\n"
                     "sys.stdout.write('\\033[?25l\\033[2JA new agent\\n')\n"
                     "while not os.path.exists(sys.argv[1]):\n"
                     "    n += 1\n"
                     "    sys.stdout.write('\\033[5;1Hlooks at part%d of the work\\033[K' % n)\n"
                     "    sys.stdout.flush()\n"
                     "    time.sleep(0.05)\n"
                     "time.sleep(1000)\n",
                     dir.file("stop")});
  server.tmux({"set-option", "-p", "-t", pane_name(pane), "@orc_agent", "amp"});
  ShiftedClock clock;
  ProcSource processes;
  Monitor monitor({server.address()}, at_once(), built_in_classifier(), processes, clock);
  const auto rule = [&] {
    const auto snapshot = monitor.run_round(clock.steady() + 10s, true);
    const AgentStatus* agent = find_agent(*snapshot, pane);
    return agent == nullptr ? std::string()
                            : agent->verdict.rule + " " + std::string(to_string(agent->verdict.state));
  };
  EXPECT_TRUE(wait_until([&] { return rule() == "builtin/screen-moves working"; })) << rule();

  std::ofstream(dir.file("stop")).put('\n');
  EXPECT_TRUE(wait_until([&] { return rule() == "builtin/no-rule unknown"; })) << rule();
  clock.shift = 61s;
  EXPECT_TRUE(wait_until([&] { return rule() == "builtin/screen-still idle"; })) << rule();
}

}  // namespace
}  // namespace orc::test
