// SPDX-License-Identifier: Apache-2.0
#include "config_backup.h"

#include <sys/stat.h>

#include "tmux_orc/base/files.h"

namespace orc::cli {

Result<void> write_backup(const std::string& path, const Result<std::string>& old, unsigned mode) {
  return write_file_atomically(
      path + ".backup", old ? *old : "# There was no configuration: everything stood at its default.\n", true,
      mode);
}

void write_first_backup(const std::string& path) {
  struct stat info {};
  if (::lstat((path + ".backup").c_str(), &info) == 0) return;
  const auto now = read_file(path);
  if (!now && now.error().kind != ErrorKind::kUnavailable) return;
  const bool is_there = ::stat(path.c_str(), &info) == 0;
  static_cast<void>(write_backup(path, now, is_there ? info.st_mode & 07777 : 0644));
}

}  // namespace orc::cli
