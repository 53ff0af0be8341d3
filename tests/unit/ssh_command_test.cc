// SPDX-License-Identifier: Apache-2.0
#include "ssh_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tmux_orc/tmux/spawn.h"

namespace orc::ssh {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;

const SshSettings kBuild{"me@build", "", "default", "", 7, 2};

TEST(SshQuoted, AShellGivesEveryWordBack) {
  for (const std::string word :
       {"plain", "", "two words", "it's", "$HOME `id` \\ \" ; | & > <", "%3", "a\nb", "'''"}) {
    StringSink out;
    const auto done = run_process({"sh", "-c", "printf %s " + ssh::quoted(word)}, "",
                                  Steady::now() + std::chrono::seconds(30), out);
    ASSERT_TRUE(done);
    EXPECT_EQ(out.text, word);
  }
}

TEST(SshCommand, NeverAsksAndNeverTakesAWordForAnOption) {
  for (const auto& argv :
       {master(kBuild, "/c"), run(kBuild, "/c", {"tmux", ";"}), forward(kBuild, "/c", "/l", "/f")}) {
    EXPECT_THAT(argv, AllOf(Contains("BatchMode=yes"), Contains("ControlPath=/c")));
    const auto destination = std::find(argv.begin(), argv.end(), "me@build");
    ASSERT_NE(destination, argv.end());
    EXPECT_EQ(*std::prev(destination), "--");
  }
  EXPECT_EQ(run(kBuild, "/c", {"tmux", ";"}).back(), "'tmux' ';'");
}

TEST(SshCommand, AConfigurationOfItsOwnIsNamed) {
  SshSettings s = kBuild;
  s.config_file = "/etc/orc ssh";
  const auto argv = master(s, "/c");
  EXPECT_EQ(argv[1], "-F");
  EXPECT_EQ(argv[2], "/etc/orc ssh");
  EXPECT_THAT(argv, Contains("ConnectTimeout=7"));
}

TEST(SshFacts, AreReadAmongOtherOutput) {
  const auto facts =
      parse_facts("Last login: yesterday\norc-tmux /usr/bin/tmux\norc-socket /tmp/tmux-1000/default\nbye\n");
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->tmux, "/usr/bin/tmux");
  EXPECT_EQ(facts->socket, "/tmp/tmux-1000/default");
}

TEST(SshFacts, WhatCannotBeAPathIsRefused) {
  EXPECT_THAT(parse_facts("orc-tmux \norc-socket /x\n").error().message, HasSubstr("no tmux"));
  for (const char* answer :
       {"", "orc-tmux tmux\norc-socket /x\n", "orc-tmux /usr/bin/tmux\n",
        "orc-tmux /usr/bin/tmux\norc-socket relative\n", "orc-tmux /a'b\norc-socket /x\n"}) {
    EXPECT_FALSE(parse_facts(answer)) << answer;
  }
}

TEST(SshFacts, TheScriptFindsTheSocketAsTmuxDoes) {
  StringSink out;
  SshSettings s = kBuild;
  s.socket_name = "agents";
  const auto done = run_process({"sh", "-s"}, facts_script(s), Steady::now() + std::chrono::seconds(30), out,
                                {"TMUX_TMPDIR=/"});
  ASSERT_TRUE(done);
  EXPECT_THAT(out.text, HasSubstr("orc-socket //tmux-"));
  EXPECT_THAT(out.text, HasSubstr("/agents\n"));
}

}  // namespace
}  // namespace orc::ssh
