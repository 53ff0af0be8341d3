// SPDX-License-Identifier: Apache-2.0
// Servers that cannot be reached: each gives a clear error of the right kind, quickly, and never hangs or
// crashes.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "test_server.h"
#include "tmux_orc/base/unique_fd.h"

namespace orc::test {
namespace {

Error error_of(const std::string& socket_path, TransportChoice choice = TransportChoice::kAuto) {
  const SystemClock clock;
  ServerLink link({"odd", socket_path}, "tmux", choice, PoolSettings{}, clock);
  const auto start = Steady::now();
  const auto ready = link.ensure_ready(start + 3s);
  EXPECT_LT(ms_between(start, Steady::now()), 3500);
  if (ready) {
    ADD_FAILURE() << socket_path << " counts as reachable";
    return {};
  }
  EXPECT_FALSE(link.figures().reachable);
  return ready.error();
}

void expect_round_tells(const std::string& socket_path, const std::string& part) {
  Watch watch({{"odd", socket_path}});
  const auto snapshot = watch.round(3s);
  ASSERT_EQ(snapshot->servers.size(), 1u);
  EXPECT_FALSE(snapshot->servers[0].reachable);
  EXPECT_NE(snapshot->servers[0].note.find(part), std::string::npos) << snapshot->servers[0].note;
  EXPECT_TRUE(snapshot->agents.empty());
  EXPECT_EQ(snapshot->round.errors, 1u);
  EXPECT_LT(watch.last_round_ms(), 3500);
}

UniqueFd listening_socket(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(::listen(fd.get(), 5), 0);
  return fd;
}

TEST(Address, NoServer) {
  const TempDir dir;
  const Error error = error_of(dir.file("nobody"));
  EXPECT_EQ(error.kind, ErrorKind::kUnavailable);
  EXPECT_NE(error.message.find("no tmux server at " + dir.file("nobody")), std::string::npos)
      << error.message;
  EXPECT_NE(error.message.find("-L NAME"), std::string::npos) << "it does not say what to do";
  expect_round_tells(dir.file("nobody"), "no tmux server");
}

TEST(Address, FolderThatIsMissing) {
  const Error error = error_of("/nonexistent/folder/socket");
  EXPECT_EQ(error.kind, ErrorKind::kUnavailable);
  EXPECT_NE(error.message.find("/nonexistent/folder/socket"), std::string::npos) << error.message;
}

TEST(Address, RegularFile) {
  const TempDir dir;
  std::ofstream(dir.file("file")) << "not a socket";
  const Error error = error_of(dir.file("file"));
  EXPECT_EQ(error.kind, ErrorKind::kInvalid);
  EXPECT_NE(error.message.find("is not a socket"), std::string::npos) << error.message;
  expect_round_tells(dir.file("file"), "is not a socket");
}

TEST(Address, Folder) {
  const TempDir dir;
  EXPECT_EQ(error_of(dir.path()).kind, ErrorKind::kInvalid);
}

TEST(Address, SocketOfAnotherUser) {
  if (::getuid() != 0) GTEST_SKIP() << "needs root for chown";
  const TempDir dir;
  const UniqueFd fd = listening_socket(dir.file("theirs"));
  ASSERT_EQ(::chown(dir.file("theirs").c_str(), 12345, 12345), 0);
  const Error error = error_of(dir.file("theirs"));
  EXPECT_EQ(error.kind, ErrorKind::kInvalid);
  EXPECT_NE(error.message.find("belongs to uid 12345"), std::string::npos) << error.message;
  expect_round_tells(dir.file("theirs"), "belongs to uid 12345");
  char byte = 0;  // refused before anything was sent
  const UniqueFd client(::accept4(fd.get(), nullptr, nullptr, SOCK_NONBLOCK));
  EXPECT_FALSE(client && ::recv(client.get(), &byte, 1, MSG_DONTWAIT) > 0);
}

TEST(Address, PathTooLongForASocket) {
  const TempDir dir;
  const std::string missing = dir.file(std::string(150, 'p'));
  const Error error = error_of(missing);
  EXPECT_NE(error.message.find(missing), std::string::npos) << error.message;
  // Even if a socket is there, by another way.
  const std::string folder = dir.file(std::string(120, 'd'));
  ASSERT_TRUE(std::filesystem::create_directory(folder));
  const UniqueFd fd = listening_socket(dir.file("s"));
  std::filesystem::rename(dir.file("s"), folder + "/s");
  for (const auto choice : {TransportChoice::kAuto, TransportChoice::kNative, TransportChoice::kSpawn}) {
    const Error there = error_of(folder + "/s", choice);
    EXPECT_NE(there.message.find("too long"), std::string::npos) << there.message;
  }
  expect_round_tells(folder + "/s", "too long");
}

TEST(Address, DeadSocket) {  // its server was killed and could not remove it
  TestServer server;
  server.kill_hard();
  ASSERT_TRUE(std::filesystem::exists(server.socket()));
  EXPECT_EQ(error_of(server.socket()).kind, ErrorKind::kUnavailable);
  expect_round_tells(server.socket(), server.socket());
}

TEST(Address, SomethingElseListens) {  // accepts, never answers
  const TempDir dir;
  const UniqueFd fd = listening_socket(dir.file("mute"));
  const Error error = error_of(dir.file("mute"));
  EXPECT_EQ(error.kind, ErrorKind::kTimeout) << error.message;
}

TEST(Address, NoTmuxProgram) {
  TestServer server;
  const SystemClock clock;
  ServerLink native(server.address(), "/nonexistent/tmux", TransportChoice::kAuto, PoolSettings{}, clock);
  EXPECT_TRUE(native.ensure_ready(Steady::now() + 3s)) << "none is needed";
  EXPECT_EQ(native.current()->name(), "native");
  ServerLink link(server.address(), "/nonexistent/tmux", TransportChoice::kSpawn, PoolSettings{}, clock);
  const auto ready = link.ensure_ready(Steady::now() + 3s);
  ASSERT_FALSE(ready);
  EXPECT_EQ(ready.error().kind, ErrorKind::kUnavailable);
  EXPECT_NE(ready.error().message.find("/nonexistent/tmux"), std::string::npos) << ready.error().message;
}

}  // namespace
}  // namespace orc::test
