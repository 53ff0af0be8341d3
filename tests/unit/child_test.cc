// SPDX-License-Identifier: Apache-2.0
// Real programs: what a started one has, none would show but itself. Each ends by itself.
#include "tmux_orc/exec/child.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "support/scoped_env.h"
#include "support/temp_dir.h"
#include "tmux_orc/base/files.h"

namespace orc {
namespace {

using testing::HasSubstr;
using testing::Not;

// What a program that was started so prints.
std::string said(Program program, const std::vector<std::string>& words) {
  const test::TempDir dir;
  const std::string file = dir.path() + "/said";
  program.argv = words;
  program.given.push_back({STDOUT_FILENO, -1, file, O_WRONLY | O_CREAT});
  const auto pid = start_program(program);
  EXPECT_TRUE(pid.has_value());
  if (!pid) return "";
  EXPECT_EQ(wait_for(*pid), 0);
  return read_file(file, 1 << 20).value_or("");
}

std::string said(Program program, const std::string& script) {
  return said(std::move(program), std::vector<std::string>{"sh", "-c", script});
}

UniqueFd open_file(const std::string& path) { return UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC)); }

// Each stands where the other has to go: whichever is first must not overwrite the second.
TEST(StartProgram, DescriptorsMayChangePlaces) {
  const test::TempDir dir;
  const UniqueFd one = open_file(dir.write("1", "one\n")), two = open_file(dir.write("2", "two\n"));
  Program p;
  p.given = {{two.get(), one.get()}, {one.get(), two.get()}};
  EXPECT_EQ(said(p, "cat <&" + std::to_string(two.get()) + "; cat <&" + std::to_string(one.get())),
            "one\ntwo\n");
}

TEST(StartProgram, WhatStaysInItsPlaceIsGivenToo) {
  const test::TempDir dir;
  const UniqueFd one = open_file(dir.write("1", "one\n"));
  Program p;
  p.given = {{one.get(), one.get()}};
  EXPECT_EQ(said(p, "cat <&" + std::to_string(one.get())), "one\n");
}

TEST(StartProgram, ClosesTheOthersIfAsked) {
  const int lock = ::open("/dev/null", O_RDONLY);  // inherited: a script's, that knows no O_CLOEXEC
  const std::string script = "ls -l /proc/$$/fd; :";
  const std::string here = " " + std::to_string(lock) + " ->";
  EXPECT_THAT(said({}, script), HasSubstr(here));
  Program closed;
  closed.closes_others = true;
  EXPECT_THAT(said(closed, script), Not(HasSubstr(here)));
  ::close(lock);
}

TEST(StartProgram, ItsGroupAndSession) {
  const std::string script = "set -- $(cat /proc/$$/stat); echo $(($1 == $5)) $(($1 == $6))";
  Program p;
  EXPECT_EQ(said(p, script), "0 0\n");
  p.group = Program::Group::kOwn;
  EXPECT_EQ(said(p, script), "1 0\n");
  p.group = Program::Group::kOwnSession;
  EXPECT_EQ(said(p, script), "1 1\n");
}

TEST(StartProgram, SignalsWaitIfTheyAreBlocked) {
  sigset_t term;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  // Without a shell, which would clear the mask.
  const std::vector<std::string> words = {"sed", "-n", "s/^SigBlk:.*\\(....\\)$/\\1/p", "/proc/self/status"};
  EXPECT_EQ(said({}, words), "0000\n");
  Program p;
  p.blocked = &term;
  EXPECT_EQ(said(p, words), "4000\n");
}

TEST(StartProgram, ItsVariablesHideOurs) {
  const test::ScopedEnv ours("TMUX_ORC_TEST", "ours"), tmux("TMUX", "/tmp/x,1,0");
  Program p;
  p.environment = {"TMUX_ORC_TEST=its"};
  const std::string script = "tr '\\0' '\\n' < /proc/$$/environ | grep -E '^TMUX(_ORC_TEST)?='; :";
  EXPECT_EQ(said(p, script), "TMUX_ORC_TEST=its\nTMUX=/tmp/x,1,0\n");
  p.knows_tmux = false;
  EXPECT_EQ(said(p, script), "TMUX_ORC_TEST=its\n");
}

TEST(StartProgram, WhatIsNotThereIsUnavailable) {
  const auto pid = start_program({.argv = {"/nonexistent/program"}});
  ASSERT_FALSE(pid.has_value());
  EXPECT_EQ(pid.error().kind, ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace orc
