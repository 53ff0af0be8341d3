// SPDX-License-Identifier: Apache-2.0
// run_process() drives real children here: a fake would not show pipes that fill up. They end by themselves;
// the one test with a deadline waits 100 ms for it.
#include "tmux_orc/tmux/spawn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>

#include "support/scoped_env.h"

namespace orc {
namespace {

using testing::HasSubstr;

Deadline in_ms(int ms) { return Steady::now() + std::chrono::milliseconds(ms); }
constexpr int kLong_ms = 30'000;

TEST(RunProcess, GivesBackWhatCatEchoes) {
  StringSink sink;
  auto done = run_process({"cat"}, "hello\nworld\n", in_ms(kLong_ms), sink);
  ASSERT_TRUE(done.has_value()) << done.error().message;
  EXPECT_EQ(done->status, 0);
  EXPECT_EQ(sink.text, "hello\nworld\n");
  EXPECT_EQ(done->errors, "");
}

TEST(RunProcess, KeepsOutputAndErrorsApart) {
  StringSink sink;
  auto done = run_process({"sh", "-c", "echo out; echo err >&2; exit 7"}, "", in_ms(kLong_ms), sink);
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->status, 7);
  EXPECT_EQ(sink.text, "out\n");
  EXPECT_EQ(done->errors, "err\n");
}

TEST(RunProcess, ASignalIs128AndItsNumber) {
  StringSink sink;
  auto done = run_process({"sh", "-c", "kill -SEGV $$"}, "", in_ms(kLong_ms), sink);
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->status, 128 + 11);
}

TEST(RunProcess, OutputAndInputLargerThanAPipe) {
  const std::string input(1'000'000, 'z');
  StringSink sink;
  auto done = run_process({"cat"}, input, in_ms(kLong_ms), sink);
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(sink.text.size(), input.size());
}

TEST(RunProcess, BothOutputsLargerThanAPipe) {
  StringSink sink;
  auto done = run_process({"sh", "-c", "head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero"}, "",
                          in_ms(kLong_ms), sink);
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(sink.text.size(), 300'000u);
  EXPECT_EQ(done->errors.size(), 16'384u) << "more complaints than that nobody reads";
}

TEST(RunProcess, TheDeadlineKillsAndIsATimeout) {
  const auto start = Steady::now();
  StringSink sink;
  auto done = run_process({"sh", "-c", "echo early; exec sleep 60"}, "", in_ms(100), sink);
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(sink.text, "early\n");
  EXPECT_LT(ms_between(start, Steady::now()), 30'000);
}

// A child may close its outputs and live on; the deadline is for its life, not for its pipes.
TEST(RunProcess, TheDeadlineHoldsForAChildThatClosedItsOutputs) {
  StringSink sink;
  auto done = run_process({"sh", "-c", "exec >&- 2>&-; exec sleep 3"}, "", in_ms(100), sink);
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind, ErrorKind::kTimeout);
}

// In a process of its own, because SIGPIPE would end it.
void feed_a_child_that_reads_nothing() {
  const std::string input(1'000'000, 'z');
  StringSink sink;
  auto done = run_process({"sh", "-c", "exec <&-; echo done"}, input, in_ms(kLong_ms), sink);
  std::_Exit(done && done->status == 0 && sink.text == "done\n" ? 0 : 1);
}

TEST(RunProcessDeathTest, InputForAChildThatDoesNotReadItDoesNoHarm) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(feed_a_child_that_reads_nothing(), testing::ExitedWithCode(0), "");
}

TEST(RunProcess, AProgramThatIsNotThereIsUnavailable) {
  StringSink sink;
  auto done = run_process({"/nonexistent/program"}, "", in_ms(kLong_ms), sink);
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(done.error().message, HasSubstr("/nonexistent/program"));
}

// Whichever descriptor is the one too many: an answer or an error at once, never a wait for the deadline.
TEST(RunProcess, WithoutDescriptorsItFailsAtOnce) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const int next = ::dup(0);
  ::close(next);
  int failed = 0, done = 0;
  for (int more = 0; more < 12; ++more) {
    const rlimit few{static_cast<rlim_t>(next + more), before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    const auto start = Steady::now();
    StringSink sink;
    const auto result = run_process({"true"}, "", in_ms(kLong_ms), sink);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_LT(Steady::now() - start, std::chrono::milliseconds(kLong_ms / 2)) << more;
    ++(result ? done : failed);
  }
  EXPECT_GT(failed, 5);
  EXPECT_GT(done, 0);
}

TEST(RunProcess, TheChildDoesNotSeeOurTmux) {
  const test::ScopedEnv tmux("TMUX", "/tmp/x,1,0"), pane("TMUX_PANE", "%1"), other("TMUX_OTHER", "kept");
  StringSink sink;
  auto done = run_process({"sh", "-c", "echo [$TMUX][$TMUX_PANE][$TMUX_OTHER]"}, "", in_ms(kLong_ms), sink);
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(sink.text, "[][][kept]\n");
}

TEST(RunProcess, NoShellReadsTheWords) {
  StringSink sink;
  auto done = run_process({"printf", "%s", "$(id); `id` | cat"}, "", in_ms(kLong_ms), sink);
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(sink.text, "$(id); `id` | cat");
}

TEST(AppendQuoted, QuotesEachWord) {
  std::string script = "first\n";
  ASSERT_TRUE(append_quoted(script, {"display-message", "-p", "#{pane_id} $x \"y\" ; {z}"}).has_value());
  EXPECT_EQ(script, "first\n'display-message' '-p' '#{pane_id} $x \"y\" ; {z}'\n");
}

TEST(AppendQuoted, ANewlineIsWrittenAsItsEscape) {
  std::string script;
  ASSERT_TRUE(append_quoted(script, {"a\nb", "\n"}).has_value());
  EXPECT_EQ(script, "'a'\"\\n\"'b' ''\"\\n\"''\n");
}

TEST(AppendQuoted, RefusesWhatCouldLeaveTheQuotes) {
  for (const char* word : {"it's", "'", "a\rb", "\x1b", "a\tb"}) {
    std::string script;
    auto done = append_quoted(script, {"display", word});
    ASSERT_FALSE(done.has_value()) << word;
    EXPECT_EQ(done.error().kind, ErrorKind::kInvalid);
  }
  std::string script;
  EXPECT_FALSE(append_quoted(script, {std::string("a\0b", 3)}).has_value());
}

}  // namespace
}  // namespace orc
