// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/discover/agent_version.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "support/temp_dir.h"

namespace orc {
namespace {

namespace fs = std::filesystem;

// A process as /proc shows it: its program, arguments and environment.
void add_process(const test::TempDir& proc, int pid, const std::string& program, const std::string& arguments,
                 const std::string& environment = "") {
  const std::string folder = std::to_string(pid) + "/";
  proc.write(folder + "cmdline", arguments);
  proc.write(folder + "environ", environment);
  fs::create_symlink(program, proc.path() + "/" + folder + "exe");
  fs::create_symlink(proc.path(), proc.path() + "/" + folder + "cwd");
}

const std::string kPackage = "{\n  \"name\": \"@x/agent\",\n  \"version\": \"2.1.332\",\n  \"bin\": {}\n}\n";
using namespace std::string_literals;

TEST(VersionAtPath, OfThePackageThatItBelongsTo) {
  const test::TempDir dir;
  dir.write("lib/node_modules/@x/agent/package.json", kPackage);
  dir.write("lib/node_modules/@x/agent/dist/package.json",
            "{\"type\": \"module\"}");  // says no version: go on
  const std::string script = dir.write("lib/node_modules/@x/agent/dist/bin/cli.js", "");
  fs::create_directories(dir.path() + "/bin");
  fs::create_symlink(script, dir.path() + "/bin/agent");
  EXPECT_EQ(version_at_path(script), "2.1.332");
  EXPECT_EQ(version_at_path(dir.path() + "/bin/agent"), "2.1.332");
  EXPECT_EQ(version_at_path(dir.path() + "/bin/nobody"), "");
}

TEST(VersionAtPath, PackagesOfAPlatformCarryItsName) {
  const test::TempDir dir;
  dir.write("node_modules/x-linux-x64/package.json",
            R"({"name":"x","version":"0.171.0-linux-x64","os":["linux"]})");
  EXPECT_EQ(version_at_path(dir.write("node_modules/x-linux-x64/vendor/bin/x", "")), "0.171.0");
}

TEST(VersionAtPath, AFileThatIsCalledLikeAVersion) {
  const test::TempDir dir;
  EXPECT_EQ(version_at_path(dir.write("share/claude/versions/2.1.190", "")), "2.1.190");
  EXPECT_EQ(version_at_path(dir.write("pyenv/versions/3.11.2/bin/aider", "")), "") << "that is Python's";
}

TEST(VersionAtPath, AProjectOfTheUsersSaysNothing) {
  const test::TempDir dir;
  dir.write("package.json", kPackage);
  dir.write("node_modules/.bin/tool", "");
  EXPECT_EQ(version_at_path(dir.write("src/tool.js", "")), "");
  EXPECT_EQ(version_at_path(dir.path() + "/node_modules/.bin/tool"), "");
}

TEST(VersionAtPath, OddPackages) {
  const test::TempDir dir;
  for (const char* text :
       {"", "{", "[]", R"({"name": "x", "version": 7})", R"({"name": "x", "version": "latest"})",
        R"({"version": "1.2.3"})", "\xff\xfe{\"name\": \"x\"}"}) {
    dir.write("node_modules/x/package.json", text);
    EXPECT_EQ(version_at_path(dir.write("node_modules/x/x.js", "")), "") << text;
  }
}

TEST(VersionOfProcess, ByItsProgramItsScriptOrItsPath) {
  const test::TempDir dir;
  dir.write("node_modules/@x/agent/package.json", kPackage);
  const std::string script = dir.write("node_modules/@x/agent/cli.js", "");
  const std::string native = dir.write("node_modules/@x/agent/vendor/agent", "");
  dir.write("bin/node", "");
  fs::create_symlink(script, dir.path() + "/bin/agent");
  add_process(dir, 1, native, "agent\0--resume\0"s);
  EXPECT_EQ(version_of_process(1, dir.path()), "2.1.332");
  add_process(dir, 2, "/usr/bin/node", "node\0--no-warnings\0"s + script + "\0"s);
  EXPECT_EQ(version_of_process(2, dir.path()), "2.1.332");
  add_process(dir, 3, "/usr/bin/node", "node\0node_modules/@x/agent/cli.js\0"s);  // below its folder
  EXPECT_EQ(version_of_process(3, dir.path()), "2.1.332");
  add_process(dir, 4, "/usr/bin/node", "agent\0"s,
              "HOME=/x\0PATH=/nowhere:"s + dir.path() + "/bin\0"s);  // a title
  EXPECT_EQ(version_of_process(4, dir.path()), "2.1.332");
  add_process(dir, 5, "/usr/bin/node", "agent\0"s, "PATH=relative:/nowhere\0"s);
  EXPECT_EQ(version_of_process(5, dir.path()), "");
  EXPECT_EQ(version_of_process(6, dir.path()), "") << "gone";
}

}  // namespace
}  // namespace orc
