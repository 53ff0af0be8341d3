// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/tmux/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "support/scoped_env.h"
#include "support/temp_dir.h"
#include "tmux_orc/base/unique_fd.h"

namespace orc {
namespace {

using test::ScopedEnv;
using test::TempDir;
using testing::HasSubstr;

std::string user_folder(const std::string& base) { return base + "/tmux-" + std::to_string(::getuid()); }

TEST(VersionNumber, ReadsWhatTmuxSays) {
  EXPECT_EQ(version_number("3.3a"), 303);
  EXPECT_EQ(version_number("3.2"), 302);
  EXPECT_EQ(version_number("3.6"), 306);
  EXPECT_EQ(version_number("next-3.7"), 307);
  EXPECT_EQ(version_number("2.9a"), 209);
  EXPECT_EQ(version_number("3.10"), 310);
  EXPECT_EQ(version_number("master"), 9900);
  EXPECT_EQ(version_number(""), 9900);
}

class ResolveServer : public testing::Test {
 protected:
  TempDir dir_;
  ScopedEnv tmux_{"TMUX", nullptr};
  ScopedEnv tmpdir_{"TMUX_TMPDIR", nullptr};
};

TEST_F(ResolveServer, ThePathWinsOverEverything) {
  const ScopedEnv inside("TMUX", "/run/other,1,0");
  EXPECT_EQ(resolve_server("name", "/run/my.sock").socket_path, "/run/my.sock");
}

TEST_F(ResolveServer, ANameLivesInTheUsersFolder) {
  const auto server = resolve_server("work", "");
  EXPECT_EQ(server.name, "work");
  EXPECT_EQ(server.socket_path, user_folder("/tmp") + "/work");
}

TEST_F(ResolveServer, TmpdirMovesTheFolderAndLinksAreFollowed) {
  const std::string target = dir_.path() + "/real", link = dir_.path() + "/link";
  std::filesystem::create_directory(target);
  std::filesystem::create_directory_symlink(target, link);
  const ScopedEnv set("TMUX_TMPDIR", link.c_str());
  const std::string real = std::filesystem::canonical(target).string();
  EXPECT_EQ(resolve_server("work", "").socket_path, user_folder(real) + "/work");
  EXPECT_EQ(resolve_server("", "").socket_path, user_folder(real) + "/default");
}

TEST_F(ResolveServer, AnEmptyTmpdirIsNone) {
  const ScopedEnv set("TMUX_TMPDIR", "");
  EXPECT_EQ(resolve_server("", "").socket_path, user_folder("/tmp") + "/default");
}

TEST_F(ResolveServer, ATmpdirThatIsNotThereIsNone) {  // as tmux takes it
  const ScopedEnv set("TMUX_TMPDIR", "/no/such/folder");
  EXPECT_EQ(resolve_server("", "").socket_path, user_folder("/tmp") + "/default");
}

TEST_F(ResolveServer, InsideTmuxItIsThatServer) {
  const ScopedEnv inside("TMUX", "/tmp/tmux-1000/inner,4321,7");
  const auto server = resolve_server("", "");
  EXPECT_EQ(server.socket_path, "/tmp/tmux-1000/inner");
  EXPECT_EQ(server.name, "inner");
}

TEST_F(ResolveServer, ANameWinsOverTheServerWeAreIn) {
  const ScopedEnv inside("TMUX", "/tmp/tmux-1000/inner,4321,7");
  EXPECT_EQ(resolve_server("work", "").socket_path, user_folder("/tmp") + "/work");
}

TEST_F(ResolveServer, WithNothingSetItIsDefault) {
  const auto server = resolve_server("", "");
  EXPECT_EQ(server.name, "default");
  EXPECT_EQ(server.socket_path, user_folder("/tmp") + "/default");
}

TEST(CheckSocket, SaysWhatToDoWhenThereIsNone) {
  auto checked = check_socket({"x", "/nonexistent/socket"}, Steady::now());
  ASSERT_FALSE(checked.has_value());
  EXPECT_EQ(checked.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(checked.error().message, HasSubstr("-L"));
}

TEST(CheckSocket, TakesASocketAndNoFile) {
  const TempDir dir;
  const std::string file = dir.write("plain", "");
  auto checked = check_socket({"x", file}, Steady::now());
  ASSERT_FALSE(checked.has_value());
  EXPECT_EQ(checked.error().kind, ErrorKind::kInvalid);

  const std::string path = dir.path() + "/s";
  const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ASSERT_LT(path.size(), sizeof address.sun_path);
  std::memcpy(address.sun_path, path.c_str(), path.size());
  ASSERT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_TRUE(check_socket({"x", path}, Steady::now()).has_value());
}

TEST(FindTmux, LooksThroughPathForAProgram) {
  const TempDir dir;
  std::filesystem::permissions(dir.write("bin/tmux", "#!/bin/sh\n"), std::filesystem::perms::owner_all);
  dir.write("notes/tmux", "not executable");
  std::filesystem::create_directories(dir.path() + "/folder/tmux");
  const std::string path = dir.path() + "/notes:" + dir.path() + "/folder:" + dir.path() + "/bin";
  const ScopedEnv set("PATH", path.c_str());
  auto found = find_tmux();
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(*found, dir.path() + "/bin/tmux");
}

TEST(FindTmux, SaysWhatToInstall) {
  const TempDir dir;
  const ScopedEnv set("PATH", dir.path().c_str());
  auto found = find_tmux();
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(found.error().message, HasSubstr("install"));
}

}  // namespace
}  // namespace orc
