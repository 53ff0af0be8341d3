// SPDX-License-Identifier: Apache-2.0
// A client that dies at any moment must not harm the server or its panes: raw sockets that break off after
// any prefix of a handshake, and processes of ours that are killed in the middle of their work.
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <random>

#include "protocol.h"
#include "test_server.h"
#include "tmux_orc/base/unique_fd.h"

namespace orc::test {
namespace {

UniqueFd connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  for (int i = 0; i < 1000; ++i) {
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
    ::usleep(1000);
  }
  return {};
}

class ClientKill : public ::testing::Test {
 protected:
  ClientKill() {
    for (int i = 0; i < 8; ++i) panes_.push_back(server_.window_showing("pane number " + std::to_string(i)));
    before_ = server_.pane_ids();
    pids_ = server_.tmux({"list-panes", "-a", "-F", "#{pane_id} #{pane_pid} #{pane_dead}"});
  }

  Batch work() const {
    Batch batch;
    for (const PaneId pane : panes_) batch.push_back({"capture-pane", "-pt" + pane_name(pane)});
    return batch;
  }

  std::string conversation() const {
    const auto layout =
        protocol::layout_for_version(version_number(server_.tmux({"display-message", "-p", "#{version}"})));
    const auto pid = static_cast<std::uint32_t>(::getpid());
    return protocol::encode_identify(layout, pid) + *protocol::encode_command(layout, work(), pid) +
           protocol::encode_write_ready(layout, 1, pid);
  }

  void expect_all_well() {
    ASSERT_TRUE(server_.alive());
    EXPECT_EQ(server_.pane_ids(), before_);
    EXPECT_EQ(server_.tmux({"list-panes", "-a", "-F", "#{pane_id} #{pane_pid} #{pane_dead}"}), pids_);
    const auto native = ready_link(server_.address(), TransportChoice::kNative);
    for (std::size_t i = 0; i < panes_.size(); ++i) {
      StringSink sink;
      const auto done =
          native->current()->run({{"capture-pane", "-pt" + pane_name(panes_[i])}}, Steady::now() + 5s, sink);
      ASSERT_TRUE(done && done->status == 0);
      EXPECT_TRUE(sink.text.starts_with("pane number " + std::to_string(i) + "\n"));
    }
    // The dead must not stay in the server's list of clients.
    EXPECT_TRUE(wait_until([&] { return server_.tmux({"list-clients", "-F", "#{client_pid}"}).empty(); }));
  }

  TestServer server_;
  std::vector<PaneId> panes_, before_;
  std::string pids_;
};

TEST_F(ClientKill, TwoHundredConnectionsBrokenOffAnywhere) {
  std::mt19937 random(20240611);
  const std::string bytes = conversation();
  std::uniform_int_distribution<std::size_t> anywhere(0, bytes.size());
  std::uniform_int_distribution<int> how(0, 3);
  std::vector<UniqueFd> lingering;
  int answered = 0;
  for (int i = 0; i < 200; ++i) {
    UniqueFd fd = connect_to(server_.socket());
    ASSERT_TRUE(fd) << "connection " << i;
    const std::size_t length = i % 10 == 0 ? bytes.size() : anywhere(random);
    ASSERT_EQ(::send(fd.get(), bytes.data(), length, MSG_NOSIGNAL), static_cast<ssize_t>(length));
    if (how(random) == 0 || length == bytes.size()) {  // some wait for a part of the answer before they die
      pollfd p{fd.get(), POLLIN, 0};
      char some[100];
      if (::poll(&p, 1, 5) > 0 && ::recv(fd.get(), some, sizeof some, 0) > 0) ++answered;
    }
    if (how(random) == 1) lingering.push_back(std::move(fd));  // dies later, many at once
  }
  EXPECT_GT(answered, 0) << "no conversation was ever complete: the test tests too little";
  lingering.clear();
  expect_all_well();
}

TEST_F(ClientKill, EveryFrameBoundaryAndItsNeighbours) {
  const std::string bytes = conversation();
  std::vector<std::size_t> cuts;
  for (std::size_t at = 0; at + protocol::kHeaderSize <= bytes.size();) {
    std::uint16_t length =
        0;  // of a tmux up to 3.5a; a later one has the same two bytes first, little-endian
    std::memcpy(&length, bytes.data() + at + 4, sizeof length);
    ASSERT_GE(length, protocol::kHeaderSize);
    for (const std::size_t cut : {at, at + 1, at + protocol::kHeaderSize, at + length - 1})
      cuts.push_back(cut);
    at += length;
  }
  ASSERT_GT(cuts.size(), 30u);
  for (const std::size_t cut : cuts) {
    UniqueFd fd = connect_to(server_.socket());
    ASSERT_TRUE(fd);
    ASSERT_EQ(::send(fd.get(), bytes.data(), cut, MSG_NOSIGNAL), static_cast<ssize_t>(cut));
    ::shutdown(fd.get(), SHUT_WR);
  }
  expect_all_well();
}

TEST_F(ClientKill, ProcessesOfOursKilledAtWork) {
  std::mt19937 random(7);
  std::uniform_int_distribution<useconds_t> moment(0, 6000);
  const Batch batch = work();
  int killed = 0;
  for (int i = 0; i < 60; ++i) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const auto link = ready_link(server_.address(), TransportChoice::kNative);
      for (;;) {
        StringSink sink;
        (void)link->current()->run(batch, Steady::now() + 1s, sink);
      }
    }
    ::usleep(moment(random));
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    killed += WIFSIGNALED(status) ? 1 : 0;
  }
  EXPECT_EQ(killed, 60);
  expect_all_well();
}

TEST_F(ClientKill, ClientsThatNeverReadTheAnswer) {
  const std::string bytes = conversation();
  std::vector<UniqueFd> deaf;
  for (int i = 0; i < 20; ++i) {
    deaf.push_back(connect_to(server_.socket()));
    ASSERT_EQ(::send(deaf.back().get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  const auto native = ready_link(server_.address(), TransportChoice::kNative);  // others are served meanwhile
  StringSink sink;
  const auto done = native->current()->run(work(), Steady::now() + 5s, sink);
  ASSERT_TRUE(done && done->status == 0);
  deaf.clear();
  expect_all_well();
}

}  // namespace
}  // namespace orc::test
