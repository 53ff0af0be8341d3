// SPDX-License-Identifier: Apache-2.0
// send_once: one delivery to a command, a webhook and a desktop; tmux and notify-send are scripts of the
// test's.
#include "tmux_orc/notify/delivery.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "support/scoped_env.h"
#include "support/temp_dir.h"
#include "tmux_orc/base/unique_fd.h"

namespace orc {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string text_of(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

class Delivery : public ::testing::Test {
 protected:
  Delivery() {
    ServerAddress server;
    server.name = "d";
    server.socket_path = dir_.path() + "/socket";
    tmux_ = {{server}, script("tmux", "echo \"$*\" >>" + dir_.path() + "/asked; exit 1")};
    channel_.timeout_s = 20;
    message_.id = 7;
    message_.summary = "1 waiting";
    message_.text = "report\n- a: waits";
    message_.json = R"({"text":"t","items":[
      {"concern":"waiting","pane":"%5","asks":{"line":"run `make`?"}},
      {"concern":"waiting","pane":"%6"},{"concern":"rate_limited","pane":"%7"}]})";
  }
  std::string script(const std::string& name, const std::string& body) const {
    const std::string file = dir_.write(name, "#!/bin/sh\n" + body + "\n");
    std::filesystem::permissions(file, std::filesystem::perms(0700));
    return file;
  }
  Result<void> send(NotifyChannel::Type type, const Cancel* cancel = nullptr) {
    channel_.type = type;
    return send_once(tmux_, channel_, message_, cancel);
  }
  std::string seen(const std::string& name) const { return text_of(dir_.path() + "/" + name); }

  const test::TempDir dir_;
  const test::ScopedEnv path_{"PATH", (dir_.path() + ":/usr/bin:/bin").c_str()};
  TmuxServers tmux_;
  NotifyChannel channel_;
  OutMessage message_;
};

TEST_F(Delivery, ACommandGetsAllOnItsInputAndTheMainThingsByName) {
  channel_.command = {script("hook", "cat >" + dir_.path() + "/in; env >" + dir_.path() +
                                         "/env; echo \"$1\" >" + dir_.path() + "/word"),
                      "a 'word'; $(x)"};
  ASSERT_TRUE(send(NotifyChannel::Type::kCommand));
  EXPECT_THAT(seen("in"), AllOf(HasSubstr("\"id\":7"), HasSubstr("run `make`?"), testing::EndsWith("\n")));
  EXPECT_EQ(seen("word"), "a 'word'; $(x)\n");
  for (const char* line :
       {"TMUX_ORC_SUMMARY=1 waiting\n", "TMUX_ORC_ID=7\n", "TMUX_ORC_COUNT=3\n", "TMUX_ORC_WAITING=2\n",
        "TMUX_ORC_RATE_LIMITED=1\n", "TMUX_ORC_ASKS=%5 run `make`?\n", "TMUX_ORC_TEXT=report\n- a: waits\n"})
    EXPECT_THAT(seen("env"), HasSubstr(line));
}

TEST_F(Delivery, AVariableIsCutBetweenTwoCharacters) {
  channel_.command = {script("hook", "printf %s \"$TMUX_ORC_TEXT\" >" + dir_.path() + "/text")};
  message_.text = "x";
  while (message_.text.size() < 200'000) message_.text += "\xe2\x82\xac";
  ASSERT_TRUE(send(NotifyChannel::Type::kCommand));
  const std::string got = seen("text");
  EXPECT_EQ(got, message_.text.substr(0, got.size()));
  EXPECT_EQ(got.size(), 1 + (100 * 1024 - 1) / 3 * 3u);
}

TEST_F(Delivery, ACommandThatFailsSaysWhy) {
  channel_.command = {script("hook", "printf 'no \\033[31mroute\\n' >&2; exit 3")};
  const auto done = send(NotifyChannel::Type::kCommand);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::kCommand);
  EXPECT_THAT(done.error().message,
              AllOf(HasSubstr("ended with 3"), HasSubstr("route"), Not(HasSubstr("\033"))));
}

TEST_F(Delivery, ACommandThatIsNotThereIsAnError) {
  channel_.command = {dir_.path() + "/none"};
  const auto done = send(NotifyChannel::Type::kCommand);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr(dir_.path() + "/none"));
}

