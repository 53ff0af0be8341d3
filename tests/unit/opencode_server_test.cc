// SPDX-License-Identifier: Apache-2.0
// opencode's server, played by a script: right, slow, rude, somebody else's.
#include "opencode_server.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <map>
#include <thread>

#include "support/temp_dir.h"
#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/mutex.h"
#include "tmux_orc/base/unique_fd.h"
#include "tmux_orc/witness/own_words.h"

namespace orc {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

const std::string kBusy = R"({"ses_1":{"type":"idle"},"ses_2":{"type":"busy","message":"SECRET"}})";

// Answers each path with what was set for it; "": takes the request and says nothing.
class StandIn {
 public:
  StandIn() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), size);
    ::listen(socket_.get(), 16);
    ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    says("{}", "[]", "[]");
    thread_ = std::thread([this] { run(); });
  }
  ~StandIn() {
    stop_ = true;
    ::shutdown(socket_.get(), SHUT_RDWR);
    thread_.join();
  }
  void says(const std::string& status, const std::string& permissions, const std::string& questions) {
    MutexLock lock(mutex_);
    answers_ = {
        {"/session/status", ok(status)}, {"/permission", ok(permissions)}, {"/question", ok(questions)}};
  }
  void says_raw(const std::string& answer) {
    MutexLock lock(mutex_);
    for (auto& [path, text] : answers_) text = answer;
  }
  int port() const { return port_; }
  // To those who listen for events.
  void tells(const std::string& text) {
    MutexLock lock(mutex_);
    for (const UniqueFd& fd : held_) ::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL);
  }
  void hang_up() {
    MutexLock lock(mutex_);
    held_.clear();
  }
  std::size_t listeners() {
    MutexLock lock(mutex_);
    return held_.size();
  }

 private:
  static std::string ok(const std::string& body) {
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  void run() {
    while (!stop_) {
      UniqueFd fd(::accept(socket_.get(), nullptr, nullptr));
      if (!fd) continue;
      std::array<char, 4096> text{};
      const ssize_t n = ::recv(fd.get(), text.data(), text.size(), 0);
      const std::string request(text.data(), static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
      std::string answer;
      {
        MutexLock lock(mutex_);
        const std::size_t end = request.find(' ', 4);
        const auto found = answers_.find(request.substr(std::min<std::size_t>(4, request.size()), end - 4));
        if (found != answers_.end()) answer = found->second;
      }
      if (!answer.empty()) {
        ::send(fd.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
        continue;
      }
      MutexLock lock(mutex_);
      held_.push_back(std::move(fd));
    }
  }

  const UniqueFd socket_;
  int port_ = 0;
  std::atomic<bool> stop_{false};
  Mutex mutex_;
  std::map<std::string, std::string> answers_ ORC_GUARDED_BY(mutex_);
  std::vector<UniqueFd> held_ ORC_GUARDED_BY(mutex_);
  std::thread thread_;
};

TEST(OpencodeWord, IsOfWhatWaitsThenOfWhatRuns) {
  const auto word = [](const std::string& status, const std::string& permissions,
                       const std::string& questions) {
    const auto w = opencode_word(status, permissions, questions);
    return w ? w->word : "nothing";
  };
  EXPECT_EQ(word("{}", "[]", "[]"), "idle");
  EXPECT_EQ(word(R"({"s":{"type":"idle"}})", "[]", "[]"), "idle");
  EXPECT_EQ(word(kBusy, "[]", "[]"), "busy");
  EXPECT_EQ(word(R"({"s":{"type":"retry","attempt":2,"message":"SECRET"}})", "[]", "[]"), "retry");
  EXPECT_EQ(word(kBusy, R"([{"id":"p","metadata":{"command":"SECRET","list":[{}]}}])", "[]"), "permission");
  EXPECT_EQ(word(kBusy, "[]", R"([{"id":"q","questions":[{"question":"SECRET"}]}])"), "question");
  EXPECT_EQ(word(R"({"s":{"other":{"type":"busy"}}})", "[]", "[]"), "idle") << "a name further in is not it";
  EXPECT_EQ(word(R"({"s":{"type":["busy"]},"t":7})", "[]", "[]"), "idle");
  for (const char* bad : {"", "[", "null", "\"busy\"", "<html>"}) {
    EXPECT_EQ(word(bad, "[]", "[]"), "nothing") << bad;
    EXPECT_EQ(word("{}", bad, "[]"), "nothing") << bad;
    EXPECT_EQ(word("{}", "[]", bad), "nothing") << bad;
  }
  EXPECT_EQ(word(std::string(200'000, '['), "[]", "[]"), "nothing");
}

TEST(OpencodeServer, IsAsked) {
  StandIn server;
  server.says(kBusy, "[]", "[]");
  const auto word = ask_opencode(server.port(), 10s);
  ASSERT_TRUE(word.has_value());
  EXPECT_EQ(word->state, OwnState::kBusy);
}

TEST(OpencodeServer, WhatIsNoAnswerIsNothing) {
  StandIn server;
  for (const std::string& answer :
       {std::string("HTTP/1.1 401 Unauthorized\r\n\r\n{}"), std::string("HTTP/1.1 200 OK\r\n\r\n<html>"),
        std::string("{}"), std::string("SSH-2.0-x\r\n\r\n"),
        "HTTP/1.1 200 OK\r\n\r\n" + std::string(2 << 20, ' ')}) {
    server.says_raw(answer);
    EXPECT_FALSE(ask_opencode(server.port(), 10s)) << answer.substr(0, 40);
  }
  server.says_raw("");
  const auto begin = Steady::now();
  EXPECT_FALSE(ask_opencode(server.port(), 50ms)) << "it hangs";
  EXPECT_LT(Steady::now() - begin, 9s);
  EXPECT_FALSE(ask_opencode(1, 50ms)) << "nobody listens";
}

TEST(OpencodeEvents, SayThatSomethingChangedAndNothingElse) {
  using Says = OpencodeEvents::Says;
  StandIn server;
  const auto events = OpencodeEvents::open(server.port(), 10s);
  ASSERT_NE(events, nullptr);
  const auto next = [&] {
    const auto until = Steady::now() + 20s;
    auto says = Says::kNothing;
    while ((says = events->read()) == Says::kNothing && Steady::now() < until) std::this_thread::yield();
    return says;
  };
  while (server.listeners() == 0) std::this_thread::yield();
  EXPECT_EQ(events->read(), Says::kNothing);
  server.tells(
      "HTTP/1.1 200 OK\r\n\r\ndata: {\"type\":\"message.part.updated\",\"text\":\"SECRET "
      "session.idle\"}\n\n");
  server.tells("data: {\"type\":\"session.st");
  for (int i = 0; i < 100; ++i) EXPECT_EQ(events->read(), Says::kNothing);
  server.tells("atus\",\"properties\":{}}\n\n");
  EXPECT_EQ(next(), Says::kChange) << "cut in two";
  EXPECT_EQ(events->read(), Says::kNothing) << "once";
  server.tells("data: {\"type\":\"permission.asked\",\"properties\":{\"command\":\"SECRET\"}}\n\n");
  EXPECT_EQ(next(), Says::kChange);
  server.hang_up();
  EXPECT_EQ(next(), Says::kEnd);
  EXPECT_EQ(OpencodeEvents::open(1, 50ms), nullptr) << "nobody listens";
}

TEST(OpencodePort, StandsOnTheCommandLine) {
  test::TempDir dir;
  const auto port = [&](std::string line) {
    std::replace(line.begin(), line.end(), ' ', '\0');
    dir.write("7/cmdline", line + std::string("\0", 1));
    return opencode_port(dir.path(), 7);
  };
  EXPECT_EQ(port("opencode --port 4096"), 4096);
  EXPECT_EQ(port("node /x/opencode --model a --port=80 /srv"), 80);
  for (const char* none :
       {"opencode", "opencode --port", "opencode --port 0", "opencode --port 65536", "opencode --port -1",
        "opencode --port 80x", "opencode --ports 80", "opencode 4096"})
    EXPECT_EQ(port(none), 0) << none;
  EXPECT_EQ(opencode_port(dir.path(), 8), 0);
}

// A /proc in which process 20, or its child 21, holds the listening socket.
class OpencodeAgent : public testing::Test {
 protected:
  void SetUp() override {
    dir_.write("proc/20/cmdline",
               std::string("opencode\0--port\0", 16) + std::to_string(server_.port()) + std::string("\0", 1));
    dir_.write("proc/20/stat", "20 (opencode) S 1 1 1 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 77 0 0\n");
    dir_.write("proc/20/task/20/children", "21 ");
    fs::create_directories(dir_.path() + "/proc/21/fd");
    fs::create_symlink("socket:[4711]", dir_.path() + "/proc/21/fd/9");
    listens_on("0100007F", server_.port());
  }
  void listens_on(const std::string& address, int port, const std::string& state = "0A") {
    std::array<char, 300> line{};
    std::snprintf(
        line.data(), line.size(),
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
        "   0: %s:%04X 00000000:0000 %s 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 10\n",
        address.c_str(), static_cast<unsigned>(port), state.c_str());
    dir_.write("proc/20/net/tcp", line.data());
  }
  std::string proc() const { return dir_.path() + "/proc"; }

  test::TempDir dir_;
  StandIn server_;
};

TEST_F(OpencodeAgent, ListensAtItsOwnPort) {
  EXPECT_TRUE(listens_at(proc(), 20, server_.port()));
  EXPECT_FALSE(listens_at(proc(), 20, server_.port() ^ 1));
  listens_on("00000000", server_.port());
  EXPECT_TRUE(listens_at(proc(), 20, server_.port()));
  listens_on("0100007F", server_.port(), "01");
  EXPECT_FALSE(listens_at(proc(), 20, server_.port())) << "a connection";
  listens_on("0A000001", server_.port());
  EXPECT_FALSE(listens_at(proc(), 20, server_.port())) << "another address";
  listens_on("0100007F", server_.port());
  fs::remove(dir_.path() + "/proc/21/fd/9");
  EXPECT_FALSE(listens_at(proc(), 20, server_.port())) << "somebody else has it";
}

TEST_F(OpencodeAgent, SaysWhatItDoesAndWakes) {
  std::atomic<int> wakes{0};
  OwnWords words([&](const PaneKey&) { ++wakes; }, proc());
  const OwnWords::Agent agent{"opencode", 20, 77, {1, 5}};
  const auto becomes = [&](const std::string& word) {
    const auto until = Steady::now() + 30s;
    while (words.of(agent, Steady::now() + 10s).word.word != word && Steady::now() < until)
      std::this_thread::sleep_for(1ms);
    return words.of(agent, Steady::now() + 10s).word.word == word;
  };
  EXPECT_TRUE(becomes("idle"));
  const std::uint64_t before = words.changes(20);
  server_.says(kBusy, "[]", "[]");
  EXPECT_TRUE(becomes("busy"));
  EXPECT_GT(words.changes(20), before);
  server_.says(kBusy, "[{}]", "[]");
  EXPECT_TRUE(becomes("permission"));
  EXPECT_EQ(words.of(agent, Steady::now()).word.state, OwnState::kWaiting);
  EXPECT_GE(wakes, 3);
  fs::remove(dir_.path() + "/proc/21/fd/9");
  EXPECT_TRUE(becomes("")) << "the port is somebody else's now";
}

TEST_F(OpencodeAgent, AnotherLifeOfTheNumberIsNotAsked) {
  OwnWords words({}, proc());
  const OwnWords::Agent agent{"opencode", 20, 78, {1, 5}};
  const auto until = Steady::now() + 300ms;
  while (Steady::now() < until) EXPECT_EQ(words.of(agent, Steady::now()).word, OwnWord{});
}

}  // namespace
}  // namespace orc
