// SPDX-License-Identifier: Apache-2.0
#include "hook_ear.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <functional>

#include "support/temp_dir.h"
#include "tmux_orc/base/mutex.h"
#include "tmux_orc/hooks/hook_call.h"

namespace orc {
namespace {

// Counts wakes, and waits for them.
struct Wakes {
  Mutex mutex;
  Condition more;
  int count ORC_GUARDED_BY(mutex) = 0;
  void add() {
    MutexLock lock(mutex);
    ++count;
    more.notify_all();
  }
  bool reach(int least) {
    const auto by = Steady::now() + std::chrono::seconds(20);
    MutexLock lock(mutex);
    while (count < least) {
      if (!more.wait_until(mutex, by)) return false;
    }
    return true;
  }
  int now() {
    MutexLock lock(mutex);
    return count;
  }
};

class HookEarTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(home.path() + "/.tmux-orchestrator/run/blue");
    ASSERT_TRUE(ear.open(socket));
  }
  // Whether it was taken: what does not fit behind the ones that wait is refused.
  bool say(std::string_view text) {
    const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, socket.c_str(), socket.size() + 1);
    return ::sendto(fd.get(), text.data(), text.size(), MSG_DONTWAIT,
                    reinterpret_cast<const sockaddr*>(&address), sizeof address) >= 0;
  }
  bool wait_for(const std::function<bool()>& what) {
    for (const auto by = Steady::now() + std::chrono::seconds(20); !what(); ::usleep(1000)) {
      if (Steady::now() > by) return false;
    }
    return true;
  }

  test::TempDir home;
  const std::string socket = home.path() + "/.tmux-orchestrator/run/blue/hook.sock";
  Wakes wakes;
  HookCounts counts;
  HookEar ear{[this] { wakes.add(); }, counts};
};

TEST_F(HookEarTest, AHookWakes) {
  call_monitors(home.path().c_str(), "%7");
  EXPECT_TRUE(wakes.reach(1));
  EXPECT_EQ(counts.heard, 1u);
  EXPECT_GT(counts.last_ms, 0);
  call_monitors(home.path().c_str(), nullptr);
  EXPECT_TRUE(wakes.reach(2));
  struct stat info {};
  ASSERT_EQ(::stat(socket.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(HookEarTest, WhatNoHookSaysWakesNobody) {
  for (const std::string& text : {std::string("working"), std::string("%1;kill"), std::string(60'000, '%')})
    ASSERT_TRUE(say(text)) << text.substr(0, 20);
  EXPECT_TRUE(wait_for([&] { return counts.refused == 3; })) << counts.refused;
  EXPECT_EQ(wakes.now(), 0);
  EXPECT_EQ(counts.heard, 0u);
}

TEST_F(HookEarTest, AFloodIsAFewWakes) {
  const auto from = Steady::now();
  for (int i = 0; i < 20'000; ++i) say("%1");
  ASSERT_TRUE(wakes.reach(2));
  // One each 20 ms at most.
  const double ms = ms_between(from, Steady::now());
  EXPECT_LE(wakes.now(), ms / 20 + 2) << ms << " ms";
}

TEST_F(HookEarTest, ItGoesAndComes) {
  {
    HookEar next([] {}, counts);
    ASSERT_TRUE(next.open(socket)) << "takes the place of what an earlier one left";
  }
  EXPECT_FALSE(std::filesystem::exists(socket)) << "the last one's";
  call_monitors(home.path().c_str(), "%7");  // nobody is there: nothing happens
  call_monitors("relative", "%7");
  call_monitors(nullptr, nullptr);
  HookEar far([] {}, counts);
  EXPECT_FALSE(far.open("/" + std::string(200, 'x')));
  EXPECT_FALSE(HookEar([] {}, counts).open(home.path() + "/no/folder"));
}

}  // namespace
}  // namespace orc