TEST_F(Delivery, ACommandThatHangsHasItsTime) {
  channel_.command = {script("hook", "exec sleep 1000")};
  channel_.timeout_s = 0.05;
  const auto late = send(NotifyChannel::Type::kCommand);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::kTimeout);
  channel_.timeout_s = 1000;
  Cancel cancel;
  cancel.cancel();
  EXPECT_FALSE(send(NotifyChannel::Type::kCommand, &cancel));
}

TEST_F(Delivery, AWebhookThatNobodyServesMayBeWellInAWhile) {
  const test::ScopedEnv no_proxy("no_proxy", "127.0.0.1");
  channel_.url = "http://127.0.0.1:1/";  // nobody listens on tcpmux's port
  const auto done = send(NotifyChannel::Type::kWebhook);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::kUnavailable);
}

TEST_F(Delivery, ADesktopIsToldInMarkupThatSaysTheSame) {
  script("notify-send", "printf '%s|' \"$@\" >" + dir_.path() + "/shown");
  message_.summary = "<b> & 1 waiting";
  ASSERT_TRUE(send(NotifyChannel::Type::kDesktop));
  EXPECT_EQ(seen("shown"), "--app-name=tmux-orc|--|tmux-orc|&lt;b&gt; &amp; 1 waiting|");
}

TEST_F(Delivery, WithoutADesktopTheClientsAreTold) {
  script("notify-send", "exit 1");
  tmux_.tmux_binary =
      script("tmux", "echo \"$*\" >>" + dir_.path() +
                         "/asked\n"
                         "case \"$*\" in *list-clients*) printf '/dev/pts/none\\ncontrol\\n' ;; esac");
  message_.summary = "#{pid} 100%H waiting";
  ASSERT_TRUE(send(NotifyChannel::Type::kDesktop));
  const std::string asked = seen("asked");
  EXPECT_THAT(asked, HasSubstr("display-message -c /dev/pts/none -d 5000 tmux-orc:  {pid} 100 H waiting\n"));
  EXPECT_THAT(asked, Not(HasSubstr("-c control")));
}

TEST_F(Delivery, ATerminalGetsItsOwnNotification) {
  script("notify-send", "exit 1");
  const UniqueFd terminal(::posix_openpt(O_RDWR | O_NOCTTY));
  ASSERT_TRUE(terminal && ::grantpt(terminal.get()) == 0 && ::unlockpt(terminal.get()) == 0);
  const std::string tty = ::ptsname(terminal.get());
  const UniqueFd kept(::open(tty.c_str(), O_RDWR | O_NOCTTY));  // or what is written is gone at its close
  tmux_.tmux_binary = script("tmux", "case \"$*\" in *list-clients*) echo " + tty + " ;; *) exit 1 ;; esac");
  channel_.osc = "9";
  ASSERT_TRUE(send(NotifyChannel::Type::kDesktop));
  char bytes[200] = "";
  const auto n = ::read(terminal.get(), bytes, sizeof bytes);
  ASSERT_GT(n, 0);
  EXPECT_EQ(std::string(bytes, static_cast<std::size_t>(n)), "\x1b]9;1 waiting\x07");
}

TEST_F(Delivery, NoFileIsWrittenThatIsNoTerminal) {
  script("notify-send", "exit 1");
  const std::string file = "/dev/shm/" + std::filesystem::path(dir_.path()).filename().string();
  std::ofstream(file) << "kept";
  tmux_.tmux_binary = script("tmux", "case \"$*\" in *list-clients*) echo " + file + " ;; *) exit 1 ;; esac");
  channel_.osc = "both";
  EXPECT_FALSE(send(NotifyChannel::Type::kDesktop));
  EXPECT_EQ(text_of(file), "kept");
  std::filesystem::remove(file);
}

TEST_F(Delivery, NobodyThereIsSaidAndMayChange) {
  script("notify-send", "exit 1");
  const auto done = send(NotifyChannel::Type::kDesktop);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(done.error().message, HasSubstr("nobody is there"));
}

TEST_F(Delivery, PanesAndStatusLinesAreNotSentTo) {
  for (const auto type : {NotifyChannel::Type::kStatusline, NotifyChannel::Type::kPmPane}) {
    const auto done = send(type);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::kInvalid);
  }
  EXPECT_THAT(seen("asked"), IsEmpty());
}

}  // namespace
}  // namespace orc
