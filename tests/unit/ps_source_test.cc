// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/discover/ps_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orc {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::vector<AgentProcess> kCodex = {{"codex", {"codex"}, {"@openai/codex"}}};

TEST(ParsePs, JoinsNamesAndArguments) {
  const ProcessTable t = parse_ps(
      "    1     0   1  -1 ?     Ss   systemd\n  200     1 200 -1 ? Ss   tmux: server\n"
      "  300   200 300 310 pts/1 Ss   bash\n  42 300 42 310 pts/1 T<l+ node\n"
      "  310 300 310 310 pts/1 S+   npm exec @opena\n"
      "\n"
      "    1 /sbin/init splash\n  200 tmux new -s x\n  300 -bash\n  42 node /x/@openai/codex/bin/codex.js\n");
  EXPECT_EQ(t.processes.size(), 5u);
  EXPECT_EQ(t.processes.at(200).comm, "tmux: server");
  EXPECT_EQ(t.processes.at(200).args, "tmux new -s x");
  EXPECT_EQ(t.processes.at(310).comm, "npm exec @opena");
  EXPECT_EQ(t.processes.at(310).args, "") << "it was gone when the arguments were asked for";
  EXPECT_THAT(t.children.at(300), ElementsAre(42, 310));
  EXPECT_EQ(agent_of_process(t.processes.at(42), kCodex), "codex");
  EXPECT_EQ(t.processes.at(42).state, 'T');
  EXPECT_EQ(t.processes.at(310).state, 'S');
  EXPECT_EQ(t.owners.at(42).foreground, 310);
  EXPECT_EQ(t.owners.at(42).tty, t.owners.at(300).tty);
  EXPECT_EQ(t.owners.at(200).tty, 0);
}

TEST(ParsePs, AProgramsPathIsItsName) {  // as macOS gives it
  const ProcessTable t = parse_ps(
      "7 1 7 7 ttys001 S+ /opt/homebrew/bin/codex\n8 1 8 7 ttys001 Ss -zsh\n\n"
      "7 codex --model x\n8 -zsh\n");
  EXPECT_EQ(t.processes.at(7).comm, "codex");
  EXPECT_EQ(t.processes.at(8).comm, "-zsh");
}

TEST(ParsePs, WhatIsNotUnderstoodIsLeftOut) {
  EXPECT_THAT(parse_ps("").processes, IsEmpty());
  EXPECT_THAT(parse_ps("ps: illegal option -- A\nusage: ps\n").processes, IsEmpty());
  const ProcessTable t =
      parse_ps("Welcome to build-1!\n 5 1 5 5 pts/0 S sh\nx 1 1 1 ? S y\n9\n\n5 sh\n6 not listed above\n");
  EXPECT_EQ(t.processes.size(), 1u);
}

}  // namespace
}  // namespace orc
