// ConfigWatch: tells when a configuration file was changed, made or removed since the last look. Not
// thread-safe.
#pragma once

#include <sys/stat.h>

#include <string>
#include <tuple>
#include <vector>

namespace orc {

class ConfigWatch {
 public:
  explicit ConfigWatch(std::vector<std::string> files) : files_(std::move(files)), last_(look()) {}
  bool changed() {
    auto now = look();
    const bool different = now != last_;
    last_ = std::move(now);
    return different;
  }

 private:
  using Mark = std::tuple<ino_t, off_t, long, long>;
  std::vector<Mark> look() const {
    std::vector<Mark> marks;
    for (const std::string& file : files_) {
      struct stat info{};
      if (::stat(file.c_str(), &info) != 0) info = {};
      marks.emplace_back(info.st_ino, info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
    }
    return marks;
  }

  const std::vector<std::string> files_;
  std::vector<Mark> last_;
};

}  // namespace orc
