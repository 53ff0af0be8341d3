// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/witness/file_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "support/temp_dir.h"

namespace orc {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::Each;
using testing::IsEmpty;

struct Told {
  int watch;
  std::string name;
  bool gone;
};

class FileWatchTest : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return dir_.path() + "/" + name; }
  void write(const std::string& name) const { std::ofstream(path(name), std::ios::app) << "a line\n"; }
  std::vector<Told> told() {
    std::vector<Told> out;
    watch_.take_events([&](const FileWatch::Event& e) {
      EXPECT_FALSE(e.lost);
      out.push_back({e.watch, std::string(e.name), e.gone});
    });
    return out;
  }
  std::vector<std::string> names() {
    std::vector<std::string> out;
    for (const Told& t : told()) out.push_back(t.name);
    return out;
  }

  const test::TempDir dir_;
  FileWatch watch_;
};

TEST_F(FileWatchTest, AFileThatGrowsIsToldOnce) {
  write("log");
  const int number = watch_.watch_file(path("log"));
  ASSERT_GE(number, 0);
  EXPECT_EQ(watch_.watch_file(path("log")), number) << "the same file";
  EXPECT_THAT(told(), IsEmpty());
  write("log");
  const auto events = told();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].watch, number);
  EXPECT_FALSE(events[0].gone);
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(FileWatchTest, AFolderNamesItsFiles) {
  const int number = watch_.watch_folder(dir_.path());
  ASSERT_GE(number, 0);
  write("1.json");
  EXPECT_THAT(names(), Contains("1.json"));
  fs::rename(path("1.json"), path("2.json"));
  EXPECT_THAT(names(), Contains("2.json"));
  EXPECT_LT(watch_.watch_folder(path("2.json")), 0) << "no folder";
}

TEST_F(FileWatchTest, WhatWasDeletedOrMovedAwayIsGone) {
  write("deleted");
  write("moved");
  const int deleted = watch_.watch_file(path("deleted")), moved = watch_.watch_file(path("moved"));
  fs::remove(path("deleted"));
  fs::rename(path("moved"), path("elsewhere"));
  bool told_of[] = {false, false};
  for (const Told& t : told()) {
    if (t.gone && t.watch == deleted) told_of[0] = true;
    if (t.gone && t.watch == moved) told_of[1] = true;
  }
  EXPECT_THAT(told_of, Each(true));
  told();  // that its watch ended
  write("elsewhere");
  EXPECT_THAT(told(), IsEmpty()) << "where it is now is nobody's affair";
}

TEST_F(FileWatchTest, WhatIsLetGoIsNotTold) {
  write("log");
  watch_.remove(watch_.watch_file(path("log")));
  for (const Told& t : told()) EXPECT_TRUE(t.gone);
  write("log");
  EXPECT_THAT(told(), IsEmpty());
}

}  // namespace
}  // namespace orc
