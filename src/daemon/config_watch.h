// SPDX-License-Identifier: Apache-2.0
// ConfigWatch: tells when a configuration file, or a rule file in the folder, was changed, made or removed
// since the last look. Not thread-safe.
#pragma once

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace orc {

class ConfigWatch {
 public:
  ConfigWatch(std::vector<std::string> files, std::string rules_folder)
      : files_(std::move(files)), rules_folder_(std::move(rules_folder)), last_(look()) {}
  bool changed() {
    auto now = look();
    const bool different = now != last_;
    last_ = std::move(now);
    return different;
  }

 private:
  using Mark = std::tuple<std::string, ino_t, off_t, long, long>;
  static Mark mark_of(const std::string& file) {
    struct stat info {};
    if (::stat(file.c_str(), &info) != 0) info = {};
    return {file, info.st_ino, info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec};
  }
  std::vector<Mark> look() const {
    std::vector<Mark> marks;
    for (const std::string& file : files_) marks.push_back(mark_of(file));
    std::error_code error;
    for (std::filesystem::directory_iterator at(rules_folder_, error), end; !error && at != end;
         at.increment(error)) {
      const auto extension = at->path().extension();
      if (extension == ".yaml" || extension == ".yml") marks.push_back(mark_of(at->path().string()));
    }
    std::sort(marks.begin() + static_cast<std::ptrdiff_t>(files_.size()), marks.end());
    return marks;
  }

  const std::vector<std::string> files_;
  const std::string rules_folder_;
  std::vector<Mark> last_;
};

}  // namespace orc
